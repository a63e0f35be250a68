// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Shrinking against the truth: planted bugs whose fewest preemptions a depth-first search proves.
// Whatever schedule a random strategy fails with, shrinking gets down to that many.

#include "explore/shrink.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <vector>

#include <gtest/gtest.h>

#include "base/annotate.hpp"
#include "host/explore.hpp"
#include "host/journal.hpp"
#include "host/sim.hpp"

namespace {

constexpr uint64_t steps_max = 10000;
constexpr uint32_t shrink_runs = 400;
constexpr uint64_t search_schedules = 5000;
constexpr uint64_t seeds = OPENWSK_TSAN != 0 ? 300 : 3000;

// Threads that do one thing after the other, each behind a schedule point, and what must not come
// of it. Everything runs on one OS thread; the atomics say so to ThreadSanitizer.
struct planted {
    using step = void (*)();
    using watched = std::atomic<int>;
    std::vector<std::vector<step>> threads;
    bool (*fails)();

    static inline watched shared;
    static inline watched seen[3];
    static inline watched ended;
    static inline std::atomic<uint32_t> locks[3];
    static inline host::thread main;
    static inline host::thread workers[6];

    static void reset() {
        shared = ended = 0;
        for (watched& s : seen) {
            s = 0;
        }
        for (std::atomic<uint32_t>& lock : locks) {
            lock = 0;
        }
    }
    static void work(void* argument) {
        for (const step s : *static_cast<const std::vector<step>*>(argument)) {
            host::schedule_point(host::point::interlocked, &shared);
            s();
        }
    }
    static void scenario(void* argument) {
        auto& me = *static_cast<planted*>(argument);
        host::host_interface& h = host::current();
        h.adopt(main);
        for (size_t i = 0; i < me.threads.size(); ++i) {
            h.start(workers[i], {}, work, &me.threads[i]);
        }
        for (size_t i = 0; i < me.threads.size(); ++i) {
            h.join(workers[i]);
        }
        ended = 1;
    }
};

void nothing() {}

std::vector<planted::step> idle(size_t steps) {
    return std::vector<planted::step>(steps, nothing);
}

template <int Lock>
void take() {
    std::atomic<uint32_t>& word = planted::locks[Lock];
    while (word.exchange(1) != 0) {
        host::current().wait(word, 1, host::no_deadline);
    }
}
template <int Lock>
void give() {
    planted::locks[Lock] = 0;
    host::current().wake(planted::locks[Lock], 1);
}
template <int Slot>
void see() {
    planted::seen[Slot] = planted::shared.load();
}
template <int Value>
void set() {
    planted::shared = Value;
}
template <int Slot>
void add_to_seen() {
    planted::shared = planted::seen[Slot] + 1;
}

class planted_run {
public:
    planted_run() : pages_(steps_max) {}

