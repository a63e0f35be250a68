// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The simulated host itself: what its searches promise is checked on programs whose number of
// schedules is known, and on planted bugs that some schedules hide.

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "host/explore.hpp"
#include "host/mutex.hpp"
#include "host/sim.hpp"

namespace {

// Objects that schedules race on must have the same address in every run of a search: tests keep
// them in optionals that are filled anew, and threads in fixed places.

// A scenario with worker threads; the scenario's own thread starts and joins them.
struct program {
    std::vector<std::function<void()>> workers;
    std::function<void()> after = [] {};
    static inline host::thread threads[8];

    static void work(void* argument) { (*static_cast<std::function<void()>*>(argument))(); }

    static void scenario(void* argument) {
        program& p = *static_cast<program*>(argument);
        host::host_interface& h = host::current();
        static host::thread main;
        h.adopt(main);
        for (size_t i = 0; i < p.workers.size(); ++i) {
            h.start(threads[i], {}, work, &p.workers[i]);
        }
        for (size_t i = 0; i < p.workers.size(); ++i) {
            h.join(threads[i]);
        }
        p.after();
    }
};

host::run_result run_once(host::sim& s, host::strategy& how, program& p) {
    return s.run(how, program::scenario, &p);
}

struct search_result {
    uint64_t complete = 0;
    uint64_t redundant = 0;
    uint64_t deadlocks = 0;
};

search_result search(host::depth_first& how, const std::function<program()>& make) {
    host::sim s({});
    search_result r;
    while (!how.finished()) {
        program p = make();
        switch (run_once(s, how, p).how) {
            case host::outcome::finished:
                ++r.complete;
                break;
            case host::outcome::redundant:
                ++r.redundant;
                break;
            case host::outcome::deadlock:
                ++r.deadlocks;
                break;
            case host::outcome::exhausted:
                ADD_FAILURE() << "a run did not end";
                return r;
        }
    }
    return r;
}

// A counter whose increment is two steps, as in a driver that forgot its lock.
struct racy_counter {
    std::atomic<int> value{0};
    void increment() {
        host::schedule_point(host::point::interlocked, &value);
        const int seen = value.load(std::memory_order_relaxed);
        host::schedule_point(host::point::interlocked, &value);
        value.store(seen + 1, std::memory_order_relaxed);
    }
};

TEST(host_sim, runs_threads_and_joins_them) {
    host::sim s({});
    host::random_walk how(1);
    std::atomic<int> ran{0};
    program p;
    p.workers = {[&] { ++ran; }, [&] { ++ran; }, [&] { ++ran; }};
    EXPECT_EQ(run_once(s, how, p).how, host::outcome::finished);
    EXPECT_EQ(ran, 3);
}

TEST(host_sim, same_seed_gives_the_same_run) {
    for (uint64_t seed = 1; seed < 20; ++seed) {
        uint64_t hashes[2] = {};
        for (uint64_t& hash : hashes) {
            host::sim s({});
            host::random_walk how(seed);
            racy_counter c;
            program p;
            p.workers = {[&] { c.increment(); }, [&] { c.increment(); }};
            hash = run_once(s, how, p).hash;
        }
        EXPECT_EQ(hashes[0], hashes[1]);
    }
}

TEST(host_sim, different_seeds_give_different_runs) {
    std::set<uint64_t> hashes;
    host::sim s({});
    host::random_walk how(1);
    for (int i = 0; i < 50; ++i) {
        racy_counter c;
        program p;
        p.workers = {[&] { c.increment(); }, [&] { c.increment(); }};
        hashes.insert(run_once(s, how, p).hash);
    }
    EXPECT_GT(hashes.size(), 5u);
}

TEST(host_sim, depth_first_finds_a_lost_update_and_ends) {
    host::depth_first how;
    std::set<int> ends;
    std::optional<racy_counter> c;
    const search_result r = search(how, [&] {
        c.emplace();
        program p;
        p.workers = {[&] { c->increment(); }, [&] { c->increment(); }};
        p.after = [&] { ends.insert(c->value); };
        return p;
    });
    EXPECT_TRUE(how.finished());
    EXPECT_EQ(ends, (std::set<int>{1, 2}));
    EXPECT_EQ(r.deadlocks, 0u);
}

TEST(host_sim, depth_first_runs_each_order_of_dependent_steps_once) {
    // Two threads, two steps each on one object: 4! / (2! 2!) = 6 orders.
    host::depth_first how;
    std::set<uint64_t> orders;
    std::atomic<uint64_t> order{0};
    int shared = 0;
    const search_result r = search(how, [&] {
        order.store(0);
        program p;
        for (const uint64_t name : {1u, 2u}) {
            p.workers.push_back([&order, &shared, name] {
                for (int i = 0; i < 2; ++i) {
                    host::schedule_point(host::point::interlocked, &shared);
                    order.store(order.load(std::memory_order_relaxed) * 4 + name,
                                std::memory_order_relaxed);
                }
            });
        }
        p.after = [&] { orders.insert(order); };
        return p;
    });
    EXPECT_EQ(orders.size(), 6u);
    // Starting and joining the threads adds dependent orders of its own, but not many.
    EXPECT_LT(r.complete, 60u);
}

TEST(host_sim, depth_first_skips_orders_of_independent_steps) {
    host::depth_first how;
    int objects[3] = {};
    const search_result r = search(how, [&] {
        program p;
        for (int& object : objects) {
            p.workers.push_back([&object] {
                for (int i = 0; i < 4; ++i) {
                    host::schedule_point(host::point::interlocked, &object);
                    ++object;
                }
            });
        }
        return p;
    });
    // 12! / (4!)^3 = 34650 interleavings of the steps alone, one behaviour.
    EXPECT_LT(r.complete, 200u) << r.redundant;
}

TEST(host_sim, a_lock_makes_the_update_safe_in_every_schedule) {
    host::depth_first how;
    std::set<int> ends;
    struct locked {
        host::mutex m{base::lock_rank::leaf};
        racy_counter c;
    };
    std::optional<locked> l;
    search(how, [&] {
        l.emplace();
        program p;
        for (int i = 0; i < 3; ++i) {
            p.workers.push_back([&] {
                host::guard g(l->m);
                l->c.increment();
            });
        }
        p.after = [&] { ends.insert(l->c.value); };
        return p;
    });
    EXPECT_EQ(ends, (std::set<int>{3}));
}

TEST(host_sim, lost_wake_up_is_reported_as_a_deadlock) {
    // The waiter looks at the flag without the lock that the notifier holds.
    host::depth_first how;
    struct state {
        std::atomic<uint32_t> flag{0};
        std::atomic<uint32_t> word{0};
    };
    std::optional<state> s;
    const search_result r = search(how, [&] {
        s.emplace();
        program p;
        p.workers = {[&] {
                         host::schedule_point(host::point::interlocked, &s->flag);
                         if (s->flag.load() == 0) {
                             host::current().wait(s->word, 0, host::no_deadline);
                         }
                     },
                     [&] {
                         host::schedule_point(host::point::interlocked, &s->flag);
                         s->flag.store(1);
                         host::schedule_point(host::point::wake, &s->word);
                         host::current().wake(s->word, 1);
                     }};
        return p;
    });
    EXPECT_GT(r.deadlocks, 0u);
    EXPECT_GT(r.complete, 0u);
}

TEST(host_sim, condition_never_loses_a_wake_up) {
    host::depth_first how;
    struct state {
        host::mutex m{base::lock_rank::leaf};
        host::condition c;
        bool ready = false;
    };
    std::optional<state> s;
    const search_result r = search(how, [&] {
        s.emplace();
        program p;
        p.workers = {[&] {
                         host::guard g(s->m);
                         while (!s->ready) {
                             s->c.wait(s->m);
                         }
                     },
                     [&] {
                         {
                             host::guard g(s->m);
                             s->ready = true;
                         }
                         s->c.notify_all();
                     }};
        return p;
    });
    EXPECT_EQ(r.deadlocks, 0u);
    EXPECT_GT(r.complete, 1u);
}

TEST(host_sim, lock_order_inversion_is_found) {
    host::depth_first how;
    struct word_lock {
        std::atomic<uint32_t> word{0};
        void lock() {
            for (;;) {
                host::schedule_point(host::point::interlocked, &word);
                if (word.exchange(1) == 0) {
                    return;
                }
                host::current().wait(word, 1, host::no_deadline);
            }
        }
        void unlock() {
            host::schedule_point(host::point::wake, &word);
            word.store(0);
            host::current().wake(word, 1);
        }
    };
    std::optional<std::array<word_lock, 2>> locks;
    const search_result r = search(how, [&] {
        locks.emplace();
        program p;
        for (const size_t first : {0u, 1u}) {
            p.workers.push_back([&locks, first] {
                (*locks)[first].lock();
                (*locks)[1 - first].lock();
                (*locks)[1 - first].unlock();
                (*locks)[first].unlock();
            });
        }
        return p;
    });
    EXPECT_GT(r.deadlocks, 0u);
}

TEST(host_sim, deadlock_report_names_the_waiting_threads) {
    host::sim s({});
    host::random_walk how(1);
    std::atomic<uint32_t> never{0};
    program p;
    p.workers = {[&] { host::current().wait(never, 0, host::no_deadline); }};
    const host::run_result r = run_once(s, how, p);
    EXPECT_EQ(r.how, host::outcome::deadlock);
    EXPECT_NE(r.waiting.find("thread 0: waits"), std::string::npos) << r.waiting;
    EXPECT_NE(r.waiting.find("thread 1: waits"), std::string::npos) << r.waiting;
}

TEST(host_sim, time_moves_to_the_next_deadline_when_nobody_can_run) {
    host::sim s({});
    host::depth_first how;
    std::atomic<uint32_t> never{0};
    uint64_t woke_at = 0;
    bool in_time = true;
    program p;
    p.workers = {[&] {
        in_time = host::current().wait(never, 0, 3600ull * 1000 * 1000 * 1000);
        woke_at = host::current().now_ns();
    }};
    EXPECT_EQ(run_once(s, how, p).how, host::outcome::finished);
    EXPECT_FALSE(in_time);
    EXPECT_EQ(woke_at, 3600ull * 1000 * 1000 * 1000);
}

TEST(host_sim, endless_run_is_bounded) {
    host::sim_options options;
    options.steps_max = 1000;
    host::sim s(options);
    host::random_walk how(1);
    program p;
    p.workers = {[&] {
        for (;;) {
            host::current().spin(0);
        }
    }};
    EXPECT_EQ(run_once(s, how, p).how, host::outcome::exhausted);
}

TEST(host_sim, trail_replays_a_failure) {
    host::sim s({});
    host::random_walk how(1);
    std::vector<uint32_t> trail;
    for (int i = 0; i < 1000 && trail.empty(); ++i) {
        racy_counter c;
        program p;
        p.workers = {[&] { c.increment(); }, [&] { c.increment(); }};
        host::run_result r = run_once(s, how, p);
        if (c.value == 1) {
            trail = r.trail;
        }
    }
    ASSERT_FALSE(trail.empty());
    std::vector<uint32_t> parsed;
    ASSERT_TRUE(host::trail_from_text(host::trail_to_text(trail), parsed));
    ASSERT_EQ(parsed, trail);
    host::replay again(parsed);
    racy_counter c;
    program p;
    p.workers = {[&] { c.increment(); }, [&] { c.increment(); }};
    run_once(s, again, p);
    EXPECT_EQ(c.value, 1);
}

TEST(host_sim, replay_skips_what_its_trail_says_of_a_thread_that_cannot_run) {
    std::atomic<int> order{0};
    program p;
    for (int i = 1; i <= 3; ++i) {
        p.workers.push_back([&order, i] {
            host::schedule_point(host::point::interlocked, &order);
            order = order * 10 + i;
        });
    }
    host::sim s({});
    host::replay how({0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 1});
    EXPECT_EQ(run_once(s, how, p).how, host::outcome::finished);
    EXPECT_EQ(order, 321);
}

TEST(host_sim, depth_first_stops_where_another_strategy_does) {
    const host::replay like({});
    host::depth_first own(1);
    host::depth_first as_replay(1, like);
    EXPECT_FALSE(own.preempts_at(host::point::unlock));
    EXPECT_FALSE(own.time_moves());
    EXPECT_TRUE(as_replay.preempts_at(host::point::unlock));
    EXPECT_TRUE(as_replay.time_moves());
}

TEST(host_sim, trail_text_that_is_none_is_refused) {
    std::vector<uint32_t> trail;
    EXPECT_FALSE(host::trail_from_text("1.x", trail));
    EXPECT_FALSE(host::trail_from_text("1*0", trail));
    EXPECT_FALSE(host::trail_from_text("1*99999999999", trail));
    EXPECT_TRUE(host::trail_from_text("", trail));
}

TEST(host_sim, pct_finds_the_lost_update_within_its_bound) {
    host::sim s({});
    host::pct how(7, 2, 8);
    int found = 0;
    const int runs = 500;
    for (int i = 0; i < runs; ++i) {
        racy_counter c;
        program p;
        p.workers = {[&] { c.increment(); }, [&] { c.increment(); }};
        run_once(s, how, p);
        found += c.value == 1;
    }
    EXPECT_GE(found, static_cast<int>(how.bound() * runs));
}

TEST(host_sim, preemption_bound_limits_the_search) {
    const auto count = [](uint32_t bound) {
        host::depth_first how(bound);
        int shared = 0;
        const search_result r = search(how, [&shared] {
            program p;
            for (int t = 0; t < 3; ++t) {
                p.workers.push_back([&shared] {
                    for (int i = 0; i < 3; ++i) {
                        host::schedule_point(host::point::interlocked, &shared);
                    }
                });
            }
            return p;
        });
        return r.complete;
    };
    const uint64_t none = count(0);
    const uint64_t one = count(1);
    EXPECT_GE(none, 6u);
    EXPECT_GT(one, none);
}

}  // namespace
