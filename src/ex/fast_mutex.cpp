// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/fast_mutex.hpp"

#include <atomic>

#include "ke/dispatcher.hpp"
#include "ke/objects.hpp"
#include "ke/parking.hpp"
#include "verify/violation.hpp"

namespace ex {
namespace {

constexpr LONG free_count = 1;
constexpr LONG held_count = 0;
constexpr LONG slept_on = -1;

std::atomic_ref<LONG> count_of(FAST_MUTEX& m) noexcept {
    return std::atomic_ref<LONG>(m.Count);
}

// Read by threads that do not own the mutex, to recognise themselves.
std::atomic_ref<void*> owner_of(FAST_MUTEX& m) noexcept {
    return std::atomic_ref<void*>(m.Owner);
}

}  // namespace

void initialize(FAST_MUTEX& mutex) noexcept {
    owner_of(mutex).store(nullptr, std::memory_order_relaxed);
    mutex.Contention = 0;
    mutex.OldIrql = 0;
    ke::initialize(mutex.Event, SynchronizationEvent, false);
    count_of(mutex).store(free_count, std::memory_order_release);
}

bool try_acquire(ke::thread& self, FAST_MUTEX& mutex) noexcept {
    host::schedule_point(host::point::lock, &mutex);
    LONG free = free_count;
    if (!count_of(mutex).compare_exchange_strong(free, held_count, std::memory_order_acquire)) {
        return false;
    }
    owner_of(mutex).store(self.object(), std::memory_order_relaxed);
    return true;
}

void acquire(ke::thread& self, FAST_MUTEX& mutex, const void* caller) noexcept {
    if (OPENWSK_LIKELY(try_acquire(self, mutex))) {
        return;
    }
    if (OPENWSK_UNLIKELY(owner_of(mutex).load(std::memory_order_relaxed) == self.object())) {
        verify::violation(verify::rule::mutex_recursive, caller, &mutex,
                          "the mutex at %p is acquired by the thread that owns it",
                          static_cast<void*>(&mutex));
    }
    ke::wait_for(self, mutex.Count, [&](bool mark) {
        LONG seen = count_of(mutex).load(std::memory_order_relaxed);
        for (;;) {
            // A thread that slept leaves the mark: others may sleep as well.
            const LONG next = mark ? slept_on : held_count;
            if (seen == free_count) {
                if (count_of(mutex).compare_exchange_weak(seen, next, std::memory_order_acquire)) {
                    return true;
                }
            } else if (!mark || seen == slept_on ||
                       count_of(mutex).compare_exchange_weak(seen, slept_on,
                                                             std::memory_order_relaxed)) {
                return false;
            }
        }
    });
    owner_of(mutex).store(self.object(), std::memory_order_relaxed);
    ++mutex.Contention;
}

void release(ke::thread& self, FAST_MUTEX& mutex, const void* caller) noexcept {
    if (OPENWSK_UNLIKELY(owner_of(mutex).load(std::memory_order_relaxed) != self.object())) {
        verify::violation(verify::rule::mutex_not_owned, caller, &mutex,
                          "the mutex at %p is released by a thread that does not own it",
                          static_cast<void*>(&mutex));
    }
    owner_of(mutex).store(nullptr, std::memory_order_relaxed);
    if (OPENWSK_UNLIKELY(count_of(mutex).exchange(free_count, std::memory_order_release) ==
                         slept_on)) {
        ke::parking_of(self).wake_all(&mutex.Count);
    }
}

}  // namespace ex
