// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: a deregistration of many bindings, which the registrar makes in runs (nmr/detach_run.hpp):
// nobody can tell, and nobody who waits in a callback for another module waits for the run.
// Method: callbacks that deregister other modules of the run and wait for them, on their own thread
// and on another one; and two modules of one run that leave at once, in every schedule.

#include "tests/unit/support/nmr_modules.hpp"
#include "tests/unit/support/nmr_programs.hpp"

namespace {

using test::binding_record;
using test::client;
using test::provider;

constexpr uint32_t A = 1;

class nmr_runs : public test::machine_fixture {
protected:
    /// A client of several providers, all attached.
    struct star {
        client c{A};
        std::vector<std::unique_ptr<provider>> providers;

        explicit star(size_t count) {
            for (size_t i = 0; i < count; ++i) {
                providers.push_back(std::make_unique<provider>(A));
                EXPECT_EQ(providers.back()->add(), STATUS_SUCCESS);
            }
            EXPECT_EQ(c.add(), STATUS_SUCCESS);
            EXPECT_EQ(c.bindings().size(), count);
        }
        provider& operator[](size_t i) { return *providers[i]; }
        /// Of the client's bindings, oldest first.
        size_t number_of(const binding_record* b) const {
            const std::vector<binding_record*> all = c.bindings();
            return static_cast<size_t>(std::find(all.begin(), all.end(), b) - all.begin());
        }
    };

