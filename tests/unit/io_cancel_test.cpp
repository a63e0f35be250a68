// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Cancellation: hooks of operations, cancel routines of drivers, the cancel spin lock, and the
// races between cancelling and completing.

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "ke/irql.hpp"
#include "tests/unit/io_machine.hpp"
#include "tests/unit/support/race.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

std::atomic<int> hooks{0};
std::atomic<int> completions{0};

void count_hook(io::operation&) noexcept {
    ++hooks;
}

NTSTATUS keep(DEVICE_OBJECT*, IRP*, void*) {
    ++completions;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

class io_cancel : public testing::Test {
protected:
    io_cancel() {
        hooks = 0;
        completions = 0;
    }
    io::manager& io() { return m.io(); }
    io::operation* pend(IRP* irp) {
        set_completion(irp, keep, nullptr);
        io::operation* op = io().begin(*irp, nullptr, "WskTest");
        io::mark_pending(*op);
        return op;
    }

    io_machine m;
};

// IRP-021, IRP-022: IoCancelIrp asks the owner; the IRP is completed by the owner, later.
TEST_F(io_cancel, cancelling_a_pending_irp_calls_the_hook_once) {
    IRP* irp = io().allocate_irp(1, nullptr);
    io::operation* op = pend(irp);
    ASSERT_TRUE(io::arm_cancel(*op, count_hook));
    EXPECT_FALSE(io::cancel_requested(*op));
    EXPECT_TRUE(io().cancel_irp(irp, nullptr));
    EXPECT_EQ(hooks, 1);
    EXPECT_EQ(completions, 0);
    EXPECT_TRUE(io::cancel_requested(*op));
    EXPECT_FALSE(io().cancel_irp(irp, nullptr));
    EXPECT_EQ(hooks, 1);
    (void)io().complete(*op, STATUS_CANCELLED, 0);
    EXPECT_EQ(completions, 1);
    EXPECT_EQ(irp->IoStatus.Status, STATUS_CANCELLED);
    io().free_irp(irp, nullptr);
}

// IRP-024: cancelled before the call.
TEST_F(io_cancel, an_irp_cancelled_before_the_call_is_not_armed) {
    IRP* irp = io().allocate_irp(1, nullptr);
    EXPECT_FALSE(io().cancel_irp(irp, nullptr));
    EXPECT_TRUE(irp->Cancel);
    io::operation* op = pend(irp);
    EXPECT_FALSE(io::arm_cancel(*op, count_hook));
    EXPECT_EQ(irp->CancelRoutine, nullptr);
    (void)io().complete(*op, STATUS_CANCELLED, 0);
    EXPECT_EQ(hooks, 0);
    io().free_irp(irp, nullptr);
}

TEST_F(io_cancel, completing_takes_the_cancel_routine_back) {
    IRP* irp = io().allocate_irp(1, nullptr);
    io::operation* op = pend(irp);
    ASSERT_TRUE(io::arm_cancel(*op, count_hook));
    EXPECT_NE(irp->CancelRoutine, nullptr);
    (void)io().complete(*op, STATUS_SUCCESS, 0);
    EXPECT_EQ(irp->CancelRoutine, nullptr);
    EXPECT_FALSE(io().cancel_irp(irp, nullptr));
    EXPECT_EQ(hooks, 0);
    io().free_irp(irp, nullptr);
}

// IRP-023, IRP-027: one completion whoever comes first, and the hook never sees a dead operation.
TEST_F(io_cancel, cancelling_races_completing) {
    IRP* irp = io().allocate_irp(1, nullptr);
    std::atomic<int> ready{0};
    std::atomic<int> cancelled{0};
    std::atomic<bool> over{false};
    std::thread canceller([&] {
        ke::attach(m.machine());
        for (int i = 1; !over.load(std::memory_order_relaxed);) {
            if (ready.load(std::memory_order_acquire) < i) {
                std::this_thread::yield();
                continue;
            }
            io().cancel_irp(irp, nullptr);
            cancelled.store(i++, std::memory_order_release);
        }
        ke::detach();
    });
    test::race_rounds rounds(20000);
    for (int i = 1; rounds.next(); ++i) {
        io().reuse_irp(irp, STATUS_SUCCESS, nullptr);
        io::operation* op = pend(irp);
        ready.store(i, std::memory_order_release);
        if (i % 2 == 0 && !io::arm_cancel(*op, count_hook)) {
            (void)io().complete(*op, STATUS_CANCELLED, 0);
        } else {
            (void)io().complete(*op, STATUS_SUCCESS, 0);
        }
        while (cancelled.load(std::memory_order_acquire) < i) {
            std::this_thread::yield();
        }
    }
    over = true;
    canceller.join();
    EXPECT_EQ(completions, rounds.count());
    EXPECT_EQ(io().operations_live(), 0u);
    io().free_irp(irp, nullptr);
}

// ---- drivers' cancel routines ------------------------------------------------------------------

struct {
    uint8_t irql_inside = 0xff;
    IRP* irp = nullptr;
    int calls = 0;
} driver_cancel_saw;

void driver_cancel(DEVICE_OBJECT*, IRP* irp) {
    driver_cancel_saw = {ke::current().irql, irp, driver_cancel_saw.calls + 1};
    ke::current_machine().get<io::manager>().release_cancel_lock(irp->CancelIrql, nullptr);
}

TEST_F(io_cancel, a_driver_s_routine_runs_at_dispatch_with_the_lock_and_releases_it) {
    IRP* irp = io().allocate_irp(1, nullptr);
    driver_cancel_saw = {};
    irp->CancelRoutine = driver_cancel;
    EXPECT_TRUE(io().cancel_irp(irp, nullptr));
    EXPECT_EQ(driver_cancel_saw.calls, 1);
    EXPECT_EQ(driver_cancel_saw.irp, irp);
    EXPECT_EQ(driver_cancel_saw.irql_inside, ke::dispatch_level);
    EXPECT_EQ(ke::current().irql, ke::passive_level);
    EXPECT_EQ(irp->CancelRoutine, nullptr);
    io().free_irp(irp, nullptr);
}

void forgetful_cancel(DEVICE_OBJECT*, IRP*) {}

TEST_F(io_cancel, a_routine_that_keeps_the_lock_is_a_violation) {
    IRP* irp = io().allocate_irp(1, nullptr);
    irp->CancelRoutine = forgetful_cancel;
    EXPECT_EXIT(io().cancel_irp(irp, nullptr), testing::ExitedWithCode(3), "cancel-lock-misuse");
    irp->CancelRoutine = nullptr;
    io().free_irp(irp, nullptr);
}

TEST_F(io_cancel, the_cancel_lock_raises_and_restores) {
    const uint8_t old = io().acquire_cancel_lock(nullptr);
    EXPECT_EQ(old, ke::passive_level);
    EXPECT_EQ(ke::current().irql, ke::dispatch_level);
    io().release_cancel_lock(old, nullptr);
    EXPECT_EQ(ke::current().irql, ke::passive_level);
    EXPECT_EXIT(ke::raise(ke::current(), 2); io().release_cancel_lock(0, nullptr),
                                             testing::ExitedWithCode(3), "cancel-lock-misuse");
    EXPECT_EXIT((void)io().acquire_cancel_lock(nullptr); (void)io().acquire_cancel_lock(nullptr),
                                                         testing::ExitedWithCode(3),
                                                         "cancel-lock-misuse(.|\n)*holds it");
}

TEST_F(io_cancel, the_cancel_lock_excludes) {
    int counter = 0;
    auto work = [&] {
        for (int i = 0; i < 5000; ++i) {
            const uint8_t old = io().acquire_cancel_lock(nullptr);
            ++counter;
            io().release_cancel_lock(old, nullptr);
        }
    };
    std::thread other([&] {
        ke::attach(m.machine());
        work();
        ke::detach();
    });
    work();
    other.join();
    EXPECT_EQ(counter, 10000);
}

}  // namespace