    bool fails(planted& program, host::strategy& how) {
        planted::reset();
        host::journalist writes(how, pages_, nullptr);
        return sim_.run(writes, planted::scenario, &program).how != host::outcome::redundant &&
               program.fails();
    }
    [[nodiscard]] explore::failing_trail trail() const {
        explore::failing_trail out{pages_.trail(), {pages_.preemptions(), pages_.switches(), 0}};
        out.cost.choices = out.choices.size();
        return out;
    }

private:
    host::journal pages_;
    host::sim sim_{{}};
};

// The fewest preemptions of a failing schedule.
uint32_t fewest(planted& program) {
    planted_run run;
    for (uint32_t bound = 0;; ++bound) {
        host::depth_first how(bound);
        while (!how.finished()) {
            if (run.fails(program, how)) {
                return bound;
            }
        }
    }
}

// Shrinks whatever random schedules fail with.
void expect_shrinks_to(uint32_t known, planted program) {
    ASSERT_EQ(fewest(program), known);
    planted_run run;
    uint64_t failures = 0;
    uint64_t runs_of_all = 0;
    for (uint64_t seed = 1; seed <= seeds; ++seed) {
        host::random_walk how(seed);
        if (!run.fails(program, how)) {
            continue;
        }
        ++failures;
        const explore::failing_trail found = run.trail();
        uint64_t runs = 0;
        const explore::failing_trail out = explore::shrink(
            found,
            [&](const explore::trail& candidate, explore::failing_trail& ran) {
                host::replay again(candidate);
                const bool failed = run.fails(program, again);
                ran = run.trail();
                return failed;
            },
            [&](uint64_t preemptions, explore::failing_trail& ran, uint64_t& searched) {
                const host::replay like({});
                host::depth_first fewer(static_cast<uint32_t>(preemptions), like);
                for (uint64_t i = 0; i < search_schedules && !fewer.finished(); ++i) {
                    ++searched;
                    if (run.fails(program, fewer)) {
                        ran = run.trail();
                        return explore::search_end::found;
                    }
                }
                return fewer.finished() ? explore::search_end::none : explore::search_end::given_up;
            },
            shrink_runs, runs);
        EXPECT_EQ(out.cost.preemptions, known)
            << "seed " << seed << ": from " << host::trail_to_text(found.choices) << " to "
            << host::trail_to_text(out.choices);
        host::replay again(out.choices);
        EXPECT_TRUE(run.fails(program, again));
        runs_of_all += runs;
    }
    EXPECT_GT(failures, 0u);
    std::printf("%lu failing schedules, %lu runs to shrink one\n", failures,
                runs_of_all / std::max<uint64_t>(failures, 1));
}

// Two threads read, and write back later.
TEST(explore_minimum, lost_update) {
    expect_shrinks_to(1, {{{nothing, see<0>, nothing, add_to_seen<0>, nothing},
                           {nothing, see<1>, nothing, add_to_seen<1>, nothing},
                           idle(8),
                           idle(8)},
                          [] { return planted::ended && planted::shared != 2; }});
}

// One thread sees what another one takes back.
TEST(explore_minimum, glimpse) {
    expect_shrinks_to(2, {{{nothing, see<0>, nothing, nothing, see<1>, nothing},
                           {nothing, nothing, set<1>, set<0>, nothing},
                           idle(6),
                           idle(10)},
                          [] { return planted::seen[0] == 0 && planted::seen[1] == 1; }});
}

// One thread sees each of three values that another one sets.
TEST(explore_minimum, three_values_seen) {
    expect_shrinks_to(
        4,
        {{{see<0>, nothing, see<1>, nothing, see<2>},
          {nothing, set<1>, nothing, set<2>, nothing, set<3>, nothing},
          idle(4)},
         [] { return planted::seen[0] == 1 && planted::seen[1] == 2 && planted::seen[2] == 3; }});
}

// The last one to look decides outside the lock.
TEST(explore_minimum, look_outside_the_lock) {
    expect_shrinks_to(1, {{{take<0>, nothing, see<0>, give<0>, take<0>, add_to_seen<0>, give<0>},
                           {take<0>, nothing, see<1>, give<0>, take<0>, add_to_seen<1>, give<0>},
                           {take<0>, nothing, give<0>, take<0>, give<0>},
                           idle(5)},
                          [] { return planted::ended && planted::shared != 2; }});
}

TEST(explore_minimum, two_locks_in_two_orders) {
    expect_shrinks_to(1, {{{nothing, take<0>, nothing, take<1>, give<1>, give<0>},
                           {take<1>, nothing, take<0>, give<0>, nothing, give<1>},
                           {take<2>, nothing, give<2>},
                           idle(7)},
                          [] { return !planted::ended; }});
}

TEST(explore_minimum, three_locks_in_a_ring) {
    expect_shrinks_to(1, {{{take<0>, nothing, take<1>, give<1>, give<0>},
                           {take<1>, nothing, take<2>, give<2>, give<1>},
                           {nothing, take<2>, take<0>, give<0>, give<2>},
                           idle(3)},
                          [] { return !planted::ended; }});
}

}  // namespace
