// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Fibers for the simulated host: Boost.Context's fcontext plus what AddressSanitizer and
// ThreadSanitizer must be told about a change of stack.
//
// A fiber is pooled and abandoned, never unwound: an unfinished one simply is not resumed any more.
// The code that switches is compiled without ThreadSanitizer, and become() announces who runs with
// "no synchronisation", so that only the runtime's own primitives order two fibers and a race of
// the simulated driver stays visible although everything runs on one OS thread.

#pragma once

#include <cstddef>

namespace host {

/// Tells ThreadSanitizer that what the caller did before happens before what follows an
/// order_acquire of the same address. For orders that uninstrumented code establishes.
void order_release(void* address) noexcept;
void order_acquire(void* address) noexcept;

/// ThreadSanitizer forgets all accesses it saw.
void forget_accesses() noexcept;

class fiber {
public:
    using entry_fn = void (*)(void* argument);

    fiber() = default;
    fiber(const fiber&) = delete;
    fiber& operator=(const fiber&) = delete;
    ~fiber();

    /// Makes the calling OS thread's own stack a fiber, so that others can switch back to it.
    void adopt_current() noexcept;

    /// Prepares entry(argument) to run on the stack [base, base + bytes) at the next switch.
    /// entry must not return: it switches away for good with finished == true.
    void prepare(void* base, size_t bytes, entry_fn entry, void* argument) noexcept;

    /// Leaves this fiber, which runs, for another one. Returns when somebody switches back. With
    /// finished, never returns and the stack may be reused as soon as the other fiber runs.
    void switch_to(fiber& other, bool finished = false) noexcept;

    /// The fiber has nothing left to do on its stack. What ThreadSanitizer knows about it is good
    /// for the next prepare() then, which saves most of the time that a short run takes.
    void unwound() noexcept { unwound_ = true; }

    /// Tells ThreadSanitizer that what follows is done by this fiber, without ordering it after
    /// anything. The scheduler works in the name of the fiber that called run(), so that its
    /// containers belong to one thread in the sanitizer's eyes.
    void become() noexcept;

private:
    void arrived(void* from_context) noexcept;

    void* context_ = nullptr;
    void* stack_base_ = nullptr;
    size_t stack_bytes_ = 0;
    entry_fn entry_ = nullptr;
    void* argument_ = nullptr;
    void* asan_fake_stack_ = nullptr;
    void* tsan_fiber_ = nullptr;
    bool owns_tsan_fiber_ = false;
    bool unwound_ = false;
    fiber* came_from_ = nullptr;
};

}  // namespace host
