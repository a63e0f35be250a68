// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/spin_lock.hpp"

#include <atomic>

#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"

namespace ke {
namespace {

constexpr uint32_t bug_already_owned = 0x0F;  // SPIN_LOCK_ALREADY_OWNED
constexpr uint32_t bug_not_owned = 0x10;      // SPIN_LOCK_NOT_OWNED

constexpr KSPIN_LOCK slept_on = 2;

constexpr uint32_t writer = 1u << 31;
constexpr uint32_t sleepers = 1u << 30;
constexpr uint32_t readers = sleepers - 1;

std::atomic_ref<KSPIN_LOCK> word_of(KSPIN_LOCK& lock) noexcept {
    return std::atomic_ref<KSPIN_LOCK>(lock);
}

std::atomic_ref<uint32_t> word_of(EX_SPIN_LOCK& lock) noexcept {
    return std::atomic_ref<uint32_t>(*reinterpret_cast<uint32_t*>(const_cast<LONG*>(&lock)));
}

void check_misuse(bool good, const volatile void* lock, const void* caller) noexcept {
    if (OPENWSK_UNLIKELY(!good)) {
        verify::bug_check(bug_not_owned, trace::value(lock), 0, 0, 0, caller,
                          "the spin lock at %p is released by a thread that does not hold it",
                          const_cast<const void*>(lock));
    }
}

}  // namespace

void initialize(KSPIN_LOCK& lock) noexcept {
    word_of(lock).store(0, std::memory_order_release);
}

bool is_free(const KSPIN_LOCK& lock) noexcept {
    return word_of(const_cast<KSPIN_LOCK&>(lock)).load(std::memory_order_acquire) == 0;
}

void acquire_slowly(thread& self, KSPIN_LOCK& lock, const void* caller) noexcept {
    const KSPIN_LOCK mine = mark_of(self);
    wait_for(self, lock, [&](bool mark) {
        KSPIN_LOCK seen = word_of(lock).load(std::memory_order_relaxed);
        for (;;) {
            if (seen == 0) {
                if (word_of(lock).compare_exchange_strong(seen, mine, std::memory_order_acquire)) {
                    return true;
                }
                continue;
            }
            if (OPENWSK_UNLIKELY((seen & ~slept_on) == mine)) {
                verify::bug_check(bug_already_owned, trace::value(&lock), 0, 0, 0, caller,
                                  "the spin lock at %p is acquired by the thread that holds it",
                                  static_cast<const void*>(&lock));
            }
            if (!mark || (seen & slept_on) != 0 ||
                word_of(lock).compare_exchange_strong(seen, seen | slept_on,
                                                      std::memory_order_relaxed)) {
                return false;
            }
        }
    });
}

/// The lock was not simply held by the caller.
void released(thread& self, KSPIN_LOCK& lock, KSPIN_LOCK before, const void* caller) noexcept {
    check_misuse((before & ~slept_on) == mark_of(self), &lock, caller);
    if (OPENWSK_UNLIKELY((before & slept_on) != 0)) {
        self.home->parked().wake_all(&lock);
    }
}

// ---- reader-writer ----------------------------------------------------------------------------

namespace {

// One attempt to go from a word that allows it (ready) to next(word).
template <class Ready, class Next>
bool attempt_ex(EX_SPIN_LOCK& lock, bool mark, Ready&& ready, Next&& next) noexcept {
    uint32_t seen = word_of(lock).load(std::memory_order_relaxed);
    for (;;) {
        if (ready(seen)) {
            if (word_of(lock).compare_exchange_weak(seen, next(seen), std::memory_order_acquire)) {
                return true;
            }
        } else if (!mark || (seen & sleepers) != 0 ||
                   word_of(lock).compare_exchange_weak(seen, seen | sleepers,
                                                       std::memory_order_relaxed)) {
            return false;
        }
    }
}

bool no_writer(uint32_t seen) noexcept {
    return (seen & writer) == 0;
}
uint32_t one_reader_more(uint32_t seen) noexcept {
    return seen + 1;
}
uint32_t with_writer(uint32_t seen) noexcept {
    return seen | writer;
}

}  // namespace

bool try_acquire_shared(thread&, EX_SPIN_LOCK& lock) noexcept {
    host::schedule_point(host::point::lock, const_cast<LONG*>(&lock));
    return attempt_ex(lock, false, no_writer, one_reader_more);
}

void acquire_shared(thread& self, EX_SPIN_LOCK& lock) noexcept {
    OPENWSK_ASSERT(self.held_ranks == 0);
    if (OPENWSK_UNLIKELY(!try_acquire_shared(self, lock))) {
        wait_for(self, lock,
                 [&](bool mark) { return attempt_ex(lock, mark, no_writer, one_reader_more); });
    }
}

void release_shared(thread& self, EX_SPIN_LOCK& lock, const void* caller) noexcept {
    uint32_t seen = word_of(lock).load(std::memory_order_relaxed);
    uint32_t next = 0;
    do {
        check_misuse((seen & readers) != 0, &lock, caller);
        next = seen - 1;
        if ((next & readers) == 0) {
            next &= ~sleepers;
        }
    } while (!word_of(lock).compare_exchange_weak(seen, next, std::memory_order_release,
                                                  std::memory_order_relaxed));
    if (OPENWSK_UNLIKELY((seen & sleepers) != 0 && (next & sleepers) == 0)) {
        self.home->parked().wake_all(&lock);
    }
}

bool try_acquire_exclusive(thread&, EX_SPIN_LOCK& lock) noexcept {
    host::schedule_point(host::point::lock, const_cast<LONG*>(&lock));
    uint32_t free = 0;
    return word_of(lock).compare_exchange_strong(free, writer, std::memory_order_acquire);
}

void acquire_exclusive(thread& self, EX_SPIN_LOCK& lock) noexcept {
    OPENWSK_ASSERT(self.held_ranks == 0);
    if (OPENWSK_LIKELY(try_acquire_exclusive(self, lock))) {
        return;
    }
    // First keep new readers and other writers out, then let the readers leave.
    wait_for(self, lock, [&](bool mark) { return attempt_ex(lock, mark, no_writer, with_writer); });
    wait_for(self, lock, [&](bool mark) {
        return attempt_ex(
            lock, mark, [](uint32_t seen) { return (seen & readers) == 0; },
            [](uint32_t seen) { return seen; });
    });
}

void release_exclusive(thread& self, EX_SPIN_LOCK& lock, const void* caller) noexcept {
    const uint32_t before = word_of(lock).exchange(0, std::memory_order_release);
    check_misuse((before & writer) != 0 && (before & readers) == 0, &lock, caller);
    if (OPENWSK_UNLIKELY((before & sleepers) != 0)) {
        self.home->parked().wake_all(&lock);
    }
}

bool try_convert_exclusive(thread&, EX_SPIN_LOCK& lock) noexcept {
    host::schedule_point(host::point::lock, const_cast<LONG*>(&lock));
    uint32_t seen = word_of(lock).load(std::memory_order_relaxed);
    while ((seen & (readers | writer)) == 1) {
        if (word_of(lock).compare_exchange_weak(seen, (seen - 1) | writer,
                                                std::memory_order_acquire)) {
            return true;
        }
    }
    return false;
}

}  // namespace ke
