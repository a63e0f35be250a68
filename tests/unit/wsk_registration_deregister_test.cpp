// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: WskDeregister (REG section 8) and the registration's hazards (section 17). Method: something
// that holds it back, a thread inside it, and the moment it must return; barriers and rounds for
// the races. Sockets, calls and IRPs are stood for by the counts of the client object.

#include <algorithm>

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/stderr_text.hpp"
#include "tests/unit/support/wsk_application.hpp"

namespace {

using test::application;
using test::blocked_call;
using test::eventually;

class wsk_registration_deregister : public test::registration_fixture {
protected:
    // A registered application whose client object the test plays with.
    wsk::client& ready(application& a) {
        EXPECT_EQ(a.add(), STATUS_SUCCESS);
        EXPECT_EQ(a.capture(), STATUS_SUCCESS);
        wsk::client& c = client_of(a);
        a.release();
        return c;
    }
};

// REG-093, REG-094, REG-110
TEST_F(wsk_registration_deregister, waits_for_the_last_release) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    a.release();
    call.join();
}

// REG-095, REG-150
TEST_F(wsk_registration_deregister, waits_for_calls_inside_the_provider) {
    application a;
    ready(a);
    auto inside = std::make_unique<wsk::client_call>(machine(), a.npi.Client);
    ASSERT_TRUE(static_cast<bool>(*inside));
    EXPECT_EQ((*inside)->held_by().calls, 1u);
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    inside.reset();
    call.join();
}

// REG-096, REG-098: sockets hold it back; they work while it waits; nobody closes them.
TEST_F(wsk_registration_deregister, waits_for_every_socket_and_closes_none) {
    application a;
    wsk::client& c = ready(a);
    c.socket_opened();
    c.socket_opened();  // an accepted one
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    EXPECT_TRUE(eventually([&] { return !c.accepts_sockets(); }));
    EXPECT_EQ(c.held_by().sockets, 2u);
    c.irp_pended();  // a send on an open socket
    c.irp_done();
    c.socket_closed();
    EXPECT_TRUE(call.blocks());
    c.socket_closed();
    call.join();
}

// REG-097
TEST_F(wsk_registration_deregister, waits_for_pending_irps) {
    application a;
    wsk::client& c = ready(a);
    ASSERT_TRUE(c.try_pend_irp());
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(call.blocks());
    EXPECT_EQ(c.held_by().irps, 1u);
    c.irp_done();
    call.join();
}

// REG-097, REG-071: a request begun under a capture while WskDeregister waits for that capture.
TEST_F(wsk_registration_deregister, waits_for_what_was_begun_under_a_capture_meanwhile) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call call(machine(), [&] { a.remove(); });
    ASSERT_TRUE(eventually([&] { return a.query() == STATUS_DEVICE_NOT_READY; }));
    wsk::client* c = nullptr;
    {
        wsk::client_call inside(machine(), a.npi.Client);
        ASSERT_TRUE(static_cast<bool>(inside));
        EXPECT_TRUE(eventually([&] { return !inside->accepts_sockets(); }));
        c = &*inside;
        ASSERT_TRUE(c->try_pend_irp());
    }
    a.release();
    EXPECT_TRUE(call.blocks());
    c->irp_done();
    call.join();
}

// REG-100: captures and releases in a loop do not starve it.
TEST_F(wsk_registration_deregister, is_not_starved_by_captures_in_a_loop) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    test::gate stop;
    test::gate captured[8];
    std::vector<test::machine_thread> threads;
    for (test::gate& mine : captured) {
        threads.push_back(start([&] {
            while (!stop.is_open()) {
                WSK_PROVIDER_NPI npi;
                if (WskCaptureProviderNPI(&a.block, WSK_NO_WAIT, &npi) == STATUS_SUCCESS) {
                    a.release();
                    mine.open();
                }
            }
        }));
    }
    for (test::gate& each : captured) {
        each.wait();
    }
    a.remove();  // they stop only after it
    stop.open();
    threads.clear();
    EXPECT_EQ(violations(), 0u);
}

// REG-101: nothing outstanding, in the three cases where nothing was ever attached: nobody else
// could end a wait.
TEST_F(wsk_registration_deregister, returns_at_once_with_nothing_outstanding) {
    application refused(MAKE_WSK_VERSION(4, 0)), attached, waiting;
    ASSERT_EQ(refused.add(), STATUS_SUCCESS);
    ASSERT_EQ(attached.add(), STATUS_SUCCESS);
    refused.remove();
    attached.remove();
    stop_subsystem();
    ASSERT_EQ(waiting.add(), STATUS_SUCCESS);
    waiting.remove();
}

