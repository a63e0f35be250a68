// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Schedules of WSK registration: small programs searched to the end, larger ones under random
// schedules. The applications check the promises themselves (support/wsk_programs.hpp).

#include "tests/unit/support/wsk_programs.hpp"

namespace {

using test::sim::app;
using test::sim::list_change;
using test::sim::nmr_app;
using test::sim::wsk_machine;

constexpr uint64_t searched_max = 2000000;
constexpr uint64_t random_runs = 5000;
constexpr uint32_t bug_depth = 3;
constexpr USHORT unknown_version = MAKE_WSK_VERSION(9, 0);
constexpr ULONG a_moment = 5;  // milliseconds

void search_all(const std::string& name, const test::program& what) {
    host::depth_first how;
    test::search(name, how, searched_max, what);
}

void search_some(const std::string& name, const test::program& what) {
    host::pct by_priority(1, bug_depth, 0);
    test::search(name + ", pct", by_priority, random_runs, what);
    host::random_walk by_chance(1);
    test::search(name + ", random", by_chance, random_runs, what);
}

// ---- searched to the end ----

// REG-056, REG-094, REG-100, REG-106; the capture may find the registration dead.
TEST(wsk_registration_schedules, capture_and_deregister_hold_in_every_schedule) {
    for (const ULONG timeout : {ULONG{WSK_NO_WAIT}, ULONG{WSK_INFINITE_WAIT}}) {
        search_all("capture(" + std::to_string(timeout) + ") against deregister", [timeout] {
            wsk_machine m(true);
            app a(m);
            a.enter();
            m.run({[&] { a.use(timeout); }, [&] { a.leave(); }});
            a.use_after_leave();
            return m.verdict();
        });
    }
}

// REG-059, REG-105: the capture comes when another application's registration may have taken the
// place of its own.
TEST(wsk_registration_schedules, a_late_capture_touches_nobody_else_in_every_schedule) {
    for (const bool present : {true, false}) {
        search_all(present ? "late capture" : "late capture, no subsystem", [present] {
            wsk_machine m(present);
            app a(m);
            app b(m);
            a.enter();
            m.run({[&] {
                       a.leave();
                       b.enter();
                       b.leave();
                   },
                   [&] { a.use(WSK_NO_WAIT); }});
            return m.verdict();
        });
    }
}

// REG-057, REG-101
TEST(wsk_registration_schedules, a_blocked_capture_is_ended_by_deregister_in_every_schedule) {
    search_all("blocked capture against deregister", [] {
        wsk_machine m(false);
        app a(m);
        a.enter();
        m.run({[&] { a.use(WSK_INFINITE_WAIT); }, [&] { a.leave(); }});
        a.use_after_leave();
        return m.verdict();
    });
}

// REG-046, REG-047, REG-064
TEST(wsk_registration_schedules, a_capture_meets_the_arriving_subsystem_in_every_schedule) {
    for (const ULONG timeout : {ULONG{WSK_INFINITE_WAIT}, a_moment}) {
        search_all("capture(" + std::to_string(timeout) + ") against arrival", [timeout] {
            wsk_machine m(false);
            app a(m);
            a.enter();
            NTSTATUS s = STATUS_PENDING;
            m.run({[&] { s = a.use(timeout); }, [&] { m.start(); }});
            // Time stands still while anybody can run, so it comes in time.
            m.check(s == STATUS_SUCCESS, "the capture missed the subsystem");
            a.leave();
            return m.verdict();
        });
    }
}

// REG-043, REG-052
TEST(wsk_registration_schedules, a_refused_version_ends_the_wait_in_every_schedule) {
    search_all("unsupported version against arrival", [] {
        wsk_machine m(false);
        app a(m, unknown_version);
        a.enter();
        NTSTATUS s = STATUS_PENDING;
        m.run({[&] { s = a.use(WSK_INFINITE_WAIT); }, [&] { m.start(); }});
        m.check(s == STATUS_NOINTERFACE, "the capture was not refused");
        a.query(true);
        a.leave();
        return m.verdict();
    });
}

// REG-058, REG-101
TEST(wsk_registration_schedules, arrival_and_deregister_hold_in_every_schedule) {
    search_all("arrival against deregister", [] {
        wsk_machine m(false);
        app a(m);
        a.enter();
        m.run({[&] { m.start(); }, [&] { a.leave(); }});
        a.use_after_leave();
        return m.verdict();
    });
}

// REG-029, REG-030
TEST(wsk_registration_schedules, register_and_arrival_hold_in_every_schedule) {
    search_all("register against arrival", [] {
        wsk_machine m(false);
        app a(m);
        m.run({[&] { a.enter(); }, [&] { m.start(); }});
        m.check(a.use(WSK_NO_WAIT) == STATUS_SUCCESS, "the two did not meet");
        a.leave();
        return m.verdict();
    });
}

// REG-090, REG-170, REG-171
TEST(wsk_registration_schedules, capture_and_departure_hold_in_every_schedule) {
    search_all("capture against departure", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        m.run({[&] { a.use(WSK_NO_WAIT); }, [&] { m.stop(); }});
        m.check(a.use(WSK_NO_WAIT) == STATUS_DEVICE_NOT_READY, "captured after the departure");
        m.start();
        m.check(a.use(WSK_NO_WAIT) == STATUS_SUCCESS, "the subsystem's return was missed");
        a.leave();
        return m.verdict();
    });
}

