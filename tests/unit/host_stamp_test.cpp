// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Aim: stamps agree with the clock they stand for. Method: a stamp taken between two readings of
// now_ns lies between them when it is translated, up to what reading both clocks takes.

#include <gtest/gtest.h>

#include "host/stamp.hpp"

namespace {

constexpr uint64_t tolerance_ns = 20'000;

TEST(host_stamp, translates_to_the_time_it_was_taken) {
    host::host_interface& h = host::linux_host();
    const host::stamp_clock clock(h);
    while (h.now_ns() - clock.start_ns() < 5'000'000) {
    }
    const uint64_t before = h.now_ns() - clock.start_ns();
    const uint64_t stamp = clock.now();
    const uint64_t after = h.now_ns() - clock.start_ns();
    const uint64_t elapsed = clock.read().elapsed_ns(stamp);
    EXPECT_GE(elapsed + tolerance_ns, before);
    EXPECT_LE(elapsed, after + tolerance_ns);
}

TEST(host_stamp, does_not_go_back) {
    const host::stamp_clock clock(host::linux_host());
    const uint64_t first = clock.now();
    const uint64_t second = clock.now();
    const host::stamp_clock::scale scale = clock.read();
    EXPECT_LE(first, second);
    EXPECT_LE(scale.elapsed_ns(first), scale.elapsed_ns(second));
}

}  // namespace