// REG-103
TEST_F(wsk_registration_deregister, a_second_call_returns_at_once_and_is_reported) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call call(machine(), [&] { a.remove(); });
    ASSERT_TRUE(eventually([&] { return a.query() == STATUS_DEVICE_NOT_READY; }));
    (void)violations();
    a.remove();  // while the first waits
    EXPECT_EQ(violations(), 1u);
    a.release();
    call.join();
    a.remove();
    WSK_REGISTRATION never = {};
    WskDeregister(&never);
    WskDeregister(nullptr);
    EXPECT_EQ(violations(), 3u);
}

// REG-104, REG-105: afterwards the block, the table and the contexts may go; ASan watches.
TEST_F(wsk_registration_deregister, afterwards_everything_may_be_freed) {
    for (int i = 0; i < 200; ++i) {
        auto a = std::make_unique<application>();
        ASSERT_EQ(a->add(), STATUS_SUCCESS);
        ASSERT_EQ(a->capture(), STATUS_SUCCESS);
        auto releasing = start([&] { a->release(); });
        a->remove();
        releasing.join();
        a.reset();
    }
}

// REG-106, REG-032, W-01, W-06: blocked captures, a deregistration, and the block used again at
// once.
TEST_F(wsk_registration_deregister, blocked_captures_leave_before_it_returns) {
    stop_subsystem();
    application a;
    for (int round = 0; round < 30; ++round) {
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        std::atomic<int> inside{0};
        std::vector<test::machine_thread> waiters;
        for (int t = 0; t < 8; ++t) {
            waiters.push_back(start([&] {
                ++inside;
                WSK_PROVIDER_NPI npi;
                EXPECT_EQ(WskCaptureProviderNPI(&a.block, WSK_INFINITE_WAIT, &npi),
                          STATUS_DEVICE_NOT_READY);
            }));
        }
        ASSERT_TRUE(eventually([&] { return inside == 8; }));
        a.remove();
        waiters.clear();
    }
}

// REG-056, REG-057, W-01: 64 waiters
TEST_F(wsk_registration_deregister, wakes_every_blocked_capture) {
    stop_subsystem();
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    std::atomic<int> inside{0}, not_ready{0};
    std::vector<test::machine_thread> waiters;
    for (int t = 0; t < 64; ++t) {
        waiters.push_back(start([&] {
            ++inside;
            WSK_PROVIDER_NPI npi;
            not_ready +=
                WskCaptureProviderNPI(&a.block, 0xFFFFFFFE, &npi) == STATUS_DEVICE_NOT_READY ? 1
                                                                                             : 0;
        }));
    }
    ASSERT_TRUE(eventually([&] { return inside == 64; }));
    a.remove();
    waiters.clear();
    EXPECT_EQ(not_ready, 64);
    EXPECT_EQ(a.capture(WSK_INFINITE_WAIT), STATUS_DEVICE_NOT_READY);
}

// REG-058, REG-112, W-02: the subsystem starts at the moment of the deregistration.
TEST_F(wsk_registration_deregister, races_with_the_start_of_the_subsystem) {
    for (int round = 0; round < 150; ++round) {
        stop_subsystem();
        application a;
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        test::barrier together(3);
        std::atomic<bool> captured{false}, released{false};
        auto capturing = start([&] {
            together.arrive();
            WSK_PROVIDER_NPI npi;
            if (WskCaptureProviderNPI(&a.block, WSK_INFINITE_WAIT, &npi) == STATUS_SUCCESS) {
                captured = true;
                std::this_thread::yield();
                released = true;
                a.release();
            }
        });
        auto starting = start([&] {
            together.arrive();
            start_subsystem();
        });
        together.arrive();
        a.remove();
        EXPECT_EQ(captured, released);
        capturing.join();
        starting.join();
        ASSERT_EQ(subsystem().client_count(), 0u);
    }
    EXPECT_EQ(violations(), 0u);
}

// W-03: the last release races with the deregistration's look.
TEST_F(wsk_registration_deregister, the_last_release_is_never_missed) {
    application a;
    test::contest together(2, 2000);
    auto releasing = start([&] {
        while (together.next()) {
            together.arrive();
            a.release();
            together.arrive();
        }
    });
    while (together.next()) {
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        ASSERT_EQ(a.capture(), STATUS_SUCCESS);
        together.arrive();
        a.remove();
        together.arrive();
    }
    releasing.join();
    EXPECT_EQ(violations(), 0u);
}

