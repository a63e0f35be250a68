// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Fast mutexes and guarded mutexes, which are one structure.
//
// Documents: "Fast Mutexes and Guarded Mutexes", ExAcquireFastMutex, KeAcquireGuardedMutex.
//
//     free     Count 1
//     held     Count 0, Owner the thread
//     slept on Count -1, Owner the thread; sleepers wait in ke::parking
//
//   free -> held [acquire, try_acquire]     held, slept on -> free [release]
//
// What else an acquire does (raise to APC_LEVEL, enter a guarded region, nothing) is the caller's
// business. IRQL <= APC_LEVEL. Not recursive.

#pragma once

#include "ke/thread.hpp"
#include "wdk/abi/ex.h"

namespace ex {

/// Makes it free, whatever the memory held. Any IRQL.
void initialize(FAST_MUTEX& mutex) noexcept;
/// Waits for it. caller, an address in the driver, is named if self owns it already (rule
/// mutex-recursive).
void acquire(ke::thread& self, FAST_MUTEX& mutex, const void* caller) noexcept;
/// False if anybody has it, self included.
bool try_acquire(ke::thread& self, FAST_MUTEX& mutex) noexcept;
/// Rule mutex-not-owned if self does not own it.
void release(ke::thread& self, FAST_MUTEX& mutex, const void* caller) noexcept;

}  // namespace ex
