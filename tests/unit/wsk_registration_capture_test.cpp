// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: WskCaptureProviderNPI, the captured NPI and WskReleaseProviderNPI (REG sections 4 to 6).
// Method: a subsystem that is there, comes late, leaves or refuses, and calls that must or must not
// wait. Sockets are stood for by the counts of the client object.

#include <algorithm>

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/wsk_application.hpp"
#include "verify/fault.hpp"

namespace {

using test::application;
using test::at_irql;
using test::blocked_call;
using test::stopwatch;

class wsk_registration_capture : public test::registration_fixture {
protected:
    // What every failing call must leave alone.
    static void fill(application& a) { std::memset(&a.npi, 0xA5, sizeof a.npi); }
    static bool untouched(const application& a) {
        application fresh;
        std::memset(&fresh.npi, 0xA5, sizeof fresh.npi);
        return std::memcmp(&a.npi, &fresh.npi, sizeof a.npi) == 0;
    }
};

// A test that waited for the longer ones would not come to its end.
const ULONG all_timeouts[] = {WSK_NO_WAIT, 1, 3600000, 0xFFFFFFFE, WSK_INFINITE_WAIT};

// REG-039, REG-041, REG-050, REG-065, REG-066
TEST_F(wsk_registration_capture, when_ready_every_timeout_succeeds_at_once) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    for (const ULONG timeout : all_timeouts) {
        EXPECT_EQ(a.capture(timeout), STATUS_SUCCESS);
        EXPECT_NE(a.npi.Client, nullptr);
        EXPECT_NE(a.npi.Dispatch, nullptr);
        a.release();
    }
    a.remove();
}

// REG-040, REG-074, REG-083, W-04: at DISPATCH_LEVEL, in every state of the registration.
TEST_F(wsk_registration_capture, without_wait_it_works_at_dispatch_level_in_every_state) {
    application a, refused(MAKE_WSK_VERSION(2, 0));
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(refused.add(), STATUS_SUCCESS);
    {
        at_irql raised(2);
        EXPECT_EQ(a.capture(), STATUS_SUCCESS);
        EXPECT_EQ(a.query(), STATUS_SUCCESS);
        a.release();
        EXPECT_EQ(refused.capture(), STATUS_NOINTERFACE);
        EXPECT_EQ(refused.query(), STATUS_SUCCESS);
    }
    stop_subsystem();
    {
        at_irql raised(2);
        EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
        EXPECT_EQ(a.query(), STATUS_DEVICE_NOT_READY);
    }
    a.remove();
    refused.remove();
    at_irql raised(2);
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
}

// REG-040, REG-179
TEST_F(wsk_registration_capture, with_a_wait_above_passive_level_it_stops) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EXIT(
        {
            at_irql raised(2);
            (void)a.capture(100);
        },
        testing::ExitedWithCode(3), "WskCaptureProviderNPI with a wait");
    EXPECT_EXIT(
        {
            at_irql raised(1);
            (void)a.capture(WSK_INFINITE_WAIT);
        },
        testing::ExitedWithCode(3), "WskCaptureProviderNPI with a wait");
    a.remove();
}

// REG-042, REG-045: three causes, one status.
TEST_F(wsk_registration_capture, not_available_is_device_not_ready) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(WSK_NO_WAIT), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(a.capture(5), STATUS_DEVICE_NOT_READY);  // REG-048: not STATUS_TIMEOUT
    a.remove();
    EXPECT_EQ(a.capture(WSK_INFINITE_WAIT), STATUS_DEVICE_NOT_READY);
}

// REG-043, REG-053
TEST_F(wsk_registration_capture, an_unsupported_version_is_no_interface_for_every_timeout) {
    application a(MAKE_WSK_VERSION(2, 0));
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    for (const ULONG timeout : all_timeouts) {
        EXPECT_EQ(a.capture(timeout), STATUS_NOINTERFACE);
    }
    a.remove();
}

