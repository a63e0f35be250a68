// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Threads of the real host: start and join, where they wait.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "host/backtrace.hpp"
#include "host/host.hpp"
#include "host/symbolize.hpp"

namespace {

TEST(host_linux, a_thread_can_be_joined_before_it_has_run) {
    // One object for all: the next start must not be taken for the one before it.
    static host::thread t;
    host::host_interface& h = host::linux_host();
    std::atomic<uint32_t> ran{0};
    for (uint32_t i = 1; i <= 200; ++i) {
        ASSERT_TRUE(h.start(
            t, {}, [](void* count) { ++*static_cast<std::atomic<uint32_t>*>(count); }, &ran));
        h.join(t);
        ASSERT_EQ(ran.load(), i);
    }
}

__attribute__((noinline)) void sleep_on(std::atomic<uint32_t>& word) {
    while (word.load() == 0) {
        host::linux_host().wait(word, 0, host::no_deadline);
    }
}

TEST(host_linux, shows_where_another_thread_waits_and_nothing_when_it_does_not) {
    static host::thread t;
    host::host_interface& h = host::linux_host();
    std::atomic<uint32_t> word{0};
    ASSERT_TRUE(h.start(
        t, {}, [](void* w) { sleep_on(*static_cast<std::atomic<uint32_t>*>(w)); }, &word));
    const void* frames[16];
    size_t depth = 0;
    const uint64_t end = h.now_ns() + 20000000000;
    while (depth == 0 && h.now_ns() < end) {
        depth = host::backtrace_of(t, frames, 16);
        h.spin(100);
    }
    const bool found = std::any_of(frames, frames + depth, [](const void* f) {
        host::location at;
        host::locate(static_cast<const char*>(f) - 1, at);
        return std::strstr(at.function, "sleep_on") != nullptr;
    });
    EXPECT_TRUE(found) << depth << " frames";
    word.store(1);
    h.wake(word, 1);
    h.join(t);
    EXPECT_EQ(host::backtrace_of(t, frames, 16), 0u);
}

}  // namespace
