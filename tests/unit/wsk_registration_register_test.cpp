// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: roles and WskRegister (REG sections 1 and 3). Method: applications that use the exported
// functions, against a subsystem that is there or not.

#include <random>

#include <sys/mman.h>

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/wsk_application.hpp"
#include "verify/fault.hpp"

namespace {

using test::application;

class wsk_registration_register : public test::registration_fixture {};

// REG-003, REG-004
TEST_F(wsk_registration_register, each_attachment_has_a_client_object_of_its_own) {
    application a, b;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(b.add(), STATUS_SUCCESS);
    EXPECT_EQ(subsystem().client_count(), 2u);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    ASSERT_EQ(b.capture(), STATUS_SUCCESS);
    EXPECT_NE(a.npi.Client, b.npi.Client);
    EXPECT_EQ(client_of(a).add_static_events(WSK_EVENT_RECEIVE), base::status{STATUS_SUCCESS});
    EXPECT_EQ(client_of(b).socket_opened(), 0u);
    EXPECT_EQ(client_of(a).socket_opened(), static_cast<ULONG>(WSK_EVENT_RECEIVE));
    client_of(a).socket_closed();
    client_of(b).socket_closed();
    a.release();
    b.release();
    a.remove();
    b.remove();
    EXPECT_EQ(subsystem().client_count(), 0u);
}

// REG-019, REG-021, REG-010: the block's old content does not matter, its neighbours stay intact.
TEST_F(wsk_registration_register, registers_into_uninitialised_memory_and_stays_inside_it) {
    for (const int fill : {0x00, 0xCC, 0xFF}) {
        application a;
        std::memset(&a.block, fill, sizeof a.block);
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        EXPECT_EQ(a.capture(), STATUS_SUCCESS);
        a.release();
        a.remove();
        EXPECT_EQ(a.guard_before, 0x5555555555555555u);
        EXPECT_EQ(a.guard_after, 0x5555555555555555u);
    }
}

// REG-020, REG-033, REG-166: the k-th allocation fails. The registration itself then fails, or only
// its attachment, which the capture reports (REG-044).
TEST_F(wsk_registration_register, every_failing_allocation_is_reported_and_leaves_nothing) {
    int registrations_failed = 0;
    int attachments_failed = 0;
    for (uint64_t k = 1;; ++k) {
        application a;
        verify::arm_faults(k, true);
        const NTSTATUS s = a.add();
        const bool reached = verify::faults_seen() >= k;
        verify::arm_faults(0, true);
        if (s == STATUS_SUCCESS) {
            const NTSTATUS captured = a.capture(WSK_INFINITE_WAIT);
            if (captured == STATUS_SUCCESS) {
                a.release();
            } else {
                EXPECT_EQ(captured, STATUS_INSUFFICIENT_RESOURCES);
                EXPECT_EQ(a.query(), STATUS_SUCCESS);
                ++attachments_failed;
            }
            a.remove();
        } else {
            EXPECT_EQ(s, STATUS_INSUFFICIENT_RESOURCES);
            ++registrations_failed;
        }
        EXPECT_EQ(subsystem().client_count(), 0u);
        EXPECT_TRUE(objects().empty());
        if (!reached) {
            EXPECT_EQ(s, STATUS_SUCCESS);
            break;
        }
    }
    EXPECT_GE(registrations_failed, 3);  // the registration, the NMR's, the binding
    EXPECT_EQ(attachments_failed, 2);    // growth of the clients' slab, the client object
}

// REG-022: application::add overwrites the structure; the subsystem comes later.
TEST_F(wsk_registration_register, the_client_npi_is_only_read_during_the_call) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    start_subsystem();
    EXPECT_EQ(a.capture(), STATUS_SUCCESS);
    EXPECT_EQ(a.npi.Dispatch->Version, MAKE_WSK_VERSION(1, 0));
    a.release();
    a.remove();
}

// REG-023, REG-024: the dispatch table is read-only, and gone right after WskDeregister.
TEST_F(wsk_registration_register, the_dispatch_table_is_only_read_and_only_while_registered) {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    auto* dispatch = static_cast<WSK_CLIENT_DISPATCH*>(page);
    dispatch->Version = MAKE_WSK_VERSION(1, 1);
    ASSERT_EQ(mprotect(page, 4096, PROT_READ), 0);
    WSK_CLIENT_NPI npi = {nullptr, dispatch};
    WSK_REGISTRATION block;
    ASSERT_EQ(WskRegister(&npi, &block), STATUS_SUCCESS);
    WskDeregister(&block);
    ASSERT_EQ(munmap(page, 4096), 0);
    WSK_PROVIDER_NPI out;
    EXPECT_EQ(WskCaptureProviderNPI(&block, WSK_NO_WAIT, &out), STATUS_DEVICE_NOT_READY);
    stop_subsystem();
    start_subsystem();
}

// REG-025: a block that was moved is not the registered one.
TEST_F(wsk_registration_register, a_copied_block_is_reported_and_does_not_work) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    WSK_REGISTRATION copy = a.block;
    WSK_PROVIDER_NPI out;
    (void)violations();
    EXPECT_EQ(WskCaptureProviderNPI(&copy, WSK_NO_WAIT, &out), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(violations(), 1u);
    a.remove();
}

// REG-026, REG-028: nobody else could end a wait.
TEST_F(wsk_registration_register, succeeds_at_once_without_the_subsystem) {
    stop_subsystem();
    application a;
    EXPECT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    a.remove();
}

