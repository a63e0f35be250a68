// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "base/assert.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>

#include <unistd.h>

namespace base {
namespace {

// Written once at start, read only when an invariant broke; relaxed is enough for a pointer that
// refers to immutable code.
std::atomic<panic_hook> hook_{nullptr};
std::atomic_flag panicking_ = ATOMIC_FLAG_INIT;

constexpr int exit_internal = 70;

}  // namespace

void set_panic_hook(panic_hook hook) noexcept {
    hook_.store(hook, std::memory_order_relaxed);
}

void panic(const char* what, const char* file, int line) noexcept {
    char text[512];
    const char* slash = std::strstr(file, "src/");
    int length = std::snprintf(text, sizeof text, "internal error in openwsk: %s (%s:%d)\n", what,
                               slash != nullptr ? slash : file, line);
    if (length < 0) {
        length = 0;
    }
    const size_t bytes =
        static_cast<size_t>(length) < sizeof text ? static_cast<size_t>(length) : sizeof text - 1;
    (void)!write(STDERR_FILENO, text, bytes);
    if (!panicking_.test_and_set()) {
        if (panic_hook hook = hook_.load(std::memory_order_relaxed)) {
            hook(text);
        }
    }
    _exit(exit_internal);
}

}  // namespace base
