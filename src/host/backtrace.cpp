// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/backtrace.hpp"

#include <pthread.h>

#include "base/annotate.hpp"
#include "host/host.hpp"

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

namespace {

OPENWSK_UNSANITIZED size_t walk(uintptr_t frame, const stack_limits& stack, const void** frames,
                                size_t capacity) noexcept {
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

}  // namespace

size_t backtrace_from(uintptr_t frame, const void** frames, size_t capacity) noexcept {
    return walk(frame, current_stack(), frames, capacity);
}

size_t backtrace_of(const thread& waiter, const void** frames, size_t capacity) noexcept {
    const uintptr_t frame = waiter.wait_frame.load(std::memory_order_acquire);
    if (frame == 0) {
        return 0;
    }
    // Above the frame everything is mapped: the thread is not further up its own stack.
    const uintptr_t high = waiter.stack_high.load(std::memory_order_relaxed);
    const size_t depth = walk(frame, {frame, high}, frames, capacity);
    return waiter.wait_frame.load(std::memory_order_acquire) == frame ? depth : 0;
}

__attribute__((noinline)) size_t backtrace(const void** frames, size_t capacity) noexcept {
    return backtrace_from(reinterpret_cast<uintptr_t>(__builtin_frame_address(0)), frames,
                          capacity);
}

}  // namespace host
