// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// ThreadSanitizer must see through both hosts: a planted race is reported, correct locking is not.
// Without the sanitizer there is nothing to show, so the file is empty then.

#include "base/annotate.hpp"

#if OPENWSK_TSAN

#include <gtest/gtest.h>

#include <cstdlib>

#include "host/explore.hpp"
#include "host/mutex.hpp"
#include "host/sim.hpp"

namespace {

constexpr int exit_race = 66;  // ThreadSanitizer's exit code
constexpr int exit_clean = 0;

struct shared_state {
    bool locked = false;
    int value = 0;
    host::mutex m{base::lock_rank::leaf};
};

void touch(void* argument) {
    shared_state& s = *static_cast<shared_state*>(argument);
    for (int i = 0; i < 20; ++i) {
        if (s.locked) {
            host::guard g(s.m);
            ++s.value;
        } else {
            host::schedule_point(host::point::interlocked, &s);
            ++s.value;
        }
    }
}

void two_threads(void* argument) {
    static host::thread threads[2];
    host::host_interface& h = host::current();
    for (host::thread& t : threads) {
        h.start(t, {}, touch, argument);
    }
    for (host::thread& t : threads) {
        h.join(t);
    }
}

void scenario(void* argument) {
    static host::thread main;
    host::current().adopt(main);
    two_threads(argument);
}

[[noreturn]] void run_simulated(bool locked) {
    host::sim s({});
    host::random_walk how(1);
    for (int i = 0; i < 20; ++i) {
        shared_state state;
        state.locked = locked;
        s.run(how, scenario, &state);
    }
    std::exit(exit_clean);
}

[[noreturn]] void run_real(bool locked) {
    static host::thread main;
    host::linux_host().adopt(main);
    for (int i = 0; i < 50; ++i) {
        shared_state state;
        state.locked = locked;
        two_threads(&state);
    }
    std::exit(exit_clean);
}

TEST(host_race, simulated_host_shows_a_planted_race) {
    EXPECT_EXIT(run_simulated(false), testing::ExitedWithCode(exit_race), "data race");
}

TEST(host_race, simulated_host_accepts_correct_locking) {
    EXPECT_EXIT(run_simulated(true), testing::ExitedWithCode(exit_clean), "");
}

TEST(host_race, real_host_shows_a_planted_race) {
    EXPECT_EXIT(run_real(false), testing::ExitedWithCode(exit_race), "data race");
}

TEST(host_race, real_host_accepts_correct_locking) {
    EXPECT_EXIT(run_real(true), testing::ExitedWithCode(exit_clean), "");
}

}  // namespace

#endif