// REG-044: the attachment fails for another reason; that is what every capture says, until a new
// subsystem arrives.
TEST_F(wsk_registration_capture, a_failed_attachment_is_what_every_capture_returns) {
    application before;  // what is made once is there after it
    ASSERT_EQ(before.add(), STATUS_SUCCESS);
    before.remove();
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    // start: the provider registration, the binding, then the client object.
    verify::arm_faults(3, true);
    start_subsystem();
    verify::arm_faults(0, true);
    for (const ULONG timeout : all_timeouts) {
        EXPECT_EQ(a.capture(timeout), STATUS_INSUFFICIENT_RESOURCES);
    }
    EXPECT_EQ(a.query(), STATUS_SUCCESS);
    stop_subsystem();
    start_subsystem();
    EXPECT_EQ(a.capture(), STATUS_SUCCESS);
    a.release();
    a.remove();
}

// REG-046
TEST_F(wsk_registration_capture, an_infinite_wait_lasts_until_the_subsystem_comes) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    NTSTATUS s = STATUS_UNSUCCESSFUL;
    blocked_call call(machine(), [&] { s = a.capture(WSK_INFINITE_WAIT); });
    EXPECT_TRUE(call.blocks());
    start_subsystem();
    call.join();
    EXPECT_EQ(s, STATUS_SUCCESS);
    a.release();
    a.remove();
}

// REG-047, REG-048, REG-051: not shorter than asked, whatever wakes the thread meanwhile.
TEST_F(wsk_registration_capture, a_finite_wait_expires_not_early) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    test::gate stop;
    // Wake-ups that are nobody's: other captures of the instance come and go, so often that a wait
    // that began anew with each would not end.
    auto noise = start([&] {
        while (!stop.is_open()) {
            (void)a.capture(1);
        }
    });
    const stopwatch watch;
    EXPECT_EQ(a.capture(200), STATUS_DEVICE_NOT_READY);
    EXPECT_GE(watch.ms(), 200);
    stop.open();
    noise.join();
    a.remove();
}

// REG-047, REG-049: a finite wait, however long, ends when the subsystem comes.
TEST_F(wsk_registration_capture, a_finite_wait_ends_when_the_subsystem_comes) {
    for (const ULONG timeout : {3600000u, 0xFFFFFFFEu}) {
        stop_subsystem();
        application a;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        NTSTATUS s = STATUS_UNSUCCESSFUL;
        blocked_call call(machine(), [&] { s = a.capture(timeout); });
        EXPECT_TRUE(call.blocks());
        start_subsystem();
        call.join();
        EXPECT_EQ(s, STATUS_SUCCESS);
        a.release();
        a.remove();
    }
}

// REG-052
TEST_F(wsk_registration_capture, a_wait_ends_when_the_subsystem_comes_and_refuses_the_version) {
    stop_subsystem();
    application a(MAKE_WSK_VERSION(9, 0));
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    NTSTATUS s = STATUS_UNSUCCESSFUL;
    blocked_call call(machine(), [&] { s = a.capture(WSK_INFINITE_WAIT); });
    EXPECT_TRUE(call.blocks());
    start_subsystem();
    call.join();
    EXPECT_EQ(s, STATUS_NOINTERFACE);
    a.remove();
}

// REG-054, REG-180: concurrently, each success a capture of its own. More threads than cells.
TEST_F(wsk_registration_capture, many_threads_capture_and_release) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    {
        std::vector<test::machine_thread> threads;
        for (int t = 0; t < 24; ++t) {
            threads.push_back(start([&] {
                for (int i = 0; i < 2000; ++i) {
                    WSK_PROVIDER_NPI npi = {};
                    ASSERT_EQ(WskCaptureProviderNPI(&a.block, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
                    ASSERT_NE(npi.Client, nullptr);
                    a.release();
                }
            }));
        }
    }
    EXPECT_EQ(count(base::object_kind::capture), 0u);
    a.remove();
    EXPECT_EQ(violations(), 0u);
}

// REG-055, REG-094: n captures need n releases.
TEST_F(wsk_registration_capture, each_capture_needs_a_release) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    }
    blocked_call call(machine(), [&] { a.remove(); });
    for (int i = 0; i < 4; ++i) {
        a.release();
    }
    EXPECT_TRUE(call.blocks());
    a.release();  // REG-078, REG-079
    call.join();
}

