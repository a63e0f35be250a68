// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: deregistration, the detach callbacks, their completion, and cleanup (sections 7 to 10 of the
// NMR clauses). Method: modules that pend or complete when the test says, and what was called when.

#include "tests/unit/support/nmr_modules.hpp"
#include "verify/fault.hpp"

namespace {

using test::at_irql;
using test::callback_record;
using test::client;
using test::eventually;
using test::provider;

class nmr_detach : public test::nmr_fixture {
protected:
    // Attaches c to p.
    static void attach(client& c, provider& p) {
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.attaches, 1);
        ASSERT_EQ(p.attaches, 1);
    }
};

constexpr uint32_t A = 1;
constexpr uint32_t B = 2;

// NMR-106, NMR-107: PENDING and nothing else, whatever there was to do.
TEST_F(nmr_detach, deregister_returns_pending_in_every_case) {
    client idle(A);
    ASSERT_EQ(idle.add(), STATUS_SUCCESS);
    EXPECT_EQ(idle.deregister(), STATUS_PENDING);
    EXPECT_EQ(idle.wait(), STATUS_SUCCESS);

    client declining(A), synchronous(A), pending(A);
    provider p(A);
    declining.on_attach = test::decline;
    pending.on_detach = test::pend;
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    for (auto* c : {&declining, &synchronous, &pending}) {
        ASSERT_EQ(c->add(), STATUS_SUCCESS);
        EXPECT_EQ(c->deregister(), STATUS_PENDING);
    }
    NmrClientDetachProviderComplete(pending.bindings()[0]->handle);
    for (auto* c : {&declining, &synchronous, &pending}) {
        EXPECT_EQ(c->wait(), STATUS_SUCCESS);
    }
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
}

// NMR-108
TEST_F(nmr_detach, each_binding_of_the_registration_is_detached_on_both_sides) {
    provider p(A);
    std::vector<std::unique_ptr<client>> clients;
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    for (int i = 0; i < 5; ++i) {
        clients.push_back(std::make_unique<client>(A));
        ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
    }
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.detaches, 5);
    for (auto& c : clients) {
        EXPECT_EQ(c->detaches, 1);
        EXPECT_EQ(c->cleanups, 1);
    }
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
    for (auto& c : clients) {
        EXPECT_EQ(c->remove(), STATUS_SUCCESS);
    }
}