// REG-170, REG-174
TEST(wsk_registration_schedules, departure_and_deregister_hold_in_every_schedule) {
    search_all("departure against deregister", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        m.run({[&] { m.stop(); }, [&] { a.leave(); }});
        return m.verdict();
    });
}

// REG-078, REG-079: the last release meets the waits of both sides.
TEST(wsk_registration_schedules, the_last_release_ends_both_waits_in_every_schedule) {
    search_all("release against deregister", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        a.capture(WSK_NO_WAIT);
        m.run({[&] { a.release(); }, [&] { a.leave(); }});
        return m.verdict();
    });
    search_all("release against departure", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        a.capture(WSK_NO_WAIT);
        m.run({[&] { a.release(); }, [&] { m.stop(); }});
        a.leave();
        return m.verdict();
    });
}

// REG-084, REG-091, REG-092
TEST(wsk_registration_schedules, query_and_deregister_hold_in_every_schedule) {
    search_all("query against deregister", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        m.run({[&] { a.query(false); }, [&] { a.leave(); }});
        return m.verdict();
    });
}

// REG-097, REG-099, REG-142, REG-168
TEST(wsk_registration_schedules, a_list_change_and_deregister_hold_in_every_schedule) {
    search_all("list change against deregister", [] {
        wsk_machine m(true);
        list_change r(m);
        app a(m);
        a.enter();
        m.run({[&] { a.send(r); },
               [&] {
                   a.leave();
                   r.check_completed();
               }});
        return m.verdict();
    });
}

// REG-161, REG-167, REG-168, REG-175: whichever side leaves, and whether or not the request was
// begun before the subsystem was told.
TEST(wsk_registration_schedules, a_list_change_on_the_nmr_route_holds_in_every_schedule) {
    search_all("list change against NmrDeregisterClient", [] {
        wsk_machine m(true);
        list_change r(m);
        nmr_app a(m);
        a.enter();
        m.run({[&] { a.send(r); },
               [&] {
                   a.leave();
                   r.check_completed();
               }});
        return m.verdict();
    });
    search_all("list change against the subsystem's departure", [] {
        wsk_machine m(true);
        list_change r(m);
        nmr_app a(m);
        a.enter();
        m.run({[&] { a.send(r); },
               [&] {
                   m.stop();
                   r.check_completed();
               }});
        a.leave();
        return m.verdict();
    });
}

// ---- at random ----