    void remove_elsewhere(provider& p) {
        start([&] { EXPECT_EQ(p.remove(), STATUS_SUCCESS); }).join();
    }
};

// NMR-119: oldest first, each cleaned up before the next one is told, through several runs.
TEST_F(nmr_runs, many_bindings_go_one_after_the_other) {
    constexpr size_t many = 2 * nmr::detach_run::capacity + 3;
    star s(many);
    std::vector<size_t> told;
    std::vector<size_t> cleaned;
    s.c.on_detach = [&](binding_record* b) {
        EXPECT_EQ(told.size(), cleaned.size());
        told.push_back(s.number_of(b));
        return STATUS_SUCCESS;
    };
    s.c.on_cleanup = [&](binding_record* b) { cleaned.push_back(s.number_of(b)); };
    EXPECT_EQ(s.c.deregister(), STATUS_PENDING);
    ASSERT_EQ(told.size(), many);
    EXPECT_EQ(told, cleaned);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
    EXPECT_EQ(s.c.wait(), STATUS_SUCCESS);
    for (auto& p : s.providers) {
        EXPECT_EQ(p->cleanups, 1);
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
}

// NMR-119, NMR-129, NMR-156: those that pend hold up nobody.
TEST_F(nmr_runs, those_that_pend_hold_up_nobody) {
    star s(6);
    std::vector<binding_record*> pending;
    s.c.on_detach = [&](binding_record* b) {
        if (s.number_of(b) % 2 == 0) {
            pending.push_back(b);
            return STATUS_PENDING;
        }
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(s.c.deregister(), STATUS_PENDING);
    EXPECT_EQ(s.c.cleanups, 3);
    ASSERT_EQ(pending.size(), 3u);
    for (binding_record* b : pending) {
        EXPECT_EQ(b->cleaned, 0);
        NmrClientDetachProviderComplete(b->handle);
        EXPECT_EQ(b->cleaned, 1);
    }
    EXPECT_EQ(s.c.wait(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 0u);
    for (auto& p : s.providers) {
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
}

// NMR-116, NMR-171: the other module's bindings come first in the run, or last; its wait ends
// inside the callback.
TEST_F(nmr_runs, a_callback_may_remove_another_module_of_the_run) {
    for (const bool elsewhere : {false, true}) {
        for (const bool in_cleanup : {false, true}) {
            for (const size_t removed : {0, 2, 4}) {
                star s(5);
                const auto act = [&](binding_record* b) {
                    if (s.number_of(b) == 1) {
                        const int before = s[removed].detaches;
                        if (elsewhere) {
                            remove_elsewhere(s[removed]);
                        } else {
                            EXPECT_EQ(s[removed].remove(), STATUS_SUCCESS);
                        }
                        EXPECT_EQ(before, removed == 0 ? 1 : 0);
                        EXPECT_EQ(s[removed].cleanups, 1);
                    }
                };
                if (in_cleanup) {
                    s.c.on_cleanup = act;
                } else {
                    s.c.on_detach = [&](binding_record* b) {
                        act(b);
                        return STATUS_SUCCESS;
                    };
                }
                EXPECT_EQ(s.c.remove(), STATUS_SUCCESS);
                EXPECT_EQ(s.c.detaches, 5);
                EXPECT_EQ(s.c.cleanups, 5);
                for (size_t i = 0; i < 5; ++i) {
                    EXPECT_EQ(s[i].detaches, 1);
                    EXPECT_EQ(s[i].cleanups, 1);
                    if (i != removed) {
                        EXPECT_EQ(s[i].remove(), STATUS_SUCCESS);
                    }
                }
            }
        }
    }
    EXPECT_EQ(violations(), 0u);
}

// The same, one inside the other, so that a run is broken again and again.
TEST_F(nmr_runs, callbacks_may_remove_one_module_after_the_other) {
    constexpr size_t many = 8;
    star s(many);
    s.c.on_detach = [&](binding_record* b) {
        const size_t next = many - 1 - s.number_of(b);
        if (next > s.number_of(b)) {
            remove_elsewhere(s[next]);
        }
        return STATUS_SUCCESS;
    };
    EXPECT_EQ(s.c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(s.c.detaches, static_cast<int>(many));
    for (size_t i = 0; i < many; ++i) {
        EXPECT_EQ(s[i].cleanups, 1);
        if (i < many / 2) {
            EXPECT_EQ(s[i].remove(), STATUS_SUCCESS);
        }
    }
    EXPECT_EQ(violations(), 0u);
}

// NMR-140: in its cleanup callback a module is done.
TEST_F(nmr_runs, a_complete_in_cleanup_is_stray) {
    star s(3);
    s.c.on_cleanup = [](binding_record* b) { NmrClientDetachProviderComplete(b->handle); };
    EXPECT_EQ(s.c.remove(), STATUS_SUCCESS);
    EXPECT_EQ(violations(), 3u);
    for (auto& p : s.providers) {
        EXPECT_EQ(p->remove(), STATUS_SUCCESS);
    }
}

// Two crowds of which everybody leaves at once.
TEST_F(nmr_runs, everybody_leaves_at_once) {
    constexpr int rounds = 200;
    constexpr size_t each = 3;
    for (int i = 0; i < rounds; ++i) {
        std::vector<std::unique_ptr<client>> clients;
        std::vector<std::unique_ptr<provider>> providers;
        for (size_t n = 0; n < each; ++n) {
            providers.push_back(std::make_unique<provider>(A));
            ASSERT_EQ(providers.back()->add(), STATUS_SUCCESS);
            clients.push_back(std::make_unique<client>(A));
            ASSERT_EQ(clients.back()->add(), STATUS_SUCCESS);
        }
        {
            std::vector<test::machine_thread> threads;
            for (size_t n = 0; n < each; ++n) {
                threads.push_back(
                    start([&, n] { EXPECT_EQ(clients[n]->remove(), STATUS_SUCCESS); }));
                threads.push_back(
                    start([&, n] { EXPECT_EQ(providers[n]->remove(), STATUS_SUCCESS); }));
            }
        }
        for (size_t n = 0; n < each; ++n) {
            ASSERT_EQ(clients[n]->detaches, static_cast<int>(each));
            ASSERT_EQ(clients[n]->cleanups, static_cast<int>(each));
            ASSERT_EQ(providers[n]->detaches, static_cast<int>(each));
            ASSERT_EQ(providers[n]->cleanups, static_cast<int>(each));
        }
    }
    EXPECT_EQ(violations(), 0u);
    EXPECT_TRUE(objects().empty());
}

// ---- under every schedule ----

// A client of two providers and one of the two leave at once; the modules check the rest.
std::string leave_at_once(test::sim::habits client, test::sim::habits providers, uint32_t which) {
    test::sim_machine m;
    m.add<nmr::registrar>();
    std::atomic<uint32_t> gone{0};
    test::sim::module c(true, client, 0, gone, 3);
    test::sim::module p[] = {{false, providers, 1, gone, 3}, {false, providers, 2, gone, 3}};
    p[0].enter();
    p[1].enter();
    c.enter();
    const auto go = [](test::sim::module& it) {
        it.leave();
        it.wait();
    };
    m.run({[&] { go(c); }, [&] { go(p[which]); }});
    go(p[1 - which]);
    for (test::sim::module* it : {&c, &p[0], &p[1]}) {
        it->join_workers();
        if (!it->verdict().empty()) {
            return it->verdict();
        }
    }
    return {};
}

void search_all(const std::string& name, test::sim::habits client, test::sim::habits providers) {
    for (const uint32_t which : {0u, 1u}) {
        constexpr uint64_t searched_max = 2000000;
        host::depth_first how;
        test::search(name + (which == 0 ? ", the first" : ", the second"), how, searched_max,
                     [&] { return leave_at_once(client, providers, which); });
    }
}

// NMR-117, NMR-124, NMR-164
TEST(nmr_run_schedules, a_run_and_a_peer_that_leaves_hold_in_every_schedule) {
    search_all("client and provider leave", {}, {});
}

// NMR-141
TEST(nmr_run_schedules, early_completions_in_a_run_hold_in_every_schedule) {
    search_all("client completes early", {.early_complete = true}, {});
    search_all("providers complete early", {}, {.early_complete = true});
}

}  // namespace
