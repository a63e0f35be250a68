// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: the concurrency hazards of the NMR clauses (section 18) on real threads. Method: barriers
// around the racing calls, many rounds, and counts that must come out exactly. Every schedule of
// the small ones is searched in nmr_schedules_test.

#include "nmr/registrar.hpp"
#include "tests/unit/support/nmr_modules.hpp"

namespace {

using test::client;
using test::eventually;
using test::provider;

class nmr_race : public test::nmr_fixture {};

constexpr uint32_t A = 1;
constexpr int rounds_max = 3000;

// H-03, NMR-109: a provider leaves before its binding was offered, because the client still sits in
// the offer before. It is dropped unoffered, and the provider need not wait for the client.
TEST_F(nmr_race, a_binding_that_was_not_offered_yet_is_dropped_at_once) {
    client c(A);
    provider p1(A), p2(A), p3(A);
    test::halt held;
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        if (i == &p1.characteristics.ProviderRegistrationInstance) {
            held.stay();
        }
        return c.attach(h, i);
    };
    for (auto* p : {&p1, &p2, &p3}) {
        ASSERT_EQ(p->add(), STATUS_SUCCESS);
    }
    auto adding = start([&] { EXPECT_EQ(c.add(), STATUS_SUCCESS); });
    held.wait();
    EXPECT_EQ(p2.remove(), STATUS_SUCCESS);  // although the client's offer of p1 is blocked
    EXPECT_EQ(p2.attaches, 0);
    held.release();
    adding.join();
    EXPECT_EQ(c.attaches, 2);
    EXPECT_EQ(p3.attaches, 1);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p1.remove(), STATUS_SUCCESS);
    EXPECT_EQ(p3.remove(), STATUS_SUCCESS);
}

// H-05, NMR-141: another thread completes while the callback is on its way out.
TEST_F(nmr_race, a_completion_races_with_the_callback_s_return) {
    client c(A);
    provider p(A);
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    std::atomic<HANDLE> to_complete{nullptr};
    test::gate stop;
    auto completing = start([&] {
        while (!stop.is_open()) {
            HANDLE h = to_complete.exchange(nullptr);
            if (h != nullptr) {
                NmrClientDetachProviderComplete(h);
            } else {
                std::this_thread::yield();
            }
        }
    });
    c.on_detach = [&](test::binding_record* b) {
        to_complete = b->handle;
        return STATUS_PENDING;
    };
    test::race_rounds rounds(rounds_max);
    for (int i = 0; rounds.next(); ++i) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.remove(), STATUS_SUCCESS);
        ASSERT_EQ(c.cleanups, i + 1);
        ASSERT_EQ(p.cleanups, i + 1);
    }
    stop.open();
    completing.join();
    EXPECT_EQ(violations(), 0u);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// H-06, H-09: both sides complete at once, while a third thread waits.
TEST_F(nmr_race, both_completions_at_once_clean_up_once) {
    client c(A);
    provider p(A);
    c.on_detach = test::pend;
    p.on_detach = test::pend;
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    std::atomic<HANDLE> binding{nullptr};
    test::contest together(3, rounds_max);
    auto as_client = start([&] {
        while (together.next()) {
            together.arrive();
            NmrClientDetachProviderComplete(binding);
            together.arrive();
        }
    });
    auto as_provider = start([&] {
        while (together.next()) {
            together.arrive();
            NmrProviderDetachClientComplete(binding);
            together.arrive();
        }
    });
    for (int i = 0; together.next(); ++i) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        binding = c.bindings().back()->handle;
        ASSERT_EQ(c.deregister(), STATUS_PENDING);
        together.arrive();
        ASSERT_EQ(c.wait(), STATUS_SUCCESS);
        ASSERT_EQ(c.cleanups, i + 1);
        ASSERT_EQ(p.cleanups, i + 1);
        together.arrive();
    }
    as_client.join();
    as_provider.join();
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// H-02, H-14, H-20, NMR-075, NMR-137: the provider leaves at a random moment of the client's
// register call. Whatever the moment, nothing is stranded.
TEST_F(nmr_race, a_deregistration_at_any_moment_of_an_offer_ends) {
    client c(A);
    provider p(A);
    test::contest together(2, rounds_max);
    auto leaving = start([&] {
        for (int i = 0; together.next(); ++i) {
            ASSERT_EQ(p.add(), STATUS_SUCCESS);
            together.arrive();
            for (int spin = 0; spin < i % 400; ++spin) {
                asm volatile("");
            }
            ASSERT_EQ(p.remove(), STATUS_SUCCESS);
            together.arrive();
        }
    });
    while (together.next()) {
        together.arrive();
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.remove(), STATUS_SUCCESS);
        together.arrive();
        ASSERT_EQ(c.detaches, c.cleanups);
        ASSERT_EQ(p.detaches, p.cleanups);
        ASSERT_EQ(c.cleanups, p.cleanups);
    }
    leaving.join();
}

