// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRPs given to a provider: origins, stack locations, completion routines, pending, reuse, memory,
// and the rules that a driver can break. The provider is this test, through io::begin's members.

#include "io/irp.hpp"

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/io_machine.hpp"
#include "tests/unit/support/race.hpp"
#include "verify/fault.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

// What a completion routine saw.
struct seen {
    int calls = 0;
    NTSTATUS status = 0;
    ULONG_PTR information = 0;
    bool pending = false;
    DEVICE_OBJECT* device = nullptr;
    IRP* irp = nullptr;
    NTSTATUS answer = STATUS_MORE_PROCESSING_REQUIRED;
};

NTSTATUS routine(DEVICE_OBJECT* device, IRP* irp, void* context) {
    auto& s = *static_cast<seen*>(context);
    ++s.calls;
    s.status = irp->IoStatus.Status;
    s.information = irp->IoStatus.Information;
    s.pending = irp->PendingReturned != FALSE;
    s.device = device;
    s.irp = irp;
    return s.answer;
}

class io_irp : public testing::Test {
protected:
    IRP* allocate(int8_t locations = 1) { return io().allocate_irp(locations, nullptr); }
    io::manager& io() { return m.io(); }
    io::operation* begin(IRP* irp) { return io().begin(*irp, nullptr, "WskTest"); }

    io_machine m;
    seen s;
};

TEST_F(io_irp, an_allocated_irp_is_formatted_as_the_documents_say) {
    IRP* irp = allocate(3);
    ASSERT_NE(irp, nullptr);
    EXPECT_EQ(irp->Type, IO_TYPE_IRP);
    EXPECT_EQ(irp->Size, IoSizeOfIrp(3));
    EXPECT_EQ(irp->StackCount, 3);
    EXPECT_EQ(irp->CurrentLocation, 4);
    EXPECT_EQ(irp->Tail.Overlay.CurrentStackLocation, io::location(*irp, 4));
    EXPECT_EQ(irp->CancelRoutine, nullptr);
    EXPECT_EQ(irp->ThreadListEntry.Flink, &irp->ThreadListEntry);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(irp) % 16, 0u);
    io().free_irp(irp, nullptr);
}

// IRP-001, IRP-002, IRP-009, IRP-012: an immediate failure runs the routine before the return.
TEST_F(io_irp, an_immediate_failure_completes_inside_the_call) {
    IRP* irp = allocate();
    set_completion(irp, routine, &s);
    EXPECT_EQ(io().fail(*irp, STATUS_INVALID_PARAMETER, nullptr, "WskTest"),
              base::status(STATUS_INVALID_PARAMETER));
    EXPECT_EQ(s.calls, 1);
    EXPECT_EQ(s.status, STATUS_INVALID_PARAMETER);
    EXPECT_FALSE(s.pending);
    EXPECT_EQ(irp->IoStatus.Status, STATUS_INVALID_PARAMETER);
    EXPECT_EQ(irp->IoStatus.Information, 0u);
    io().free_irp(irp, nullptr);
}

// IRP-003: allocated, reused, initialised in the driver's memory, from an upper driver.
TEST_F(io_irp, all_origins_work) {
    IRP* irp = allocate();
    for (int round = 0; round < 2; ++round) {
        set_completion(irp, routine, &s);
        (void)io().complete(*begin(irp), STATUS_SUCCESS, 7);
        EXPECT_EQ(s.information, 7u);
        io().reuse_irp(irp, STATUS_UNSUCCESSFUL, nullptr);
        EXPECT_EQ(irp->IoStatus.Status, STATUS_UNSUCCESSFUL);
        EXPECT_EQ(irp->CurrentLocation, 2);
    }
    EXPECT_EQ(s.calls, 2);
    io().free_irp(irp, nullptr);

    alignas(16) char storage[IoSizeOfIrp(1)];
    std::memset(storage, 0xcc, sizeof storage);
    auto* embedded = reinterpret_cast<IRP*>(storage);
    io().initialize_irp(embedded, sizeof storage, 1, nullptr);
    set_completion(embedded, routine, &s);
    (void)io().complete(*begin(embedded), STATUS_SUCCESS, 0);
    EXPECT_EQ(s.calls, 3);
    EXPECT_EQ(s.irp, embedded);
}

