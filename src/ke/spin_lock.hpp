// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Spin locks: KSPIN_LOCK (plain, queued) and EX_SPIN_LOCK (reader-writer).
//
// Documents: "Introduction to Spin Locks", "Queued Spin Locks", "Reader-Writer Spin Locks".
//
// A thread that holds a spin lock holds a virtual processor, so holders run; who waits spins a
// little and then sleeps (ke::parking) without giving its processor back. The lock words lie in
// driver memory and hold a number, never a pointer that is followed:
//
//     KSPIN_LOCK     0 free; thread address | 1 held; | 2 somebody sleeps
//     EX_SPIN_LOCK   bit 31 a writer holds it or waits for the readers to leave; bit 30 somebody
//                    sleeps; below, the number of readers
//
//   free -> held       [acquire]                held -> free     [release; wakes if somebody
//   sleeps] n readers -> n+1   [acquire_shared, unless a writer holds it or waits] n readers -> n
//   readers and a writer waiting -> held          [acquire_exclusive]
//
// The caller is at or above DISPATCH_LEVEL. A second acquire by the holder is bug check 0x0F,
// a release by somebody else 0x10. Queued locks are not fairer than plain ones.

#pragma once

#include <atomic>
#include <cstdint>

#include "ke/thread.hpp"
#include "wdk/abi/ex.h"
#include "wdk/abi/ke.h"

namespace ke {

void initialize(KSPIN_LOCK& lock) noexcept;

/// What a plain lock holds while the thread has it and nobody sleeps.
inline KSPIN_LOCK mark_of(const thread& self) noexcept {
    return reinterpret_cast<KSPIN_LOCK>(&self) | 1;
}

inline bool try_acquire(thread& self, KSPIN_LOCK& lock) noexcept {
    host::schedule_point(host::point::lock, &lock);
    KSPIN_LOCK none = 0;
    return std::atomic_ref<KSPIN_LOCK>(lock).compare_exchange_strong(none, mark_of(self),
                                                                     std::memory_order_acquire);
}

void acquire_slowly(thread& self, KSPIN_LOCK& lock, const void* caller) noexcept;
inline void acquire(thread& self, KSPIN_LOCK& lock, const void* caller) noexcept {
    OPENWSK_ASSERT(self.held_ranks == 0);
    if (OPENWSK_UNLIKELY(!try_acquire(self, lock))) {
        acquire_slowly(self, lock, caller);
    }
}

void released(thread& self, KSPIN_LOCK& lock, KSPIN_LOCK before, const void* caller) noexcept;
inline void release(thread& self, KSPIN_LOCK& lock, const void* caller) noexcept {
    const KSPIN_LOCK before =
        std::atomic_ref<KSPIN_LOCK>(lock).exchange(0, std::memory_order_release);
    if (OPENWSK_UNLIKELY(before != mark_of(self))) {
        released(self, lock, before, caller);
    }
}

/// True while nobody holds it.
bool is_free(const KSPIN_LOCK& lock) noexcept;

void acquire_shared(thread& self, EX_SPIN_LOCK& lock) noexcept;
bool try_acquire_shared(thread& self, EX_SPIN_LOCK& lock) noexcept;
void release_shared(thread& self, EX_SPIN_LOCK& lock, const void* caller) noexcept;
void acquire_exclusive(thread& self, EX_SPIN_LOCK& lock) noexcept;
bool try_acquire_exclusive(thread& self, EX_SPIN_LOCK& lock) noexcept;
void release_exclusive(thread& self, EX_SPIN_LOCK& lock, const void* caller) noexcept;
/// Makes the only reader the writer; false, and it stays a reader, if there are others.
bool try_convert_exclusive(thread& self, EX_SPIN_LOCK& lock) noexcept;

}  // namespace ke