// REG-054, REG-055, REG-180: everything that may happen on one block, from four threads.
TEST(wsk_registration_schedules, a_busy_block_holds_under_random_schedules) {
    search_some("busy block", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        m.run({[&] {
                   a.use(WSK_NO_WAIT);
                   a.use(WSK_INFINITE_WAIT);
               },
               [&] {
                   if (a.capture(a_moment) == STATUS_SUCCESS) {
                       a.use(WSK_NO_WAIT);
                       a.release();
                   }
               },
               [&] {
                   a.query(false);
                   a.query(false);
               },
               [&] { a.leave(); }});
        a.use_after_leave();
        return m.verdict();
    });
}

// REG-077: captured here, released there.
TEST(wsk_registration_schedules, a_release_elsewhere_holds_under_random_schedules) {
    search_some("release elsewhere", [] {
        wsk_machine m(true);
        app a(m);
        a.enter();
        a.capture(WSK_NO_WAIT);
        a.capture(WSK_NO_WAIT);
        m.run({[&] { a.release(); }, [&] { a.release(); }, [&] { a.use(WSK_NO_WAIT); },
               [&] { a.leave(); }});
        return m.verdict();
    });
}

// REG-046, REG-047, REG-048, REG-172: the subsystem comes by itself, some time after the machine.
TEST(wsk_registration_schedules, a_late_subsystem_holds_under_random_schedules) {
    search_some("late subsystem", [] {
        base::machine_options options;
        options.wsk_ready_after_ms = 3;
        wsk_machine m(false, options);
        app a(m);
        app b(m, unknown_version);
        a.enter();
        m.run({[&] { a.use(WSK_INFINITE_WAIT); }, [&] { a.use(a_moment); },
               [&] { a.use(WSK_NO_WAIT); },
               [&] {
                   b.enter();
                   m.check(b.use(WSK_INFINITE_WAIT) == STATUS_NOINTERFACE, "not refused");
                   b.leave();
               }});
        a.leave();
        return m.verdict();
    });
}

// REG-170, REG-171: it leaves and returns while two applications use it; a new client object then.
TEST(wsk_registration_schedules, a_subsystem_that_returns_holds_under_random_schedules) {
    search_some("subsystem leaves and returns", [] {
        wsk_machine m(true);
        app a(m);
        app b(m, MAKE_WSK_VERSION(1, 1));
        a.enter();
        m.run({[&] {
                   m.stop();
                   m.start();
               },
               [&] { a.use(WSK_INFINITE_WAIT); },
               [&] {
                   a.use(WSK_NO_WAIT);
                   a.query(false);
               },
               [&] {
                   b.enter();
                   b.use(WSK_INFINITE_WAIT);
                   b.leave();
               },
               [&] { a.leave(); }});
        a.use_after_leave();
        m.stop();
        return m.verdict();
    });
}

// REG-032, REG-106, REG-120: a block is used again while captures of its first life may be inside.
TEST(wsk_registration_schedules, a_block_used_again_holds_under_random_schedules) {
    for (const bool present : {true, false}) {
        search_some(present ? "block used again" : "block used again, no subsystem", [present] {
            wsk_machine m(present);
            app a(m);
            a.enter();
            m.run({[&] {
                       a.leave();
                       a.enter();
                       a.leave();
                   },
                   [&] { a.use(WSK_INFINITE_WAIT); },
                   [&] {
                       a.use(WSK_NO_WAIT);
                       a.use(a_moment);
                   },
                   [&] { a.query(false); }});
            a.use_after_leave();
            return m.verdict();
        });
    }
}

// REG-142, REG-167: the driver cancels, its application and the subsystem leave.
TEST(wsk_registration_schedules, list_changes_hold_under_random_schedules) {
    search_some("list changes on both routes", [] {
        wsk_machine m(true);
        list_change q(m);
        list_change r(m);
        app a(m);
        nmr_app b(m);
        a.enter();
        b.enter();
        m.run({[&] { a.send(q); }, [&] { b.send(r); }, [&] { q.cancel(); }, [&] { m.stop(); },
               [&] {
                   a.leave();
                   q.check_completed();
               },
               [&] {
                   b.leave();
                   r.check_completed();
               }});
        return m.verdict();
    });
}

}  // namespace
