// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Rundown protection, plain and cache-aware.
//
// Documents: "Run-Down Protection", ExAcquireRundownProtection,
// ExWaitForRundownProtectionRelease.
//
// The word of a reference: twice the number of holders, plus 1 once the rundown has begun.
//
//     protecting (bit 0 clear) -> running down (bit 0 set)    [wait, complete]
//     running down, no holders -> protecting                  [reinitialize]
//
// An acquire that finds bit 0 set fails. The release that brings the count to zero while bit 0 is
// set wakes the waiter through ke::parking and touches the object no more: it may be gone.
//
// A cache-aware reference has one such word for each processor, each on its own line. Acquire and
// release use the current processor's word, so single words may be negative; only the sum counts.
// wait first sets bit 0 of each word: from then on acquires fail, so whatever is held was counted
// before the word's bit was set and is in the sum.
//
// Acquire and release at IRQL <= DISPATCH_LEVEL; wait below it.

#pragma once

#include <cstddef>
#include <cstdint>

#include "ke/thread.hpp"
#include "wdk/abi/ex.h"

namespace ex {

using cache_aware = ::_EX_RUNDOWN_REF_CACHE_AWARE;

/// Makes it protecting and held by nobody.
void initialize(EX_RUNDOWN_REF& r) noexcept;
/// Holds it count times; false once the rundown has begun.
bool acquire(EX_RUNDOWN_REF& r, uint32_t count) noexcept;
/// Gives count holds back; rule rundown-over-release if there are fewer.
void release(ke::thread& self, EX_RUNDOWN_REF& r, uint32_t count, const void* caller) noexcept;
/// Begins the rundown and waits until nobody holds the reference.
void wait(ke::thread& self, EX_RUNDOWN_REF& r) noexcept;
/// Marks it run down; nobody holds it.
void complete(EX_RUNDOWN_REF& r) noexcept;

/// Bytes of a cache-aware reference on the calling thread's machine.
size_t cache_aware_bytes(ke::thread& self) noexcept;
/// Puts a cache-aware reference into bytes of memory; false if they are not enough for one word.
bool initialize_cache_aware(ke::thread& self, void* memory, size_t bytes) noexcept;
/// Those below: as above. Too many releases are not seen, because only the sum of the words counts.
void reinitialize_cache_aware(cache_aware& r) noexcept;
bool acquire(ke::thread& self, cache_aware& r, uint32_t count) noexcept;
void release(ke::thread& self, cache_aware& r, uint32_t count) noexcept;
void wait(ke::thread& self, cache_aware& r) noexcept;
void complete(cache_aware& r) noexcept;

}  // namespace ex
