// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/push_lock.hpp"

#include <atomic>

#include "ke/parking.hpp"
#include "verify/violation.hpp"

namespace ex {
namespace {

constexpr ULONG_PTR exclusive = 1;
constexpr ULONG_PTR sleepers = 2;
constexpr ULONG_PTR writer_waits = 4;
constexpr ULONG_PTR shared = 8;
constexpr ULONG_PTR one_reader = 16;
constexpr ULONG_PTR waits = sleepers | writer_waits;

std::atomic_ref<ULONG_PTR> word_of(EX_PUSH_LOCK& lock) noexcept {
    return std::atomic_ref<ULONG_PTR>(lock);
}

ULONG_PTR owned_by(const ke::thread& self) noexcept {
    static_assert(alignof(ke::thread) > (exclusive | waits));
    return reinterpret_cast<ULONG_PTR>(&self) | exclusive;
}

void check_not_owner(const ke::thread& self, EX_PUSH_LOCK& lock, ULONG_PTR seen,
                     const void* caller) noexcept {
    if (OPENWSK_UNLIKELY((seen & ~waits) == owned_by(self))) {
        verify::violation(verify::rule::mutex_recursive, caller, &lock,
                          "the push lock at %p is acquired by the thread that owns it",
                          static_cast<void*>(&lock));
    }
}

void not_held(EX_PUSH_LOCK& lock, const char* mode, const void* caller) noexcept {
    verify::violation(verify::rule::push_lock_not_owned, caller, &lock,
                      "the push lock at %p is released %s, but not held so by this thread",
                      static_cast<void*>(&lock), mode);
}

}  // namespace

void initialize(EX_PUSH_LOCK& lock) noexcept {
    word_of(lock).store(0, std::memory_order_release);
}

void acquire_exclusive(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept {
    host::schedule_point(host::point::lock, &lock);
    const ULONG_PTR mine = owned_by(self);
    ke::wait_for(self, lock, [&](bool mark) {
        ULONG_PTR seen = word_of(lock).load(std::memory_order_relaxed);
        for (;;) {
            if (seen == 0) {
                if (word_of(lock).compare_exchange_weak(seen, mine, std::memory_order_acquire)) {
                    return true;
                }
                continue;
            }
            check_not_owner(self, lock, seen, caller);
            if (!mark || (seen & waits) == waits ||
                word_of(lock).compare_exchange_weak(seen, seen | waits,
                                                    std::memory_order_relaxed)) {
                return false;
            }
        }
    });
}

void release_exclusive(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept {
    if (OPENWSK_UNLIKELY((word_of(lock).load(std::memory_order_relaxed) & ~waits) !=
                         owned_by(self))) {
        not_held(lock, "exclusively", caller);
    }
    const ULONG_PTR before = word_of(lock).exchange(0, std::memory_order_release);
    if (OPENWSK_UNLIKELY((before & waits) != 0)) {
        ke::parking_of(self).wake_all(&lock);
    }
}

void acquire_shared(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept {
    host::schedule_point(host::point::lock, &lock);
    ke::wait_for(self, lock, [&](bool mark) {
        ULONG_PTR seen = word_of(lock).load(std::memory_order_relaxed);
        for (;;) {
            if ((seen & (exclusive | writer_waits)) == 0) {
                const ULONG_PTR next = (seen | shared) + one_reader;
                if (word_of(lock).compare_exchange_weak(seen, next, std::memory_order_acquire)) {
                    return true;
                }
                continue;
            }
            check_not_owner(self, lock, seen, caller);
            if (!mark || (seen & sleepers) != 0 ||
                word_of(lock).compare_exchange_weak(seen, seen | sleepers,
                                                    std::memory_order_relaxed)) {
                return false;
            }
        }
    });
}

void release_shared(ke::thread& self, EX_PUSH_LOCK& lock, const void* caller) noexcept {
    ULONG_PTR seen = word_of(lock).load(std::memory_order_relaxed);
    ULONG_PTR next = 0;
    do {
        if (OPENWSK_UNLIKELY((seen & shared) == 0 || (seen & exclusive) != 0)) {
            not_held(lock, "shared", caller);
        }
        next = seen - one_reader;
        if (next < one_reader) {
            next = 0;
        }
    } while (!word_of(lock).compare_exchange_weak(seen, next, std::memory_order_release,
                                                  std::memory_order_relaxed));
    if (OPENWSK_UNLIKELY(next == 0 && (seen & waits) != 0)) {
        ke::parking_of(self).wake_all(&lock);
    }
}

}  // namespace ex
