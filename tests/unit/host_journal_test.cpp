// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The journal of a simulated run: what it counts, what its trail replays, that it outlives the
// process. Child processes are survived, whatever ends them. What a simulation leaves in memory is
// gone in the next run.

#include "host/journal.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <functional>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "host/explore.hpp"
#include "host/process.hpp"
#include "host/sim.hpp"

namespace {

constexpr uint64_t steps_max = 10000;

// Two threads that each take three steps on one object; the scenario starts and joins them.
struct three_steps {
    static inline host::thread threads[2];
    static inline host::thread main;
    static inline std::atomic<int> shared{0};  // orders nothing: the schedule points do

    static void work(void*) {
        for (int i = 0; i < 3; ++i) {
            host::schedule_point(host::point::interlocked, &shared);
            shared.fetch_add(1, std::memory_order_relaxed);
        }
    }
    static void scenario(void*) {
        host::host_interface& h = host::current();
        main.ordinal = 1;
        h.adopt(main);
        for (uint32_t i = 0; i < 2; ++i) {
            threads[i].ordinal = 2 + i;
            threads[i].name = "worker";
            h.start(threads[i], {}, work, nullptr);
        }
        for (host::thread& t : threads) {
            h.join(t);
        }
    }
};

host::run_result journaled(host::strategy& how, host::journal& pages) {
    host::sim s({});
    host::journalist writes(how, pages, nullptr);
    return s.run(writes, three_steps::scenario, nullptr);
}

TEST(host_journal, counts_and_names_what_ran) {
    host::journal pages(steps_max);
    ASSERT_TRUE(pages.ok());
    host::replay calm({});
    EXPECT_EQ(journaled(calm, pages).how, host::outcome::finished);
    EXPECT_EQ(pages.preemptions(), 0u);
    EXPECT_GE(pages.switches(), 2u);
    EXPECT_TRUE(pages.trail().empty());
    EXPECT_EQ(pages.fiber_count(), 3u);
    EXPECT_EQ(pages.who(0).ordinal, 1u);
    EXPECT_EQ(pages.who(1).ordinal, 2u);
    EXPECT_STREQ(pages.who(2).name, "worker");
    EXPECT_EQ(pages.running(), 0u);
}

TEST(host_journal, trail_replays_the_run) {
    for (uint64_t seed = 1; seed < 30; ++seed) {
        host::journal first(steps_max);
        host::journal second(steps_max);
        host::random_walk how(seed);
        const host::run_result r = journaled(how, first);
        host::replay again(first.trail());
        EXPECT_EQ(journaled(again, second).hash, r.hash);
        EXPECT_EQ(first.first_difference(second), UINT64_MAX);
        EXPECT_EQ(first.preemptions(), second.preemptions());
    }
}

TEST(host_journal, first_difference_is_found) {
    host::journal first(steps_max);
    host::journal second(steps_max);
    host::replay calm({});
    host::replay other({0, 0, 2, 1, 2});
    journaled(calm, first);
    journaled(other, second);
    const uint64_t i = first.first_difference(second);
    ASSERT_LT(i, first.count());
    ASSERT_LT(i, second.count());
    EXPECT_NE(first.at(i).identity(), second.at(i).identity());
    for (uint64_t k = 0; k < i; ++k) {
        EXPECT_EQ(first.at(k).identity(), second.at(k).identity());
    }
}

TEST(host_journal, outlives_the_process_that_wrote_it) {
    host::journal pages(steps_max);
    host::child_end end{};
    std::string output;
    ASSERT_TRUE(host::run_child(
        [&] {
            host::random_walk how(1);
            journaled(how, pages);
            (void)!write(STDOUT_FILENO, "done", 4);
            (void)!write(STDERR_FILENO, "!", 1);
            raise(SIGKILL);
        },
        pages.progress(), 30, &output, end));
    EXPECT_EQ(end.signal, SIGKILL);
    EXPECT_EQ(output, "done!");
    host::journal here(steps_max);
    host::random_walk how(1);
    journaled(how, here);
    EXPECT_EQ(here.first_difference(pages), UINT64_MAX);
}

TEST(host_process, exit_code_of_a_child_is_known) {
    std::atomic<uint64_t> progress{0};
    host::child_end end{};
    ASSERT_TRUE(host::run_child([] { _exit(7); }, progress, 30, nullptr, end));
    EXPECT_EQ(end.code, 7);
    EXPECT_EQ(end.signal, 0);
    ASSERT_TRUE(host::run_child([] {}, progress, 30, nullptr, end));
    EXPECT_EQ(end.code, 0);
}

TEST(host_process, child_without_progress_is_ended) {
    std::atomic<uint64_t> progress{0};
    host::child_end end{};
    ASSERT_TRUE(host::run_child(
        [] {
            for (;;) {
                pause();
            }
        },
        progress, 1, nullptr, end));
    EXPECT_EQ(end.signal, SIGKILL);
}

// Memory of the arena and the part of a stack that drivers reach.
TEST(host_sim, memory_that_was_never_written_is_the_same_in_every_run) {
    struct look {
        static void scenario(void* argument) {
            auto& sum = *static_cast<uint64_t*>(argument);
            auto* p = static_cast<unsigned char*>(host::current().allocate(1000));
            for (int i = 0; i < 1000; ++i) {
                sum += p[i];
            }
            std::memset(p, 0xee, 1000);
            volatile unsigned char stack[4000];
            for (volatile unsigned char& c : stack) {
                c = 0xdd;
            }
        }
    };
    host::sim s({});
    for (int i = 0; i < 3; ++i) {
        uint64_t sum = 0;
        host::random_walk how(1);
        s.run(how, look::scenario, &sum);
        EXPECT_EQ(sum, 0u);
    }
}

struct wait_for_third {
    static inline host::thread threads[3];
    static inline host::thread main;
    static inline std::atomic<bool> open;
    static void spin(void*) {
        while (!open.load()) {
            host::current().spin(0);
        }
    }
    static void release(void*) { open.store(true); }
    static void scenario(void*) {
        host::host_interface& h = host::current();
        h.adopt(main);
        open.store(false);
        h.start(threads[0], {}, spin, nullptr);
        h.start(threads[1], {}, spin, nullptr);
        h.start(threads[2], {}, release, nullptr);
        for (host::thread& t : threads) {
            h.join(t);
        }
    }
};

// Whoever spins lets each of the others go on in turn, or they would spin for each other for ever.
TEST(host_sim, spinning_threads_do_not_starve_the_one_they_wait_for) {
    host::sim_options options;
    options.steps_max = 5000;
    host::sim s(options);
    host::replay calm({});
    EXPECT_EQ(s.run(calm, wait_for_third::scenario, nullptr).how, host::outcome::finished);
    host::depth_first search(1);
    uint64_t runs = 0;
    while (!search.finished() && ++runs < 100000) {
        const host::outcome how = s.run(search, wait_for_third::scenario, nullptr).how;
        ASSERT_TRUE(how == host::outcome::finished || how == host::outcome::redundant);
    }
    EXPECT_TRUE(search.finished());
}

}  // namespace