// H-15: many providers register while one client leaves and returns.
TEST_F(nmr_race, many_providers_register_while_a_client_comes_and_goes) {
    test::gate stop;
    std::vector<std::unique_ptr<provider>> providers;
    std::vector<test::machine_thread> threads;
    for (int i = 0; i < 7; ++i) {
        providers.push_back(std::make_unique<provider>(A));
        provider& p = *providers.back();
        threads.push_back(start([&] {
            while (!stop.is_open()) {
                ASSERT_EQ(p.add(), STATUS_SUCCESS);
                ASSERT_EQ(p.remove(), STATUS_SUCCESS);
            }
        }));
    }
    client c(A);
    for (test::race_rounds rounds(1000); rounds.next();) {
        ASSERT_EQ(c.add(), STATUS_SUCCESS);
        ASSERT_EQ(c.remove(), STATUS_SUCCESS);
        ASSERT_EQ(c.detaches, c.cleanups);
    }
    stop.open();
    threads.clear();
    for (auto& p : providers) {
        EXPECT_EQ(p->detaches, p->cleanups);
        EXPECT_EQ(p->attaches, p->cleanups);
    }
    EXPECT_TRUE(objects().empty());
}

// H-19: the registrar's lock has one rank and is never held across a callback: a callback takes
// locks of every outer rank (an internal lock held outside would stop the process).
TEST_F(nmr_race, callbacks_run_without_the_registrar_s_lock) {
    client c(A);
    provider p(A);
    host::mutex outer(base::lock_rank::loader);
    int taken = 0;
    const auto take = [&] {
        host::guard g(outer);
        ++taken;
    };
    c.on_attach = [&](HANDLE h, PNPI_REGISTRATION_INSTANCE i) {
        take();
        return c.attach(h, i);
    };
    p.on_attach = [&](const provider::offer& o) {
        take();
        return p.accept(o);
    };
    c.on_detach = [&](test::binding_record*) {
        take();
        return STATUS_SUCCESS;
    };
    p.on_detach = [&](test::binding_record*) {
        take();
        return STATUS_SUCCESS;
    };
    c.on_cleanup = [&](test::binding_record*) { take(); };
    p.on_cleanup = [&](test::binding_record*) { take(); };
    ASSERT_EQ(p.add(), STATUS_SUCCESS);
    ASSERT_EQ(c.add(), STATUS_SUCCESS);
    EXPECT_EQ(c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(taken, 6);
    EXPECT_EQ(p.remove(), STATUS_SUCCESS);
}

// NMR-055 at scale: several clients and providers of several NPIs come and go at random.
TEST_F(nmr_race, random_crowds_leave_nothing_behind) {
    std::vector<test::machine_thread> threads;
    for (unsigned t = 0; t < 8; ++t) {
        threads.push_back(start([&, t] {
            std::atomic<int> offers{0};  // clients attach on several threads at once (NMR-181)
            client c(A + t % 3);
            provider p(A + (t + 1) % 3);
            if (t % 2 == 0) {
                c.on_detach = [](test::binding_record* b) {
                    NmrClientDetachProviderComplete(b->handle);
                    return STATUS_PENDING;
                };
            }
            if (t % 3 == 0) {
                p.on_attach = [&](const provider::offer& o) {
                    return ++offers % 3 == 0 ? STATUS_NOINTERFACE : p.accept(o);
                };
            }
            for (int i = 0; i < 150; ++i) {
                ASSERT_EQ(c.add(), STATUS_SUCCESS);
                ASSERT_EQ(p.add(), STATUS_SUCCESS);
                ASSERT_EQ(c.deregister(), STATUS_PENDING);
                ASSERT_EQ(p.deregister(), STATUS_PENDING);
                ASSERT_EQ(p.wait(), STATUS_SUCCESS);
                ASSERT_EQ(c.wait(), STATUS_SUCCESS);
            }
            EXPECT_EQ(c.detaches, c.cleanups);
            EXPECT_EQ(p.detaches, p.cleanups);
        }));
    }
    threads.clear();
    EXPECT_TRUE(objects().empty());
    EXPECT_EQ(violations(), 0u);
}

// ---- states ----

// Every edge of the diagrams is an edge of the table, and nothing else is.
TEST(nmr_states, binding_edges_are_those_of_the_diagram) {
    using enum nmr::binding_state;
    const std::vector<std::pair<nmr::binding_state, nmr::binding_state>> edges = {
        {none, created},
        {created, in_cap},
        {created, none},
        {in_cap, in_pac},
        {in_cap, none},
        {in_pac, in_cap},
        {in_pac, attached_in_cap},
        {attached_in_cap, attached},
        {attached_in_cap, detaching},
        {attached_in_cap, undoing},
        {attached, detaching},
        {detaching, cleanup},
        {undoing, undo_cleanup},
        {cleanup, none},
        {undo_cleanup, none},
    };
    for (int from = 0; from <= static_cast<int>(undo_cleanup); ++from) {
        for (int to = 0; to <= static_cast<int>(undo_cleanup); ++to) {
            const std::pair edge(static_cast<nmr::binding_state>(from),
                                 static_cast<nmr::binding_state>(to));
            const bool listed = std::find(edges.begin(), edges.end(), edge) != edges.end();
            EXPECT_EQ(nmr::is_edge(edge.first, edge.second), listed) << from << " " << to;
        }
    }
}

TEST(nmr_states, registration_edges_are_those_of_the_diagram) {
    using enum nmr::registration_state;
    const std::vector<std::pair<nmr::registration_state, nmr::registration_state>> edges = {
        {none, offering},    {offering, registered}, {offering, draining}, {registered, draining},
        {draining, drained}, {drained, closed},      {closed, none},
    };
    for (int from = 0; from <= static_cast<int>(closed); ++from) {
        for (int to = 0; to <= static_cast<int>(closed); ++to) {
            const std::pair edge(static_cast<nmr::registration_state>(from),
                                 static_cast<nmr::registration_state>(to));
            const bool listed = std::find(edges.begin(), edges.end(), edge) != edges.end();
            EXPECT_EQ(nmr::is_edge(edge.first, edge.second), listed) << from << " " << to;
        }
    }
}

// NMR-199: registering needs no initialisation call and works before main.
struct early_bird {
    early_bird() {
        client c(A);
        registered = c.add();
        deregistered = c.deregister();
        waited = c.wait();
        ke::detach();
    }
    NTSTATUS registered = STATUS_UNSUCCESSFUL;
    NTSTATUS deregistered = STATUS_UNSUCCESSFUL;
    NTSTATUS waited = STATUS_UNSUCCESSFUL;
};
const early_bird before_main;

TEST(nmr_static, registering_works_before_main) {
    EXPECT_EQ(before_main.registered, STATUS_SUCCESS);
    EXPECT_EQ(before_main.deregistered, STATUS_PENDING);
    EXPECT_EQ(before_main.waited, STATUS_SUCCESS);
}

}  // namespace
