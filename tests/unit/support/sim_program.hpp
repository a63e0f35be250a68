// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Small programs on a simulated machine, run under every schedule of a search or under many random
// ones. The machine has only the parts that the program names, and is made anew for each run, so
// that runs are short and what a search calls dependent is really shared.
//
// Environment:
//
//   OPENWSK_REPLAY=<search>:<trail>   run only this search, once, along the trail it printed
//   OPENWSK_SCHEDULES=<n>             so many runs of each random strategy, instead of the test's

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "base/machine.hpp"
#include "host/explore.hpp"
#include "host/sim.hpp"
#include "ke/kernel.hpp"
#include "ke/thread.hpp"

#if OPENWSK_ASAN
#include <sanitizer/lsan_interface.h>
#endif

namespace test {

/// A machine inside a simulation; threads are started together and joined by run().
class sim_machine {
public:
    explicit sim_machine(base::machine_options options = {})
        : machine_(host::current(), patient(options)) {
        machine_.install(std::unique_ptr<ke::kernel>(new (std::nothrow) ke::kernel(machine_)));
        ke::attach(machine_);
    }
    sim_machine(const sim_machine&) = delete;
    sim_machine& operator=(const sim_machine&) = delete;
    ~sim_machine() { ke::detach(); }

    template <class Part>
    Part& add() {
        return machine_.install(std::unique_ptr<Part>(new (std::nothrow) Part(machine_)));
    }
    base::machine& get() { return machine_; }

    /// Runs the bodies as threads of the machine and waits for all of them.
    void run(std::initializer_list<std::function<void()>> bodies) {
        run(std::span<const std::function<void()>>(bodies.begin(), bodies.size()));
    }
    void run(std::span<const std::function<void()>> bodies) {
        ASSERT_LE(bodies.size(), threads_.size());
        // The bodies are best kept on the scenario's stack, not in the heap: a run that is given up
        // is never unwound.
        for (size_t i = 0; i < bodies.size(); ++i) {
            ke::thread& t = threads_[i];
            t.machine = &machine_;
            t.home = &machine_.get<ke::kernel>();
            t.ordinal = static_cast<uint32_t>(100 + i);
            t.id = t.ordinal * 4;
            host::current().start(t, {}, enter, const_cast<std::function<void()>*>(&bodies[i]));
        }
        for (size_t i = 0; i < bodies.size(); ++i) {
            host::current().join(threads_[i]);
        }
    }

private:
    // A wait that reports what it waits for wakes up for it. A lost wake-up must not be mended by
    // that: unless the program chose a time, the report comes after the simulation has given up.
    static base::machine_options patient(base::machine_options options) {
        if (options.stuck_after_ms == base::machine_options{}.stuck_after_ms) {
            options.stuck_after_ms = uint64_t{1000} * 3600 * 24;
        }
        return options;
    }

    // As every thread of the machine does it.
    static void enter(void* argument) {
        (*static_cast<std::function<void()>*>(argument))();
        ke::drain_deferred(ke::current());
    }