// REG-059, W-05: captures race with the end of the deregistration and come after it.
TEST_F(wsk_registration_deregister, late_captures_touch_nothing_that_is_gone) {
    application a;
    test::gate stop;
    std::vector<test::machine_thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.push_back(start([&] {
            while (!stop.is_open()) {
                WSK_PROVIDER_NPI npi;
                WSK_PROVIDER_CHARACTERISTICS range;
                (void)WskQueryProviderCharacteristics(&a.block, &range);
                if (WskCaptureProviderNPI(&a.block, WSK_NO_WAIT, &npi) == STATUS_SUCCESS) {
                    a.release();
                }
            }
        }));
    }
    for (test::race_rounds rounds(1000); rounds.next();) {
        ASSERT_EQ(a.add(), STATUS_SUCCESS);
        a.remove();
    }
    stop.open();
    threads.clear();
    EXPECT_TRUE(objects().empty());
}

// W-07, REG-170: the subsystem stops while captures come and go: a capture wins and holds the stop
// back, or it loses.
TEST_F(wsk_registration_deregister, a_stopping_subsystem_and_a_capture_do_not_both_win) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    std::atomic<bool> running{true};
    std::atomic<int> inside{0};
    test::gate stop;
    auto capturing = start([&] {
        while (!stop.is_open()) {
            WSK_PROVIDER_NPI npi;
            if (WskCaptureProviderNPI(&a.block, WSK_NO_WAIT, &npi) == STATUS_SUCCESS) {
                ++inside;
                wsk::client_call call(machine(), npi.Client);
                EXPECT_TRUE(static_cast<bool>(call));
                EXPECT_TRUE(running);
                --inside;
                a.release();
            }
        }
    });
    for (int i = 0; i < 300; ++i) {
        stop_subsystem();
        running = false;
        EXPECT_EQ(inside, 0);
        running = true;
        start_subsystem();
    }
    stop.open();
    capturing.join();
    a.remove();
}

// REG-170: three applications, one slow.
TEST_F(wsk_registration_deregister, the_subsystem_stops_when_every_application_has_let_go) {
    application a, b, slow;
    for (application* each : {&a, &b, &slow}) {
        ASSERT_EQ(each->add(), STATUS_SUCCESS);
    }
    ASSERT_EQ(slow.capture(), STATUS_SUCCESS);
    wsk::client& c = client_of(slow);
    c.socket_opened();
    blocked_call stopping(machine(), [&] { stop_subsystem(); });
    slow.release();
    EXPECT_TRUE(stopping.blocks());
    c.socket_closed();
    stopping.join();
    for (application* each : {&a, &b, &slow}) {
        each->remove();
    }
}

// W-08, W-09: the client object is told when the completion routine has returned, on any thread;
// that call ends the deregistration.
TEST_F(wsk_registration_deregister, ends_inside_the_call_that_lets_go_last) {
    application a;
    wsk::client& c = ready(a);
    c.socket_opened();
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    blocked_call call(machine(), [&] { a.remove(); });
    start([&] {
        a.release();  // as from a completion routine
    }).join();
    EXPECT_TRUE(call.blocks());
    start([&] { c.socket_closed(); }).join();
    call.join();
    EXPECT_EQ(subsystem().client_count(), 0u);
}

// W-11: a second subsystem is declined while the first is attached.
TEST_F(wsk_registration_deregister, an_instance_attaches_to_the_first_subsystem_that_accepts) {
    test::provider twin(1);
    static const WSK_PROVIDER_CHARACTERISTICS range = {MAKE_WSK_VERSION(1, 0),
                                                       MAKE_WSK_VERSION(1, 0)};
    twin.characteristics.ProviderRegistrationInstance.NpiId = &NPI_WSK_INTERFACE_ID;
    twin.characteristics.ProviderRegistrationInstance.NpiSpecificCharacteristics = &range;
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(twin.add(), STATUS_SUCCESS);
    EXPECT_EQ(twin.attaches, 0);
    application later;
    ASSERT_EQ(later.add(), STATUS_SUCCESS);
    EXPECT_EQ(twin.attaches, 0);
    EXPECT_EQ(later.capture(), STATUS_SUCCESS);
    later.release();
    stop_subsystem();
    application third;
    ASSERT_EQ(third.add(), STATUS_SUCCESS);
    EXPECT_EQ(twin.attaches, 1);
    EXPECT_EQ(third.capture(), STATUS_SUCCESS);
    third.release();
    for (application* each : {&a, &later, &third}) {
        each->remove();
    }
    EXPECT_EQ(twin.detaches, 1);
    EXPECT_EQ(twin.remove(), STATUS_SUCCESS);
    start_subsystem();
}