// REG-027, REG-043
TEST_F(wsk_registration_register, does_not_report_an_unsupported_version) {
    application a(MAKE_WSK_VERSION(9, 9));
    EXPECT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(), STATUS_NOINTERFACE);
    a.remove();
}

// REG-029
TEST_F(wsk_registration_register, a_capture_without_wait_succeeds_right_after_it) {
    application a;
    for (int i = 0; i < 20000; ++i) {
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        ASSERT_EQ(a.capture(WSK_NO_WAIT), STATUS_SUCCESS);
        a.release();
        a.remove();
    }
}

// REG-030, REG-111
TEST_F(wsk_registration_register, many_instances_are_independent) {
    constexpr unsigned count = 100;
    std::vector<std::unique_ptr<application>> all;
    std::vector<unsigned> captures(count, 0);
    for (unsigned i = 0; i < count; ++i) {
        all.push_back(std::make_unique<application>());
        ASSERT_EQ(all.back()->add(), STATUS_SUCCESS);
    }
    std::mt19937 random(42);
    for (int step = 0; step < 20000; ++step) {
        const unsigned i = random() % count;
        if (random() % 2 == 0) {
            ASSERT_EQ(all[i]->capture(), STATUS_SUCCESS);
            ++captures[i];
        } else if (captures[i] != 0) {
            all[i]->release();
            --captures[i];
        } else {
            all[i]->remove();
            ASSERT_EQ(all[i]->add(), STATUS_SUCCESS);
        }
    }
    for (unsigned i = 0; i < count; ++i) {
        while (captures[i]-- != 0) {
            all[i]->release();
        }
        all[i]->remove();
    }
    EXPECT_EQ(violations(), 0u);
}

// REG-031
TEST_F(wsk_registration_register, a_live_block_is_refused_and_keeps_working) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    (void)violations();
    EXPECT_EQ(a.add(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(a.capture(), STATUS_SUCCESS);
    a.release();
    // The bytes of the block are not what decides.
    const WSK_REGISTRATION saved = a.block;
    std::memset(&a.block, 0, sizeof a.block);
    EXPECT_EQ(a.add(), STATUS_INVALID_PARAMETER);
    a.block = saved;
    a.remove();
}

// REG-032, REG-102
TEST_F(wsk_registration_register, a_deregistered_block_may_be_registered_again) {
    application a;
    for (int i = 0; i < 10000; ++i) {
        a.dispatch.Version =
            static_cast<USHORT>(i % 3 == 0 ? MAKE_WSK_VERSION(2, 0) : MAKE_WSK_VERSION(1, i % 2));
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        const NTSTATUS s = a.capture();
        ASSERT_EQ(s, i % 3 == 0 ? STATUS_NOINTERFACE : STATUS_SUCCESS);
        if (s == STATUS_SUCCESS) {
            a.release();
        }
        a.remove();
    }
}

// REG-033, REG-109: a registration that was not ended is shown as left behind.
TEST_F(wsk_registration_register, a_live_registration_is_shown_until_it_is_deregistered) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(count(base::object_kind::registration), 1u);
    EXPECT_EQ(count(base::object_kind::capture), 0u);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    EXPECT_EQ(count(base::object_kind::capture), 1u);
    a.release();
    a.remove();
    EXPECT_TRUE(objects().empty());
}

// REG-034, REG-108
TEST_F(wsk_registration_register, may_be_called_on_any_thread_and_again_later) {
    application a;
    for (int i = 0; i < 3; ++i) {
        start([&] { EXPECT_EQ(a.add(), STATUS_SUCCESS); }).join();
        EXPECT_EQ(a.capture(), STATUS_SUCCESS);
        a.release();
        start([&] { a.remove(); }).join();
    }
}

// REG-035
TEST_F(wsk_registration_register, null_arguments_are_invalid_and_leave_the_block_alone) {
    application a;
    const WSK_REGISTRATION before = a.block;
    WSK_CLIENT_NPI npi = {nullptr, &a.dispatch};
    WSK_CLIENT_NPI without_dispatch = {nullptr, nullptr};
    EXPECT_EQ(WskRegister(nullptr, &a.block), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(WskRegister(&without_dispatch, &a.block), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(WskRegister(&npi, nullptr), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(std::memcmp(&before, &a.block, sizeof before), 0);
}

// REG-036
TEST_F(wsk_registration_register, a_reserved_field_that_is_not_zero_is_reported_and_ignored) {
    application a;
    a.dispatch.Reserved = 7;
    (void)violations();
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(a.capture(), STATUS_SUCCESS);
    a.release();
    a.remove();
}

// REG-037, REG-038
TEST_F(wsk_registration_register, the_client_context_is_not_followed_and_the_event_is_optional) {
    for (void* context : {static_cast<void*>(nullptr), reinterpret_cast<void*>(0xdead0000)}) {
        application a;
        a.context = context;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        ASSERT_EQ(a.capture(), STATUS_SUCCESS);
        EXPECT_EQ(client_of(a).context(), context);
        EXPECT_EQ(client_of(a).raise_event(1, nullptr, 0), base::status{STATUS_NOT_IMPLEMENTED});
        a.release();
        a.remove();
    }
}

// REG-179: above PASSIVE_LEVEL
TEST_F(wsk_registration_register, above_passive_level_it_stops_with_the_function_s_name) {
    application a;
    EXPECT_EXIT(
        {
            test::at_irql raised(2);
            (void)a.add();
        },
        testing::ExitedWithCode(3), "WskRegister");
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EXIT(
        {
            test::at_irql raised(1);
            a.remove();
        },
        testing::ExitedWithCode(3), "WskDeregister");
    a.remove();
}

}  // namespace