    base::machine machine_;
    std::array<ke::thread, 6> threads_;
};

/// What threads of a program write down about what they watch: one thread at a time runs anyhow,
/// and ThreadSanitizer is told of no order, which would hide races of what is watched.
template <class T>
class noted {
public:
    noted(T value = {}) noexcept : value_(value) {}
    T operator=(T value) noexcept {
        value_.store(value, std::memory_order_relaxed);
        return value;
    }
    operator T() const noexcept { return value_.load(std::memory_order_relaxed); }
    T operator->() const noexcept { return *this; }
    T operator++() noexcept { return *this += 1; }
    T operator--() noexcept { return value_.fetch_sub(1, std::memory_order_relaxed) - 1; }
    T operator+=(T more) noexcept {
        return value_.fetch_add(more, std::memory_order_relaxed) + more;
    }

private:
    std::atomic<T> value_;
};

/// What a number of runs showed.
struct exploration {
    uint64_t complete = 0;   ///< runs that came to their end
    uint64_t redundant = 0;  ///< runs given up because an equivalent one was done
    bool finished = false;   ///< a search ran every schedule
    std::string failure;     ///< the first failure, with the trail that replays it
};

/// A program returns an empty text, or what went wrong.
using program = std::function<std::string()>;

/// The line that repeats a run, as printed with a failure.
inline std::string replay_line(const char* search, const std::vector<uint32_t>& trail) {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    return std::string("replay: OPENWSK_REPLAY='") + search + ":" + host::trail_to_text(trail) +
           "' --gtest_filter=" + test->test_suite_name() + "." + test->name();
}

/// While it lives, an assertion of the runtime that fails prints how to repeat the run.
class replay_on_panic {
public:
    replay_on_panic(const char* search, const host::sim& s) {
        search_ = search;
        sim_ = &s;
        base::set_panic_hook([](const char*) noexcept {
            std::fprintf(stderr, "%s\n", replay_line(search_, sim_->trail()).c_str());
        });
    }
    replay_on_panic(const replay_on_panic&) = delete;
    replay_on_panic& operator=(const replay_on_panic&) = delete;
    ~replay_on_panic() { base::set_panic_hook(nullptr); }

private:
    inline static const char* search_ = nullptr;
    inline static const host::sim* sim_ = nullptr;
};

/// What a run that the strategy gives up had allocated for the test stays behind with its stacks,
/// which never unwind: no leak that LeakSanitizer should report. The runtime's own objects lie in
/// the simulation's arena.
struct abandoned_runs_lose_memory {
#if OPENWSK_ASAN
    abandoned_runs_lose_memory() {
        __lsan_disable();
    }
    ~abandoned_runs_lose_memory() {
        __lsan_enable();
    }
#else
    abandoned_runs_lose_memory() {}
    ~abandoned_runs_lose_memory() {}
#endif
    abandoned_runs_lose_memory(const abandoned_runs_lose_memory&) = delete;
    abandoned_runs_lose_memory& operator=(const abandoned_runs_lose_memory&) = delete;
};

/// Runs the program until the strategy has finished or `runs` is reached.
template <class Strategy>
exploration explore(Strategy& how, uint64_t runs, const program& what,
                    host::sim_options options = {}, const char* search = "") {
    struct call {
        const program* what;
        std::string answer;
    };
    exploration out;
    host::sim s(options);
    replay_on_panic scope(search, s);
    for (uint64_t i = 0; i < runs; ++i) {
        if constexpr (requires { how.finished(); }) {
            if (how.finished()) {
                break;
            }
        }
        call c{&what, {}};
        const abandoned_runs_lose_memory scope_of_run;
        const host::run_result r = s.run(
            how,
            [](void* argument) {
                auto& me = *static_cast<call*>(argument);
                me.answer = (*me.what)();
            },
            &c);
        std::string why = c.answer;
        switch (r.how) {
            case host::outcome::finished:
                ++out.complete;
                break;
            case host::outcome::redundant:
                ++out.redundant;
                continue;
            case host::outcome::deadlock:
                why = "deadlock\n" + r.waiting;
                break;
            case host::outcome::exhausted:
                why = "no end after " + std::to_string(r.steps) + " steps and " +
                      std::to_string(r.time_ns / 1000000000) + " s of its time";
                break;
        }
        if (!why.empty()) {
            out.failure = why + " [run " + std::to_string(i) + "]\n" + replay_line(search, r.trail);
            return out;
        }
    }
    if constexpr (requires { how.finished(); }) {
        out.finished = how.finished();
    }
    return out;
}

/// The trail to replay if the environment asks for this search; nothing at all if it asks for
/// another one.
struct replay_wish {
    bool replays = false;  ///< the environment asks for a replay
    bool mine = false;     ///< of this search
    std::vector<uint32_t> trail;
};

inline replay_wish wish_for(const std::string& search) {
    replay_wish w;
    const char* text = std::getenv("OPENWSK_REPLAY");
    if (text == nullptr) {
        return w;
    }
    w.replays = true;
    const std::string wish = text;
    w.mine = wish.compare(0, search.size() + 1, search + ":") == 0;
    if (w.mine) {
        EXPECT_TRUE(host::trail_from_text(wish.substr(search.size() + 1), w.trail))
            << "OPENWSK_REPLAY holds no trail";
    }
    return w;
}

template <class Strategy>
host::replay replay_of(const std::vector<uint32_t>& trail, const Strategy& recorded_by) {
    if constexpr (std::is_same_v<Strategy, host::depth_first>) {
        return host::replay(trail, recorded_by);
    } else {
        return host::replay(trail);
    }
}

/// ThreadSanitizer asks of each schedule whether something in it was unordered, which few schedules
/// answer as well as many, and makes a run a hundred times slower: it gets so many at random.
inline constexpr uint64_t tsan_runs = 1000;

/// Explores, prints what was done, and fails the test with a line that repeats the run. A
/// depth-first search without a bound must come to its end.
template <class Strategy>
void search(const std::string& name, Strategy& how, uint64_t runs, const program& what,
            host::sim_options options = {}) {
    constexpr bool is_search = std::is_same_v<Strategy, host::depth_first>;
    const replay_wish wish = wish_for(name);
    if (wish.replays) {
        if (wish.mine) {
            host::replay again = replay_of(wish.trail, how);
            const exploration e = explore(again, 1, what, options, name.c_str());
            if (!e.failure.empty()) {
                ADD_FAILURE() << name << ", replayed: " << e.failure;
            }
        }
        return;
    }
    if (const char* n = std::getenv("OPENWSK_SCHEDULES"); n != nullptr && !is_search) {
        runs = std::strtoull(n, nullptr, 10);
    }
    if constexpr (OPENWSK_TSAN != 0 && is_search) {
        host::random_walk by_chance(1);
        search(name + ", random", by_chance, tsan_runs, what, options);
        return;
    }
    if constexpr (OPENWSK_TSAN != 0) {
        runs = std::min(runs, tsan_runs);
    }
    // Processor time: what other processes do does not show.
    const std::clock_t begin = std::clock();
    const exploration e = explore(how, runs, what, options, name.c_str());
    const double took = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    const auto done = static_cast<double>(e.complete + e.redundant);
    std::printf("%s: %lu schedules", name.c_str(), e.complete);
    if constexpr (is_search) {
        std::printf(", %lu given up as redundant", e.redundant);
    }
    std::printf(", %.0f a second", done / std::max(took, 1e-6));
    if constexpr (requires { how.bound(); }) {
        const double p = how.bound();
        std::printf("; a bug of this depth shows with p >= %.2g a run, %.2g in all", p,
                    1 - std::pow(1 - p, done));
    }
    std::printf("\n");
    if (!e.failure.empty()) {
        ADD_FAILURE() << name << ", after " << took << " s: " << e.failure;
    } else if constexpr (is_search) {
        EXPECT_TRUE(e.finished) << name << " has not finished";
        EXPECT_GT(e.complete, 1u) << name;
    } else {
        EXPECT_EQ(e.complete, runs) << name;
    }
}

}  // namespace test