// NMR-109
TEST_F(nmr_detach, a_leaving_module_is_not_offered_any_more) {
    client c(A);
    provider p(A), late(A);
    c.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    ASSERT_EQ(late.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 1);
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(late.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-110, NMR-165: neither a running offer nor a pending detach holds deregister up; the wait
// covers the offer, also if it ends in a decline.
TEST_F(nmr_detach, deregister_does_not_wait_for_a_running_offer_but_wait_does) {
    client c(A);
    provider p(A);
    test::halt held;
    c.on_attach = [&](HANDLE, PNPI_REGISTRATION_INSTANCE) {
        held.stay();
        return STATUS_NOINTERFACE;
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    auto adder = start([&] { EXPECT_EQ(c.add(), STATUS_SUCCESS); });
    held.wait();
    EXPECT_EQ(p.deregister(), STATUS_PENDING);  // returns although the offer is blocked
    test::gate waited;
    auto waiter = start([&] {
        EXPECT_EQ(p.wait(), STATUS_SUCCESS);
        waited.open();
    });
    EXPECT_TRUE(waiter.sleeps());
    EXPECT_FALSE(waited.is_open());
    held.release();
    adder.join();
    waiter.join();
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
}

// NMR-111: nothing is allocated.
TEST_F(nmr_detach, deregister_complete_and_wait_need_no_memory) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    attach(c, p);
    verify::arm_faults(1, false);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
    EXPECT_EQ(verify::faults_seen(), 0u);
    verify::arm_faults(0, true);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(p.cleanups, 1);
}

// NMR-114
TEST_F(nmr_detach, a_second_deregister_is_invalid_and_changes_nothing) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    (void)violations();
    EXPECT_EQ(c.deregister(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(c.detaches, 1);
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(c.deregister(), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-115, NMR-137, H-10: deregistering oneself inside ClientAttachProvider or
// ProviderAttachClient. The remaining offers are skipped, the running one is finished and torn
// down.
TEST_F(nmr_detach, a_module_may_deregister_itself_inside_its_attach_callback) {
    for (const bool in_cap : {true, false}) {
        log.clear();
        client c(A, &log);
        provider p1(A, &log), p2(A, &log);
        ASSERT_EQ(p1.add(), STATUS_SUCCESS);
        ASSERT_EQ(p2.add(), STATUS_SUCCESS);
        c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
            const NTSTATUS s = c.attach(h, i);
            if (in_cap) {
                EXPECT_EQ(c.deregister(), STATUS_PENDING);
            }
            return s;
        };
        p1.on_attach = [&](const provider::offer& o) {
            if (!in_cap) {
                EXPECT_EQ(NmrDeregisterClient(c.handle), STATUS_PENDING);
            }
            return p1.accept(o);
        };
        EXPECT_EQ(c.add(), STATUS_SUCCESS);
        EXPECT_EQ(log.order(), "CAP PAC CDP PDC CCB PCB");
        EXPECT_EQ(p2.attaches, 0);
        EXPECT_EQ(c.wait(), STATUS_SUCCESS);
        EXPECT_EQ(p1.remove(), STATUS_SUCCESS);
        EXPECT_EQ(p2.remove(), STATUS_SUCCESS);
    }
}

// NMR-116, H-11, H-25: deregistering inside detach and cleanup callbacks, of the same binding's
// peer.
TEST_F(nmr_detach, modules_may_deregister_inside_detach_and_cleanup_callbacks) {
    for (int where = 0; where < 4; ++where) {
        client c(A);
        provider p(A);
        attach(c, p);
        const auto leave = [&](int here) {
            if (here == where) {
                EXPECT_EQ(p.deregister(), STATUS_PENDING);
            }
        };
        c.on_detach = [&](test::binding_record*) {
            leave(0);
            return STATUS_SUCCESS;
        };
        p.on_detach = [&](test::binding_record*) {
            leave(1);
            return STATUS_SUCCESS;
        };
        c.on_cleanup = [&](test::binding_record*) { leave(2); };
        p.on_cleanup = [&](test::binding_record*) { leave(3); };
        EXPECT_EQ(c.deregister(), STATUS_PENDING);
        EXPECT_EQ(c.wait(), STATUS_SUCCESS);
        EXPECT_EQ(p.wait(), STATUS_SUCCESS);
        EXPECT_EQ(c.detaches, 1);
        EXPECT_EQ(p.detaches, 1);
        EXPECT_EQ(c.cleanups, 1);
        EXPECT_EQ(p.cleanups, 1);
    }
}

// NMR-116: another registration, whose bindings are torn down inside the callback.
TEST_F(nmr_detach, a_detach_callback_may_deregister_another_module) {
    client c(A), other(B);
    provider p(A), other_p(B);
    attach(c, p);
    attach(other, other_p);
    c.on_detach = [&](test::binding_record*) {
        EXPECT_EQ(other.deregister(), STATUS_PENDING);
        EXPECT_EQ(other.cleanups, 1);
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(other.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    EXPECT_EQ(other_p.remove(), STATUS_SUCCESS);
}

// NMR-117
TEST_F(nmr_detach, a_peer_s_deregistration_in_progress_causes_no_second_detach) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(c.detaches, 1);
    EXPECT_EQ(p.detaches, 1);
    NmrClientDetachProviderComplete(c.bindings()[0]->handle);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
}

// NMR-118
TEST_F(nmr_detach, the_peer_keeps_its_other_bindings_and_attaches_to_new_modules) {
    client c1(A), c2(A), c3(A);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c1.add(), STATUS_SUCCESS);
    ASSERT_EQ(c2.add(), STATUS_SUCCESS);
    EXPECT_EQ(c1.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c2.detaches, 0);
    ASSERT_EQ(c3.add(), STATUS_SUCCESS);
    EXPECT_EQ(c3.attaches, 1);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c2.detaches, 1);
    EXPECT_EQ(c3.detaches, 1);
    EXPECT_EQ(c2.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c3.remove(), STATUS_SUCCESS);
}

// NMR-119, NMR-156, NMR-180: oldest first, all begun before the call returns, none waits for
// another.
TEST_F(nmr_detach, bindings_are_detached_oldest_first_without_waiting) {
    provider p(A, &log);
    std::vector<std::unique_ptr<client>> clients;
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    for (int i = 0; i < 10; ++i) {
        clients.push_back(std::make_unique<client>(A, &log));
        if (i < 3) {
            clients.back()->on_detach = test::pend;
        }
        ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
    }
    log.clear();
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    std::vector<const void*> order;
    for (const callback_record& r : log.all()) {
        if (r.what == "CDP") {
            order.push_back(r.module);
        }
    }
    ASSERT_EQ(order.size(), 10u);
    for (unsigned i = 0; i < 10; ++i) {
        EXPECT_EQ(order[i], clients[i].get());
        EXPECT_EQ(clients[i]->cleanups, i < 3 ? 0 : 1);
    }
    EXPECT_EQ(p.cleanups, 7);
    for (unsigned i = 0; i < 3; ++i) {
        NmrClientDetachProviderComplete(clients[i]->bindings()[0]->handle);
    }
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.cleanups, 10);
    for (auto& c : clients) {
        EXPECT_EQ(c->remove(), STATUS_SUCCESS);
    }
}

// NMR-106, NMR-120, NMR-133, NMR-138: on the caller's thread, at its IRQL; completion as well.
TEST_F(nmr_detach, callbacks_run_on_the_caller_s_thread_at_its_irql) {
    for (const uint8_t irql : {uint8_t{0}, uint8_t{1}, uint8_t{2}}) {
        log.clear();
        client c(A, &log);
        provider p(A, &log);
        c.on_detach = test::pend;
        attach(c, p);
        log.clear();
        {
            at_irql raised(irql);
            EXPECT_EQ(c.deregister(), STATUS_PENDING);
            EXPECT_EQ(log.order(), "CDP PDC");
            NmrClientDetachProviderComplete(c.bindings()[0]->handle);
        }
        EXPECT_EQ(log.order(), "CDP PDC CCB PCB");
        for (const callback_record& r : log.all()) {
            EXPECT_EQ(r.thread, std::this_thread::get_id()) << r.what;
            EXPECT_EQ(r.irql, irql) << r.what;
        }
        EXPECT_EQ(c.wait(), STATUS_SUCCESS);
        EXPECT_EQ(p.remove(), STATUS_SUCCESS);
    }
}

// NMR-121
TEST_F(nmr_detach, deregistering_is_possible_at_any_time_on_any_thread) {
    client c(A);
    provider p(A);
    attach(c, p);
    start([&] { EXPECT_EQ(c.deregister(), STATUS_PENDING); }).join();
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.attaches, 2);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-123, NMR-125, NMR-127, NMR-149, NMR-152, NMR-154: arguments, and the order for both
// initiators.
TEST_F(nmr_detach, the_deregistering_side_is_told_first_and_the_client_cleans_up_first) {
    for (const bool client_leaves : {true, false}) {
        client c(A, &log);
        provider p(A, &log);
        attach(c, p);
        log.clear();
        EXPECT_EQ(client_leaves ? c.deregister() : p.deregister(), STATUS_PENDING);
        EXPECT_EQ(log.order(), client_leaves ? "CDP PDC CCB PCB" : "PDC CDP CCB PCB");
        for (const callback_record& r : log.all()) {
            void* own = r.module == &c ? static_cast<void*>(c.bindings()[0]) : p.bindings()[0];
            EXPECT_EQ(r.context, own) << r.what;
        }
        EXPECT_EQ(client_leaves ? c.wait() : p.wait(), STATUS_SUCCESS);
        EXPECT_EQ(client_leaves ? p.remove() : c.remove(), STATUS_SUCCESS);
    }
}

// NMR-124, H-04: both sides leave at once.
TEST_F(nmr_detach, both_sides_leaving_at_once_detach_once) {
    client c(A);
    provider p(A);
    test::contest together(2, 20000);
    auto other = start([&] {
        while (together.next()) {
            ASSERT_EQ(p.add(), STATUS_SUCCESS);
            together.arrive();  // both are there
            together.arrive();
            ASSERT_EQ(p.remove(), STATUS_SUCCESS);
            together.arrive();
        }
    });
    for (int i = 0; together.next(); ++i) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        together.arrive();
        together.arrive();
        ASSERT_EQ(c.remove(), STATUS_SUCCESS);
        together.arrive();
        ASSERT_EQ(c.detaches, i + 1);
        ASSERT_EQ(p.detaches, i + 1);
        ASSERT_EQ(c.cleanups, i + 1);
        ASSERT_EQ(p.cleanups, i + 1);
    }
    other.join();
}

// NMR-126, H-21: the client's detach completes only after the provider was told.
TEST_F(nmr_detach, the_second_side_is_told_although_the_first_is_pending) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    p.on_detach = [&](test::binding_record* b) {
        EXPECT_EQ(c.detaches, 1);
        EXPECT_EQ(c.cleanups, 0);
        NmrClientDetachProviderComplete(b->handle);  // what the client waited for
        return STATUS_SUCCESS;
    };
    attach(c, p);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.detaches, 1);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-128, NMR-129, NMR-139, NMR-150, NMR-177: the four combinations; cleanup after the later side.