// REG-060: the output is left alone on every failure.
TEST_F(wsk_registration_capture, the_output_is_untouched_on_failure) {
    application refused(MAKE_WSK_VERSION(7, 0));
    ASSERT_EQ(refused.add(), STATUS_SUCCESS);
    fill(refused);
    EXPECT_EQ(refused.capture(), STATUS_NOINTERFACE);
    EXPECT_TRUE(untouched(refused));
    refused.remove();
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    fill(a);
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(a.capture(1), STATUS_DEVICE_NOT_READY);
    EXPECT_TRUE(untouched(a));
    a.remove();
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    EXPECT_TRUE(untouched(a));
}

// REG-061
TEST_F(wsk_registration_capture, null_arguments_are_invalid) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    WSK_PROVIDER_NPI out;
    EXPECT_EQ(WskCaptureProviderNPI(nullptr, WSK_NO_WAIT, &out), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(WskCaptureProviderNPI(&a.block, WSK_NO_WAIT, nullptr), STATUS_INVALID_PARAMETER);
    a.remove();
}

// REG-062: zeroed and garbage blocks; every bit pattern is safe.
TEST_F(wsk_registration_capture, a_block_that_was_never_registered_is_device_not_ready) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    WSK_REGISTRATION block = {};
    WSK_PROVIDER_NPI out;
    for (const ULONGLONG state :
         {0ull, 0xCCCCCCCCCCCCCCCCull, ~0ull, 1ull,
          static_cast<unsigned long long>(a.block.ReservedRegistrationState + 0x80000000ull)}) {
        block.ReservedRegistrationState = state;
        (void)violations();
        EXPECT_EQ(WskCaptureProviderNPI(&block, WSK_INFINITE_WAIT, &out), STATUS_DEVICE_NOT_READY);
        EXPECT_EQ(violations(), 1u);
    }
    a.remove();
}

// REG-063: nothing is enforced; it works once the subsystem starts on another thread.
TEST_F(wsk_registration_capture, an_infinite_wait_on_the_registering_thread_works) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    auto later = start([&, waiting = gettid()] {
        EXPECT_TRUE(test::all_asleep({waiting}));
        start_subsystem();
    });
    EXPECT_EQ(a.capture(WSK_INFINITE_WAIT), STATUS_SUCCESS);
    later.join();
    a.release();
    a.remove();
}

// REG-064, NMR-188: capturing starts no attachment.
TEST_F(wsk_registration_capture, does_not_attach_by_itself) {
    application a(MAKE_WSK_VERSION(3, 0));
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    a.dispatch.Version = MAKE_WSK_VERSION(1, 0);  // a new attempt would succeed now
    EXPECT_EQ(a.capture(), STATUS_NOINTERFACE);
    EXPECT_EQ(a.capture(10), STATUS_NOINTERFACE);
    EXPECT_EQ(subsystem().client_count(), 0u);
    a.remove();
}

// REG-067, REG-068, REG-070
TEST_F(wsk_registration_capture, captures_of_one_attachment_give_the_same_pointers) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    const WSK_PROVIDER_NPI first = a.npi;
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    EXPECT_EQ(first.Client, a.npi.Client);
    EXPECT_EQ(first.Dispatch, a.npi.Dispatch);
    EXPECT_EQ(first.Dispatch->Reserved, 0);
    a.release();
    a.release();
    a.remove();
}

// REG-071, REG-072, REG-075: from the capture to its release the calls work, and a stopping
// subsystem waits.
TEST_F(wsk_registration_capture, the_npi_works_until_the_release_although_the_subsystem_stops) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call stopping(machine(), [&] { stop_subsystem(); });
    EXPECT_TRUE(stopping.blocks());
    a.release();
    {
        wsk::client_call call(machine(), a.npi.Client);
        EXPECT_TRUE(static_cast<bool>(call));
    }
    EXPECT_TRUE(stopping.blocks());
    a.release();
    stopping.join();
    wsk::client_call late(machine(), a.npi.Client);
    EXPECT_FALSE(static_cast<bool>(late));
    EXPECT_EQ(late.status(), base::status{STATUS_DEVICE_NOT_READY});
    a.remove();
}

