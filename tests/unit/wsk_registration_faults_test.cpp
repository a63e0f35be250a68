// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Each allocation of WSK scenarios fails once: registration, attach on both routes, capture,
// client control (REG-020, REG-033, REG-044, REG-133, REG-166). The call that needed the memory
// reports STATUS_INSUFFICIENT_RESOURCES, nobody waits for ever, nothing is left.

#include "tests/unit/support/wsk_programs.hpp"

namespace {

using test::fault_runs;
using test::sim::app;
using test::sim::list_change;
using test::sim::nmr_app;
using test::sim::wsk_machine;

constexpr uint64_t schedules = 100;

TEST(wsk_registration_faults, both_routes_report_a_failing_allocation_and_leave) {
    fault_runs faults;
    const uint64_t failed = faults.run("register, attach, capture", schedules, [] {
        wsk_machine m(true);
        app a(m);
        nmr_app b(m);
        fault_runs::arm();
        m.run({[&] {
                   if (a.enter()) {
                       a.use(WSK_NO_WAIT);
                       a.use(WSK_INFINITE_WAIT);
                       a.leave();
                   }
               },
               [&] {
                   if (b.enter()) {
                       b.leave();
                   }
               }});
        fault_runs::disarm();
        return m.verdict();
    });
    // Two registrations, two bindings, two client objects, and slabs that grow.
    EXPECT_GE(failed, 8u);
}

// The subsystem tries again; an application whose attachment failed says so until then.
TEST(wsk_registration_faults, an_arriving_subsystem_loses_no_waiting_capture) {
    fault_runs faults;
    const uint64_t failed = faults.run("arrival", schedules, [] {
        wsk_machine m(false);
        app a(m);
        app b(m);
        a.enter();
        b.enter();
        fault_runs::arm();
        m.run({[&] { a.use(WSK_INFINITE_WAIT); }, [&] { b.use(WSK_INFINITE_WAIT); },
               [&] {
                   while (!m.start()) {
                   }
               }});
        fault_runs::disarm();
        m.stop();
        m.start();
        m.check(a.use(WSK_NO_WAIT) == STATUS_SUCCESS, "not attached by the next subsystem");
        m.check(b.use(WSK_NO_WAIT) == STATUS_SUCCESS, "not attached by the next subsystem");
        a.leave();
        b.leave();
        return m.verdict();
    });
    EXPECT_GE(failed, 5u);
}

/// A self-relative descriptor of no owner, group or lists.
struct empty_descriptor {
    unsigned char bytes[20] = {1, 0, 0, 0x80};
};

void control_client(wsk_machine& m, const WSK_PROVIDER_NPI& npi) {
    WSK_EVENT_CALLBACK_CONTROL events = {&wsk::wsk_npi, WSK_EVENT_RECEIVE};
    const NTSTATUS set =
        npi.Dispatch->WskControlClient(npi.Client, WSK_SET_STATIC_EVENT_CALLBACKS, sizeof events,
                                       &events, 0, nullptr, nullptr, nullptr);
    m.check(set == STATUS_SUCCESS, "static callbacks need no memory");
    empty_descriptor original;
    void* in = &original;
    PSECURITY_DESCRIPTOR copy = nullptr;
    const NTSTATUS cached = npi.Dispatch->WskControlClient(npi.Client, WSK_CACHE_SD, sizeof in, &in,
                                                           sizeof copy, &copy, nullptr, nullptr);
    m.check(cached == STATUS_SUCCESS || test::sim::is_fault(cached), "caching failed oddly");
    m.check((cached == STATUS_SUCCESS) == (copy != nullptr), "a failure wrote the output");
    if (cached == STATUS_SUCCESS) {
        const NTSTATUS released = npi.Dispatch->WskControlClient(
            npi.Client, WSK_RELEASE_SD, sizeof copy, &copy, 0, nullptr, nullptr, nullptr);
        m.check(released == STATUS_SUCCESS, "the copy could not be released");
    }
}

TEST(wsk_registration_faults, client_control_reports_a_failing_allocation) {
    fault_runs faults;
    const uint64_t failed = faults.run("client control", schedules, [] {
        wsk_machine m(true);
        list_change q(m);
        list_change r(m);
        app a(m);
        nmr_app b(m);
        a.enter();
        b.enter();
        fault_runs::arm();
        m.run({[&] {
                   if (a.capture(WSK_NO_WAIT) == STATUS_SUCCESS) {
                       control_client(m, a.captured());
                       a.release();
                   }
                   a.send(q);
               },
               [&] { b.send(r); }});
        fault_runs::disarm();
        a.leave();
        b.leave();
        q.check_completed();
        r.check_completed();
        return m.verdict();
    });
    // The operations of both requests, the cached descriptor, and what grows for them.
    EXPECT_GE(failed, 4u);
}

}  // namespace
