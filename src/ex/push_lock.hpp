// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Push locks: pointer-sized reader-writer locks that block.
//
// Document: "Push Locks" (ExAcquirePushLockExclusive and its relatives).
//
// The word lies in driver memory; sleepers wait in ke::parking.
//
//     free         0
//     shared       number of readers << 4 | 8
//     exclusive    address of the owner | 1
//     | 2          somebody sleeps;   | 4   a writer waits: no new readers
//
//   free -> exclusive        [acquire_exclusive]
//   free, shared -> shared   [acquire_shared, unless a writer waits]
//   exclusive, shared -> ... -> free   [release; wakes if somebody sleeps]
//
// IRQL <= APC_LEVEL. Not recursive (rule mutex-recursive).

#pragma once

#include "ke/thread.hpp"
#include "wdk/abi/ex.h"

namespace ex {

/// Makes it free, whatever the memory held. Any IRQL.
void initialize(EX_PUSH_LOCK& lock) noexcept;
/// Both wait. caller, an address in the driver, is named if self owns it exclusively already (rule
/// mutex-recursive); who has it shared is not known.
void acquire_exclusive(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept;
void acquire_shared(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept;
/// Rule push-lock-not-owned if it is not held so.
void release_exclusive(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept;
void release_shared(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept;

}  // namespace ex