// REG-073, REG-077, REG-080
TEST_F(wsk_registration_capture, release_may_happen_anywhere_and_the_instance_goes_on) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    PWSK_CLIENT client = nullptr;
    for (int i = 0; i < 1000; ++i) {
        start([&] { ASSERT_EQ(a.capture(), STATUS_SUCCESS); }).join();
        EXPECT_TRUE(client == nullptr || client == a.npi.Client);
        client = a.npi.Client;
        at_irql raised(2);
        a.release();
    }
    EXPECT_EQ(violations(), 0u);
    a.remove();
}

// REG-076: what was made under a capture outlives its release.
TEST_F(wsk_registration_capture, sockets_outlive_the_capture) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    wsk::client& c = client_of(a);
    c.socket_opened();
    a.release();
    EXPECT_TRUE(c.accepts_sockets());
    EXPECT_EQ(c.held_by().sockets, 1u);
    c.socket_closed();
    a.remove();
}

// REG-081: a stray release is ignored and reported; afterwards everything counts as before.
TEST_F(wsk_registration_capture, a_release_without_a_capture_is_ignored) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    (void)violations();
    a.release();
    start([&] { a.release(); }).join();
    EXPECT_EQ(violations(), 2u);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    a.release();
    call.join();
}

// REG-081: exactly one of two releases of one capture counts, whichever thread made it.
TEST_F(wsk_registration_capture, of_two_releases_of_one_capture_one_is_reported) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    for (int i = 0; i < 200; ++i) {
        start([&] { ASSERT_EQ(a.capture(), STATUS_SUCCESS); }).join();
        (void)violations();
        auto other = start([&] { a.release(); });
        a.release();
        other.join();
        ASSERT_EQ(violations(), 1u);
        ASSERT_EQ(count(base::object_kind::capture), 0u);
    }
    a.remove();
}

// REG-082
TEST_F(wsk_registration_capture, releasing_a_block_that_is_none_is_reported) {
    (void)violations();
    WskReleaseProviderNPI(nullptr);
    WSK_REGISTRATION block = {};
    WskReleaseProviderNPI(&block);
    EXPECT_EQ(violations(), 2u);
}

// REG-171: the subsystem leaves and returns.
TEST_F(wsk_registration_capture, the_instance_becomes_ready_again_when_the_subsystem_returns) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    const PWSK_CLIENT before = a.npi.Client;
    blocked_call stopping(machine(), [&] { stop_subsystem(); });
    EXPECT_TRUE(test::eventually([&] {
        const NTSTATUS s = a.capture();
        if (s == STATUS_SUCCESS) {
            a.release();
        }
        return s == STATUS_DEVICE_NOT_READY;
    }));
    EXPECT_EQ(a.capture(20), STATUS_DEVICE_NOT_READY);
    EXPECT_EQ(a.query(), STATUS_DEVICE_NOT_READY);
    a.release();
    stopping.join();
    EXPECT_EQ(a.capture(), STATUS_DEVICE_NOT_READY);
    start_subsystem();
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    EXPECT_NE(a.npi.Client, before);
    a.release();
    a.remove();
}

// REG-172: the early boot: the subsystem starts by itself, late.
class wsk_registration_late : public test::registration_fixture {
protected:
    static base::machine_options late() {
        base::machine_options options;
        options.wsk_ready_after_ms = 50;
        return options;
    }
    wsk_registration_late() : registration_fixture(late()) {}
    const stopwatch since_before_the_machine_;
};

TEST_F(wsk_registration_late, the_subsystem_starts_when_its_time_has_come) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(WSK_INFINITE_WAIT), STATUS_SUCCESS);
    EXPECT_GE(since_before_the_machine_.ms(), 50);
    a.release();
    a.remove();
    stop_subsystem();
    start_subsystem();
}

// A machine may end before.
class wsk_registration_never : public test::registration_fixture {
protected:
    static base::machine_options never() {
        base::machine_options options;
        options.wsk_ready_after_ms = 3600000;
        return options;
    }
    wsk_registration_never() : registration_fixture(never()) {}
};

TEST_F(wsk_registration_never, a_machine_may_end_before_the_subsystem_was_ready) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    EXPECT_EQ(a.capture(10), STATUS_DEVICE_NOT_READY);
    a.remove();  // REG-101
}

}  // namespace
