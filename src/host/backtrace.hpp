// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Stacks of the calling thread, by frame pointers: the runtime and every driver are built with
// -fno-omit-frame-pointer, so a walk costs a few nanoseconds a frame and needs no memory. Frames of
// code built without frame pointers are skipped; every step is checked against the limits of the
// stack, so a walk never faults.

#pragma once

#include <cstddef>
#include <cstdint>

namespace host {

class thread;

struct stack_limits {
    uintptr_t low;   ///< lowest usable address
    uintptr_t high;  ///< one past the highest
};

/// The stack the calling thread runs on. Found once per OS thread; a host that switches stacks says
/// so with set_stack_limits at each switch.
const stack_limits& current_stack() noexcept;
void set_stack_limits(const stack_limits& limits) noexcept;

/// Return addresses of the callers of this function, innermost first. Any IRQL, any lock held.
size_t backtrace(const void** frames, size_t capacity) noexcept;

/// The same from a frame pointer that was found elsewhere (registers of a fault).
size_t backtrace_from(uintptr_t frame, const void** frames, size_t capacity) noexcept;

/// The stack of another thread that waits in its (real) host; 0 when it runs. The caller keeps the
/// thread from ending. What a thread that wakes up meanwhile leaves is dropped.
size_t backtrace_of(const thread& waiter, const void** frames, size_t capacity) noexcept;

}  // namespace host