// W-12, NMR-053: registering inside an attach callback of another NPI; REG-181: query and capture
// inside the application's NMR callbacks.
TEST_F(wsk_registration_deregister, registration_works_inside_nmr_callbacks) {
    test::client c(5);
    test::provider p(5);
    application a;
    p.on_attach = [&](const test::provider::offer& o) {
        EXPECT_EQ(a.add(), STATUS_SUCCESS);
        EXPECT_EQ(a.query(), STATUS_SUCCESS);
        EXPECT_EQ(a.capture(WSK_NO_WAIT), STATUS_SUCCESS);
        a.release();
        return p.accept(o);
    };
    p.on_detach = [&](test::binding_record*) {
        a.remove();
        return STATUS_SUCCESS;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.attaches, 1);
    EXPECT_EQ(p.detaches, 1);
    EXPECT_TRUE(objects().empty());
}

// REG-107: what a driver host sees before the code goes away.
TEST_F(wsk_registration_deregister, an_instance_that_was_not_ended_is_shown_with_its_site) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(objects().size(), 1u);
    EXPECT_EQ(objects()[0].address, &a.block);
    EXPECT_NE(objects()[0].site, nullptr);
    a.remove();
    EXPECT_TRUE(objects().empty());
}

// REG-110: from a WSK callback.
TEST_F(wsk_registration_deregister, inside_a_wsk_callback_it_is_reported) {
    static application* target;
    application victim, caller;
    target = &victim;
    caller.dispatch.WskClientEvent = [](PVOID, ULONG, PVOID, SIZE_T) -> NTSTATUS {
        target->remove();
        return STATUS_SUCCESS;
    };
    ASSERT_EQ(victim.add(), STATUS_SUCCESS);
    wsk::client& c = ready(caller);
    (void)violations();
    (void)c.raise_event(1, nullptr, 0);
    EXPECT_EQ(violations(), 1u);
    caller.remove();
}

// REG-110, NMR-170: past the machine's patience it says what it waits for.
class wsk_registration_impatient : public test::registration_fixture {
protected:
    static base::machine_options impatient() {
        base::machine_options options;
        options.stuck_after_ms = 20;
        return options;
    }
    wsk_registration_impatient() : registration_fixture(impatient()) {}
};

TEST_F(wsk_registration_impatient, a_deregistration_that_lasts_names_what_it_waits_for) {
    application a;
    ASSERT_EQ(a.add(), STATUS_SUCCESS);
    ASSERT_EQ(a.capture(), STATUS_SUCCESS);
    client_of(a).socket_opened();
    wsk::client& c = client_of(a);
    test::stderr_text said;
    blocked_call call(machine(), [&] { a.remove(); });
    EXPECT_TRUE(said.has("WskDeregister waits"));
    EXPECT_TRUE(said.has("1 capture(s)"));
    EXPECT_TRUE(said.has("1 socket(s)"));
    EXPECT_TRUE(call.blocks());
    a.release();
    c.socket_closed();
    call.join();
}

// The states of a registration: every edge of the diagram and nothing else.
TEST(wsk_registration_states, edges_are_those_of_the_diagram) {
    using enum wsk::registration_state;
    const std::vector<std::pair<wsk::registration_state, wsk::registration_state>> edges = {
        {none, waiting},         {waiting, ready},         {waiting, refused},
        {waiting, failed},       {waiting, waiting},       {waiting, deregistering},
        {refused, ready},        {refused, refused},       {refused, failed},
        {refused, waiting},      {refused, deregistering}, {failed, ready},
        {failed, refused},       {failed, failed},         {failed, waiting},
        {failed, deregistering}, {ready, waiting},         {ready, leaving},
        {ready, deregistering},  {leaving, waiting},       {leaving, deregistering},
        {deregistering, none},
    };
    for (int from = 0; from <= static_cast<int>(deregistering); ++from) {
        for (int to = 0; to <= static_cast<int>(deregistering); ++to) {
            const std::pair edge(static_cast<wsk::registration_state>(from),
                                 static_cast<wsk::registration_state>(to));
            const bool listed = std::find(edges.begin(), edges.end(), edge) != edges.end();
            EXPECT_EQ(wsk::is_edge(edge.first, edge.second), listed) << from << " " << to;
        }
    }
}

}  // namespace