TEST_F(nmr_detach, cleanup_comes_after_both_sides_and_never_before) {
    for (const bool client_pends : {false, true}) {
        for (const bool provider_pends : {false, true}) {
            client c(A);
            provider p(A);
            if (client_pends) {
                c.on_detach = test::pend;
            }
            if (provider_pends) {
                p.on_detach = test::pend;
            }
            attach(c, p);
            HANDLE binding = c.bindings()[0]->handle;
            EXPECT_EQ(c.deregister(), STATUS_PENDING);
            if (client_pends) {
                EXPECT_EQ(c.cleanups + p.cleanups, 0);
                NmrClientDetachProviderComplete(binding);
                NmrClientDetachProviderComplete(binding);  // the client's side only, however often
            }
            if (provider_pends) {
                EXPECT_EQ(c.cleanups + p.cleanups, 0);
                NmrProviderDetachClientComplete(binding);
            }
            EXPECT_EQ(c.cleanups, 1);
            EXPECT_EQ(p.cleanups, 1);
            EXPECT_EQ(c.wait(), STATUS_SUCCESS);
            EXPECT_EQ(p.remove(), STATUS_SUCCESS);
        }
    }
}

// NMR-130
TEST_F(nmr_detach, any_other_status_counts_as_complete_and_is_reported) {
    client c(A);
    provider p(A);
    c.on_detach = [](test::binding_record*) { return STATUS_INVALID_PARAMETER; };
    p.on_detach = [](test::binding_record*) { return STATUS_TIMEOUT; };
    attach(c, p);
    (void)violations();
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 2u);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-130: also where the other side has to be waited for.
TEST_F(nmr_detach, any_other_status_counts_as_complete_beside_a_side_that_pends) {
    client c(A);
    provider p(A);
    c.on_detach = [](test::binding_record*) { return STATUS_INVALID_PARAMETER; };
    p.on_detach = test::pend;
    attach(c, p);
    const HANDLE binding = c.bindings()[0]->handle;
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(c.cleanups + p.cleanups, 0);
    NmrProviderDetachClientComplete(binding);
    EXPECT_EQ(c.cleanups, 1);
    if (c.cleanups == 0) {
        NmrClientDetachProviderComplete(binding);  // so that the wait ends
    }
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-134, NMR-136: contexts, dispatch and handle stay valid while a side pends.
TEST_F(nmr_detach, everything_stays_valid_while_a_side_pends) {
    client c(A);
    provider p(A);
    p.on_detach = test::pend;
    attach(c, p);
    test::binding_record* b = p.bindings()[0];
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    for (int i = 0; i < 1000; ++i) {
        client other(B);
        ASSERT_EQ(other.add(), STATUS_SUCCESS);
        ASSERT_EQ(other.remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(b->cleaned, 0);
    EXPECT_EQ(c.bindings()[0]->cleaned, 0);
    EXPECT_EQ(*static_cast<const uint32_t*>(b->peer_dispatch), c.dispatch);
    NmrProviderDetachClientComplete(b->handle);
    EXPECT_EQ(b->cleaned, 1);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-135: no lock is held across a detach callback.
TEST_F(nmr_detach, a_detach_callback_may_complete_and_register) {
    client c(A), other(B);
    provider p(A);
    c.on_detach = [&](test::binding_record* b) {
        NmrClientDetachProviderComplete(b->handle);
        EXPECT_EQ(other.add(), STATUS_SUCCESS);
        return STATUS_PENDING;
    };
    attach(c, p);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(other.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-140
TEST_F(nmr_detach, completing_a_side_that_is_done_is_ignored_and_reported) {
    client c(A);
    provider p(A);
    p.on_detach = test::pend;
    attach(c, p);
    HANDLE binding = c.bindings()[0]->handle;
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    (void)violations();
    NmrClientDetachProviderComplete(binding);
    EXPECT_EQ(violations(), 1u);
    EXPECT_EQ(c.cleanups, 0);
    NmrProviderDetachClientComplete(binding);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-141, NMR-144, NMR-151, H-05: completed inside the callbacks, then STATUS_PENDING, on both
// sides.
TEST_F(nmr_detach, a_completion_inside_the_callback_is_remembered) {
    client c(A);
    provider p(A);
    c.on_detach = [](test::binding_record* b) {
        NmrClientDetachProviderComplete(b->handle);
        NmrClientDetachProviderComplete(b->handle);
        return STATUS_PENDING;
    };
    p.on_detach = [](test::binding_record* b) {
        NmrProviderDetachClientComplete(b->handle);
        return STATUS_PENDING;
    };
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(p.cleanups, 1);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-142, NMR-143: before the detach begins, as XDP does it. The latch starts nothing.
TEST_F(nmr_detach, a_completion_before_the_detach_is_remembered_and_starts_nothing) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    p.on_detach = test::pend;
    attach(c, p);
    HANDLE binding = c.bindings()[0]->handle;
    NmrProviderDetachClientComplete(binding);
    NmrClientDetachProviderComplete(binding);
    EXPECT_EQ(c.detaches + p.detaches + c.cleanups + p.cleanups, 0);
    EXPECT_EQ(*static_cast<const uint32_t*>(c.bindings()[0]->peer_dispatch), p.dispatch);
    EXPECT_EQ(p.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.wait(), STATUS_SUCCESS);
    EXPECT_EQ(c.cleanups, 1);
    EXPECT_EQ(p.cleanups, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 0u);
}

// NMR-142: while the offer is attached but not over; and an attempt that fails forgets it.
TEST_F(nmr_detach, a_completion_during_the_offer_counts_for_the_attempt_it_came_in) {
    client c(A);
    provider p(A);
    int attempt = 0;
    p.on_detach = test::pend;
    p.on_attach = [&](const provider::offer& o) {
        if (attempt++ == 0) {
            NmrProviderDetachClientComplete(o.binding);
            return STATUS_NOINTERFACE;
        }
        return p.accept(o);
    };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        EXPECT_EQ(c.attach(h, i), STATUS_NOINTERFACE);
        return c.attach(h, i);
    };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    EXPECT_EQ(p.cleanups, 0);  // the first attempt's completion is forgotten
    NmrProviderDetachClientComplete(p.bindings()[0]->handle);
    EXPECT_EQ(p.cleanups, 1);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-145
TEST_F(nmr_detach, completing_a_dead_binding_changes_nothing) {
    client c(A), other(A);
    provider p(A);
    other.on_detach = test::pend;
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(other.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    HANDLE dead = c.bindings()[0]->handle;
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(other.deregister(), STATUS_PENDING);
    (void)violations();
    for (HANDLE h : {dead, static_cast<HANDLE>(nullptr), reinterpret_cast<HANDLE>(0x77),
                     static_cast<HANDLE>(&c), other.handle, p.handle}) {
        NmrClientDetachProviderComplete(h);
        NmrProviderDetachClientComplete(h);
    }
    EXPECT_EQ(violations(), 12u);
    EXPECT_EQ(other.cleanups, 0);
    NmrClientDetachProviderComplete(other.bindings()[0]->handle);
    EXPECT_EQ(other.cleanups, 1);
    EXPECT_EQ(other.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-146, NMR-193
TEST_F(nmr_detach, completion_may_come_from_any_thread) {
    provider p(A);
    client c(A);
    c.on_detach = test::pend;
    std::vector<std::unique_ptr<provider>> providers;
    for (int i = 0; i < 8; ++i) {
        providers.push_back(std::make_unique<provider>(A));
        ASSERT_EQ(providers.back()->add(), STATUS_SUCCESS);
    }
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    {
        std::vector<test::machine_thread> threads;
        for (test::binding_record* b : c.bindings()) {
            threads.push_back(start([b] { NmrClientDetachProviderComplete(b->handle); }));
        }
    }
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(c.cleanups, 8);
    for (auto& each : providers) {
        EXPECT_EQ(each->remove(), STATUS_SUCCESS);
    }
}

// NMR-147, NMR-148, NMR-153: cleanup has run when the completing call returns; the module frees its
// context there.
TEST_F(nmr_detach, the_completing_call_runs_the_cleanup) {
    client c(A, &log);
    provider p(A, &log);
    c.on_detach = test::pend;
    p.on_detach = test::pend;
    attach(c, p);
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    log.clear();
    HANDLE binding = c.bindings()[0]->handle;
    start([&] {
        NmrClientDetachProviderComplete(binding);  // returns at once: the provider still pends
        EXPECT_EQ(log.order(), "");
    }).join();
    std::thread::id completing;
    start([&] {
        completing = std::this_thread::get_id();
        NmrProviderDetachClientComplete(binding);
        EXPECT_EQ(log.order(), "CCB PCB");
    }).join();
    for (const callback_record& r : log.all()) {
        EXPECT_EQ(r.thread, completing);
    }
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-153, NMR-105: contexts are freed in the cleanup callbacks and not before; ASan watches.
TEST_F(nmr_detach, contexts_may_be_freed_in_cleanup) {
    struct heap_context {
        uint64_t detached = 0;
    };
    client c(A);
    provider p(A);
    c.characteristics.ClientDetachProvider = [](PVOID context) -> NTSTATUS {
        ++static_cast<heap_context*>(context)->detached;
        return STATUS_SUCCESS;
    };
    c.characteristics.ClientCleanupBindingContext = [](PVOID context) {
        EXPECT_EQ(static_cast<heap_context*>(context)->detached, 1u);
        delete static_cast<heap_context*>(context);
    };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE) {
        auto* context = new heap_context;
        void* provider_context = nullptr;
        const void* dispatch = nullptr;
        return NmrClientAttachProvider(h, context, nullptr, &provider_context, &dispatch);
    };
    for (const bool client_leaves : {true, false}) {
        ASSERT_EQ(p.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        EXPECT_EQ(client_leaves ? c.remove() : p.remove(), STATUS_SUCCESS);
        EXPECT_EQ(client_leaves ? p.remove() : c.remove(), STATUS_SUCCESS);
    }
    EXPECT_EQ(p.cleanups, 2);
}

// NMR-155, H-12
TEST_F(nmr_detach, a_cleanup_callback_may_register_complete_and_deregister) {
    client c(A), other(B);
    provider p(A), other_p(B), fresh(A);
    other.on_detach = test::pend;
    attach(other, other_p);
    attach(c, p);
    c.on_cleanup = [&](test::binding_record*) {
        EXPECT_EQ(fresh.add(), STATUS_SUCCESS);
        EXPECT_EQ(other.deregister(), STATUS_PENDING);
        NmrClientDetachProviderComplete(other.bindings()[0]->handle);
    };
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(other.cleanups, 1);
    EXPECT_EQ(other.wait(), STATUS_SUCCESS);
    for (auto* each : {&p, &other_p, &fresh}) {
        EXPECT_EQ(each->remove(), STATUS_SUCCESS);
    }
}

// NMR-157, NMR-182, H-07: the other side completes while one callback still runs: cleanup waits for
// it, and runs on the thread that leaves the callback.
TEST_F(nmr_detach, cleanup_waits_for_a_detach_callback_that_is_still_running) {
    client c(A, &log);
    provider p(A, &log);
    test::halt held;
    c.on_detach = [](test::binding_record* b) {
        NmrClientDetachProviderComplete(b->handle);
        b->plain = 1;
        return STATUS_PENDING;
    };
    p.on_detach = [&](test::binding_record* b) {
        NmrProviderDetachClientComplete(b->handle);
        held.stay();
        b->plain = 2;
        EXPECT_EQ(b->cleaned, 0);
        return STATUS_PENDING;
    };
    attach(c, p);
    std::thread::id leaving;
    auto deregistering = start([&] {
        leaving = std::this_thread::get_id();
        EXPECT_EQ(c.deregister(), STATUS_PENDING);
        EXPECT_EQ(c.cleanups, 1);
    });
    held.wait();
    EXPECT_EQ(c.cleanups + p.cleanups, 0);
    held.release();
    deregistering.join();
    EXPECT_EQ(log.all().back().thread, leaving);
    EXPECT_EQ(p.bindings()[0]->plain, 2u);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-107 with the machine option: SUCCESS when nothing is left to wait for, and only then.
class nmr_detach_idle_succeeds : public test::nmr_fixture {
protected:
    nmr_detach_idle_succeeds() : nmr_fixture(test::idle_succeeds()) {}
};

TEST_F(nmr_detach_idle_succeeds, deregister_returns_success_when_nothing_is_left) {
    client c(A);
    provider p(A);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.deregister(), STATUS_SUCCESS);
    EXPECT_EQ(c.wait(), STATUS_INVALID_PARAMETER);  // the handle is gone
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(p.deregister(), STATUS_SUCCESS);  // detached synchronously
    EXPECT_EQ(c.cleanups, 1);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    c.on_detach = test::pend;
    EXPECT_EQ(c.deregister(), STATUS_PENDING);
    NmrClientDetachProviderComplete(c.bindings().back()->handle);
    EXPECT_EQ(c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(p.deregister(), STATUS_SUCCESS);
    EXPECT_TRUE(objects().empty());
}

}  // namespace
