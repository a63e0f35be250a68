// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/backtrace.hpp"

#include <pthread.h>

#include "base/annotate.hpp"

namespace host {
namespace {

thread_local stack_limits limits_ __attribute__((tls_model("initial-exec"))) = {0, 0};

stack_limits find_limits() noexcept {
    pthread_attr_t attributes;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return {0, 0};
    }
    void* low = nullptr;
    size_t bytes = 0;
    pthread_attr_getstack(&attributes, &low, &bytes);
    pthread_attr_destroy(&attributes);
    const auto base = reinterpret_cast<uintptr_t>(low);
    return {base, base + bytes};
}

constexpr size_t frame_bytes = 2 * sizeof(uintptr_t);

}  // namespace

const stack_limits& current_stack() noexcept {
    if (OPENWSK_UNLIKELY(limits_.high == 0)) {
        set_stack_limits(find_limits());
    }
    return limits_;
}

// Not for ThreadSanitizer: the simulated host's fibers share the variable of their OS thread.
OPENWSK_NO_TSAN void set_stack_limits(const stack_limits& limits) noexcept {
    limits_ = limits;
}

OPENWSK_UNSANITIZED size_t backtrace_from(uintptr_t frame, const void** frames,
                                          size_t capacity) noexcept {
    const stack_limits& stack = current_stack();
    uintptr_t lowest = stack.low;
    size_t count = 0;
    while (count < capacity && frame >= lowest && frame + frame_bytes <= stack.high &&
           frame % sizeof(uintptr_t) == 0) {
        const auto* words = reinterpret_cast<const uintptr_t*>(frame);
        if (words[1] == 0) {
            break;
        }
        frames[count++] = reinterpret_cast<const void*>(words[1]);
        lowest = frame + frame_bytes;
        frame = words[0];
    }
    return count;
}

__attribute__((noinline)) size_t backtrace(const void** frames, size_t capacity) noexcept {
    return backtrace_from(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)), frames,
                          capacity);
}

}  // namespace host
