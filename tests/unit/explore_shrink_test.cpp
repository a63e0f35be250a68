// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Shrinking on trails whose failure is known: it ends, keeps what fails, and takes out the rest.

#include "explore/shrink.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace {

using explore::failing_trail;
using explore::trail;

uint64_t switches_of(const trail& t) {
    uint64_t n = 0;
    for (size_t i = 1; i < t.size(); ++i) {
        n += t[i] != t[i - 1] ? 1 : 0;
    }
    return n;
}

failing_trail as_run(const trail& t) {
    return {t, {switches_of(t), switches_of(t), t.size()}};
}

// Fails when the wanted threads come in this order, whatever comes between.
bool holds(const trail& t, const trail& wanted) {
    size_t at = 0;
    for (const uint32_t fiber : t) {
        at += at < wanted.size() && fiber == wanted[at] ? 1 : 0;
    }
    return at == wanted.size();
}

TEST(explore_shrink, takes_out_what_the_failure_does_not_need) {
    trail from;
    for (uint32_t i = 0; i < 60; ++i) {
        from.push_back(i % 5);
    }
    uint64_t runs = 0;
    const failing_trail out = explore::shrink(
        as_run(from),
        [](const trail& t, failing_trail& ran) {
            ran = as_run(t);
            return holds(t, {2, 4, 1});
        },
        nullptr, 2000, runs);
    EXPECT_EQ(out.choices, (trail{2, 4, 1}));
    EXPECT_EQ(out.cost.preemptions, 2u);
    EXPECT_GT(runs, 3u);
    EXPECT_LE(runs, 2000u);
}

TEST(explore_shrink, keeps_a_trail_that_cannot_be_smaller) {
    uint64_t runs = 0;
    const trail from = {0, 0, 1, 0, 2};
    const failing_trail out = explore::shrink(
        as_run(from),
        [&](const trail& t, failing_trail& ran) {
            ran = as_run(t);
            return t == from;
        },
        nullptr, 500, runs);
    EXPECT_EQ(out.choices, from);
    EXPECT_GT(runs, 0u);
    EXPECT_LT(runs, 500u);
}

TEST(explore_shrink, stops_at_its_bound) {
    trail from;
    for (uint32_t i = 0; i < 1000; ++i) {
        from.push_back(i % 7);
    }
    uint64_t runs = 0;
    const failing_trail out = explore::shrink(
        as_run(from),
        [](const trail& t, failing_trail& ran) {
            ran = as_run(t);
            return holds(t, {6, 5, 4, 3, 2, 1, 0});
        },
        nullptr, 10, runs);
    EXPECT_EQ(runs, 10u);
    EXPECT_TRUE(holds(out.choices, {6, 5, 4, 3, 2, 1, 0}));
    EXPECT_LE(out.choices.size(), from.size());
}

TEST(explore_shrink, goes_on_with_what_really_ran) {
    // The program runs thread 9 first, whatever the trail says, and fails if 3 comes behind it.
    uint64_t runs = 0;
    const failing_trail out = explore::shrink(
        as_run({9, 1, 2, 3, 4, 3}),
        [](const trail& t, failing_trail& ran) {
            trail real = t;
            if (real.empty() || real.front() != 9) {
                real.insert(real.begin(), 9);
            }
            ran = as_run(real);
            return holds(real, {9, 3});
        },
        nullptr, 500, runs);
    EXPECT_EQ(out.choices, (trail{9, 3}));
}

TEST(explore_shrink, empty_trail_stays) {
    uint64_t runs = 0;
    const failing_trail out = explore::shrink(
        as_run({}), [](const trail&, failing_trail&) { return true; }, nullptr, 100, runs);
    EXPECT_TRUE(out.choices.empty());
    EXPECT_EQ(runs, 0u);
}

}  // namespace