// IRP-004: the provider takes one location itself and leaves the others alone.
TEST_F(io_irp, the_provider_uses_exactly_one_location) {
    IRP* irp = allocate(3);
    io::location(*irp, 1)->Context = &s;
    set_next_location(irp);  // the driver keeps the highest for itself
    set_completion(irp, routine, &s);
    io::operation* op = begin(irp);
    EXPECT_EQ(irp->CurrentLocation, 2);
    EXPECT_EQ(irp->Tail.Overlay.CurrentStackLocation, io::location(*irp, 2));
    EXPECT_EQ(io::location(*irp, 1)->Context, &s);
    (void)io().complete(*op, STATUS_SUCCESS, 0);
    EXPECT_EQ(irp->CurrentLocation, 3);
    io().free_irp(irp, nullptr);
}

NTSTATUS free_in_routine(DEVICE_OBJECT*, IRP* irp, void* context) {
    ke::current_machine().get<io::manager>().free_irp(irp, nullptr);
    *static_cast<bool*>(context) = true;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// IRP-005: the routine may free the IRP.
TEST_F(io_irp, the_routine_may_free_the_irp) {
    bool freed = false;
    IRP* irp = allocate();
    set_completion(irp, free_in_routine, &freed);
    (void)io().complete(*begin(irp), STATUS_SUCCESS, 0);
    EXPECT_TRUE(freed);
    EXPECT_EQ(m.ledger().total(base::object_kind::irp).live, 0u);
}

// IRP-005: the invoke flags.
TEST_F(io_irp, the_invoke_flags_are_honoured) {
    struct row {
        UCHAR flags;
        NTSTATUS status;
        bool cancel;
        bool called;
    };
    const row rows[] = {
        {SL_INVOKE_ON_SUCCESS, STATUS_SUCCESS, false, true},
        {SL_INVOKE_ON_SUCCESS, STATUS_UNSUCCESSFUL, false, false},
        {SL_INVOKE_ON_ERROR, STATUS_SUCCESS, false, false},
        {SL_INVOKE_ON_ERROR, STATUS_UNSUCCESSFUL, false, true},
        {SL_INVOKE_ON_ERROR, STATUS_BUFFER_OVERFLOW, false, true},
        {SL_INVOKE_ON_CANCEL, STATUS_CANCELLED, false, false},
        {SL_INVOKE_ON_CANCEL, STATUS_CANCELLED, true, true},
        {SL_INVOKE_ON_CANCEL, STATUS_SUCCESS, true, true},
    };
    for (const row& r : rows) {
        seen upper;
        seen lower;
        IRP* irp = allocate(2);
        set_completion(irp, routine, &upper);
        set_next_location(irp);
        set_completion(irp, routine, &lower, r.flags);
        io::operation* op = begin(irp);
        irp->Cancel = r.cancel ? TRUE : FALSE;
        (void)io().complete(*op, r.status, 0);
        EXPECT_EQ(lower.calls, r.called ? 1 : 0) << int{r.flags} << " " << r.status;
        EXPECT_EQ(upper.calls, r.called ? 0 : 1);
        io().free_irp(irp, nullptr);
    }
}

// IRP-006: any other status lets completion go on upwards.
TEST_F(io_irp, completion_goes_on_upwards_when_the_routine_lets_it) {
    seen upper;
    s.answer = STATUS_SUCCESS;
    IRP* irp = allocate(2);
    set_completion(irp, routine, &upper);
    set_next_location(irp);
    set_completion(irp, routine, &s);
    (void)io().complete(*begin(irp), STATUS_SUCCESS, 5);
    EXPECT_EQ(s.calls, 1);
    EXPECT_EQ(upper.calls, 1);
    EXPECT_EQ(upper.information, 5u);
    io().free_irp(irp, nullptr);
}

// IRP-007: without a routine at the provider's level completion goes on, and pending is inherited.
TEST_F(io_irp, a_location_without_a_routine_is_passed) {
    IRP* irp = allocate(2);
    set_completion(irp, routine, &s);
    set_next_location(irp);
    io::operation* op = begin(irp);
    io::mark_pending(*op);
    (void)io().complete(*op, STATUS_SUCCESS, 0);
    EXPECT_EQ(s.calls, 1);
    EXPECT_TRUE(s.pending);
    io().free_irp(irp, nullptr);
}

// IRP-008: the driver at the top sees no device object.
TEST_F(io_irp, the_device_object_of_the_top_level_is_null) {
    IRP* irp = allocate();
    s.device = reinterpret_cast<DEVICE_OBJECT*>(&s);
    set_completion(irp, routine, &s);
    (void)io().complete(*begin(irp), STATUS_SUCCESS, 0);
    EXPECT_EQ(s.device, nullptr);
    io().free_irp(irp, nullptr);
}

// IRP-010, IRP-011: PendingReturned follows the mark, also when stale bits lie around.
TEST_F(io_irp, pending_returned_says_what_the_call_returned) {
    IRP* irp = allocate();
    for (const bool pend : {true, false}) {
        set_completion(irp, routine, &s);
        next_location(irp)->Control |= SL_PENDING_RETURNED;
        io::operation* op = begin(irp);
        if (pend) {
            io::mark_pending(*op);
        }
        EXPECT_EQ(op->pending(), pend);
        (void)io().complete(*op, STATUS_SUCCESS, 0);
        EXPECT_EQ(s.pending, pend);
        io().reuse_irp(irp, STATUS_SUCCESS, nullptr);
    }
    io().free_irp(irp, nullptr);
}

struct race {
    std::atomic<io::operation*> handed{nullptr};
    std::atomic<int> done{0};
    std::atomic<int> not_pending{0};
};

NTSTATUS count_race(DEVICE_OBJECT*, IRP* irp, void* context) {
    auto& r = *static_cast<race*>(context);
    r.not_pending += irp->PendingReturned ? 0 : 1;
    r.done.fetch_add(1, std::memory_order_release);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// IRP-011, IRP-013: another thread completes before the call has returned STATUS_PENDING.
TEST_F(io_irp, completion_on_another_thread_races_the_return) {
    race r;
    std::atomic<bool> over{false};
    std::thread completer([&] {
        ke::attach(m.machine());
        while (!over.load(std::memory_order_relaxed)) {
            if (io::operation* op = r.handed.exchange(nullptr, std::memory_order_acquire)) {
                (void)io().complete(*op, STATUS_SUCCESS, 0);
            } else {
                std::this_thread::yield();
            }
        }
        ke::detach();
    });
    IRP* irp = allocate();
    test::race_rounds rounds(20000);
    for (int i = 0; rounds.next(); ++i) {
        set_completion(irp, count_race, &r);
        io::operation* op = begin(irp);
        io::mark_pending(*op);
        r.handed.store(op, std::memory_order_release);
        while (r.done.load(std::memory_order_acquire) <= i) {
            std::this_thread::yield();
        }
        io().reuse_irp(irp, STATUS_SUCCESS, nullptr);
    }
    over = true;
    completer.join();
    EXPECT_EQ(r.not_pending, 0);
    io().free_irp(irp, nullptr);
}

// IRP-018: the provider's own bytes are DriverContext and ListEntry only.
TEST_F(io_irp, nothing_but_the_driver_context_is_touched) {
    IRP* irp = allocate();
    set_completion(irp, routine, &s);
    irp->MdlAddress = reinterpret_cast<PMDL>(0x10);
    irp->AssociatedIrp.SystemBuffer = reinterpret_cast<void*>(0x20);
    irp->UserBuffer = reinterpret_cast<void*>(0x30);
    irp->UserIosb = reinterpret_cast<IO_STATUS_BLOCK*>(0x40);
    irp->UserEvent = reinterpret_cast<KEVENT*>(0x50);
    irp->RequestorMode = 1;
    irp->Flags = 0x60;
    (void)io().complete(*begin(irp), STATUS_SUCCESS, 0);
    EXPECT_EQ(irp->MdlAddress, reinterpret_cast<PMDL>(0x10));
    EXPECT_EQ(irp->AssociatedIrp.SystemBuffer, reinterpret_cast<void*>(0x20));
    EXPECT_EQ(irp->UserBuffer, reinterpret_cast<void*>(0x30));
    EXPECT_EQ(irp->UserIosb, reinterpret_cast<IO_STATUS_BLOCK*>(0x40));
    EXPECT_EQ(irp->UserEvent, reinterpret_cast<KEVENT*>(0x50));
    EXPECT_EQ(irp->RequestorMode, 1);
    EXPECT_EQ(irp->Flags, 0x60u);
    io().free_irp(irp, nullptr);
}

struct resubmit_state {
    int rounds = 0;
    io::manager* io = nullptr;
    io::operation* next = nullptr;
};

NTSTATUS resubmit(DEVICE_OBJECT*, IRP* irp, void* context) {
    auto& r = *static_cast<resubmit_state*>(context);
    ++r.rounds;
    r.io->reuse_irp(irp, STATUS_SUCCESS, nullptr);
    set_completion(irp, resubmit, context);
    r.next = r.io->begin(*irp, nullptr, "WskTest");
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// IRP-019: the routine gives the same IRP to another function.
TEST_F(io_irp, the_routine_may_submit_the_irp_again) {
    resubmit_state r;
    r.io = &io();
    IRP* irp = allocate();
    set_completion(irp, resubmit, &r);
    r.next = begin(irp);
    for (int i = 0; i < 1000; ++i) {
        io::operation* op = r.next;
        io::mark_pending(*op);
        (void)io().complete(*op, STATUS_SUCCESS, 0);
    }
    EXPECT_EQ(r.rounds, 1000);
    EXPECT_EQ(io().operations_live(), 1u);
    set_completion(irp, routine, &s);
    irp->Tail.Overlay.CurrentStackLocation->CompletionRoutine = routine;
    irp->Tail.Overlay.CurrentStackLocation->Context = &s;
    (void)io().complete(*r.next, STATUS_SUCCESS, 0);
    io().free_irp(irp, nullptr);
}

// IRP-020: Information is set explicitly.
TEST_F(io_irp, a_stale_information_value_does_not_leak) {
    IRP* irp = allocate();
    irp->IoStatus.Information = 0x77;
    set_completion(irp, routine, &s);
    (void)io().complete(*begin(irp), STATUS_UNSUCCESSFUL, 0);
    EXPECT_EQ(s.information, 0u);
    io().free_irp(irp, nullptr);
}

// IRP-044: without memory the IRP is completed with STATUS_INSUFFICIENT_RESOURCES.
TEST_F(io_irp, without_memory_the_irp_is_completed) {
    IRP* irp = allocate();
    set_completion(irp, routine, &s);
    verify::arm_faults(1, false);
    EXPECT_EQ(begin(irp), nullptr);
    EXPECT_EQ(allocate(), nullptr);
    verify::arm_faults(0, true);
    EXPECT_EQ(s.calls, 1);
    EXPECT_EQ(s.status, STATUS_INSUFFICIENT_RESOURCES);
    io().free_irp(irp, nullptr);
}

TEST_F(io_irp, an_operation_carries_its_owner_s_state) {
    struct state {
        uint64_t a;
        char b[300];
    };
    IRP* irp = allocate();
    set_completion(irp, routine, &s);
    io::operation* op = begin(irp);
    auto& st = op->emplace<state>(state{42, {}});
    EXPECT_EQ(op->state<state>().a, 42u);
    EXPECT_EQ(&io::operation::of(st), op);
    EXPECT_EQ(op->irp(), irp);
    int found = 0;
    io().for_each_operation([&](io::operation& o) { found += &o == op ? 1 : 0; });
    EXPECT_EQ(found, 1);
    (void)io().complete(*op, STATUS_SUCCESS, 0);
    io().free_irp(irp, nullptr);
}

TEST_F(io_irp, an_irp_that_is_not_freed_is_in_the_ledger) {
    IRP* irp = allocate();
    verify::entry e;
    ASSERT_TRUE(m.ledger().find(base::object_kind::irp, irp, e));
    EXPECT_EQ(e.size, IoSizeOfIrp(1));
    io().free_irp(irp, nullptr);
    EXPECT_FALSE(m.ledger().find(base::object_kind::irp, irp, e));
}

// ---- what drivers do wrong ---------------------------------------------------------------------

using io_irp_death = io_irp;

TEST_F(io_irp_death, freeing_an_irp_twice) {
    IRP* irp = allocate();
    io().free_irp(irp, nullptr);
    EXPECT_EXIT(io().free_irp(irp, nullptr), testing::ExitedWithCode(3), "irp-bad-free");
}

TEST_F(io_irp_death, freeing_an_irp_of_the_driver_s_own_memory) {
    alignas(16) static char storage[IoSizeOfIrp(1)];
    auto* irp = reinterpret_cast<IRP*>(storage);
    io().initialize_irp(irp, sizeof storage, 1, nullptr);
    EXPECT_EXIT(io().free_irp(irp, nullptr), testing::ExitedWithCode(3),
                "irp-bad-free(.|\n)*IoInitializeIrp");
}

TEST_F(io_irp_death, freeing_reusing_or_submitting_an_irp_that_the_provider_has) {
    IRP* irp = allocate(2);
    set_completion(irp, routine, &s);
    io::operation* op = begin(irp);
    EXPECT_EXIT(io().free_irp(irp, nullptr), testing::ExitedWithCode(3),
                "irp-freed-in-use(.|\n)*WskTest has it");
    EXPECT_EXIT(io().reuse_irp(irp, 0, nullptr), testing::ExitedWithCode(3),
                "irp-used-while-owned");
    EXPECT_EXIT((void)begin(irp), testing::ExitedWithCode(3), "irp-used-while-owned");
    EXPECT_EXIT(io().complete_request(irp, nullptr), testing::ExitedWithCode(3),
                "irp-completed-twice(.|\n)*BUGCHECK 0x00000044");
    EXPECT_EXIT(std::memset(static_cast<void*>(irp), 0, irp->Size);
                (void)io().complete(*op, STATUS_SUCCESS, 0), testing::ExitedWithCode(3),
                "irp-used-while-owned(.|\n)*overwritten");
    (void)io().complete(*op, STATUS_SUCCESS, 0);
    io().free_irp(irp, nullptr);
}

TEST_F(io_irp_death, an_irp_without_a_location_left) {
    IRP* irp = allocate(1);
    set_next_location(irp);
    EXPECT_EXIT((void)begin(irp), testing::ExitedWithCode(3),
                "irp-no-stack-location(.|\n)*BUGCHECK 0x00000035");
    io().free_irp(irp, nullptr);
}

TEST_F(io_irp_death, memory_that_is_no_irp) {
    static char junk[512];
    EXPECT_EXIT((void)begin(reinterpret_cast<IRP*>(junk)), testing::ExitedWithCode(3),
                "irp-bad-type");
    EXPECT_EXIT(io().reuse_irp(reinterpret_cast<IRP*>(junk), 0, nullptr),
                testing::ExitedWithCode(3), "irp-bad-type");
}

NTSTATUS free_and_go_on(DEVICE_OBJECT*, IRP* irp, void*) {
    ke::current_machine().get<io::manager>().free_irp(irp, nullptr);
    return STATUS_SUCCESS;
}

TEST_F(io_irp_death, a_routine_that_frees_and_lets_completion_go_on) {
    IRP* irp = allocate();
    set_completion(irp, free_and_go_on, nullptr);
    EXPECT_EXIT((void)io().complete(*begin(irp), STATUS_SUCCESS, 0), testing::ExitedWithCode(3),
                "irp-freed-in-use(.|\n)*returned 0x00000000");
    io().free_irp(irp, nullptr);
}

TEST_F(io_irp, an_irp_that_nobody_keeps_is_reported) {
    const uint64_t before = verify::violation_count();
    s.answer = STATUS_SUCCESS;
    IRP* irp = allocate();
    set_completion(irp, routine, &s);
    (void)io().complete(*begin(irp), STATUS_SUCCESS, 0);
    EXPECT_EQ(verify::violation_count(), before + 1);
    io().free_irp(irp, nullptr);
}

TEST_F(io_irp, a_wrong_size_and_an_allocated_irp_are_reported_by_initialize) {
    alignas(16) char storage[IoSizeOfIrp(2)];
    auto* irp = reinterpret_cast<IRP*>(storage);
    uint64_t before = verify::violation_count();
    io().initialize_irp(irp, IoSizeOfIrp(1), 2, nullptr);
    EXPECT_EQ(verify::violation_count(), before + 1);

    IRP* allocated = allocate();
    before = verify::violation_count();
    io().initialize_irp(allocated, IoSizeOfIrp(1), 1, nullptr);
    EXPECT_EQ(verify::violation_count(), before + 1);
    io().free_irp(allocated, nullptr);
}

}  // namespace
