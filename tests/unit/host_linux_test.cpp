// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Threads of the real host: start and join.

#include <gtest/gtest.h>

#include <atomic>

#include "host/host.hpp"

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

}  // namespace
