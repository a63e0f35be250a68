// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Ranked parking lock, condition and guarded data.
//
// mutex is the only lock of the runtime. It parks on its own word (it never lives inside a
// driver-visible structure), checks the order in base/lock_rank.hpp in every build, and is a
// schedule point of the simulated host. Code inside a critical section is bounded: it never calls
// into a driver, waits for anything but a condition, or takes a virtual processor.

#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/annotate.hpp"
#include "base/lock_rank.hpp"
#include "host/host.hpp"

namespace host {

class OPENWSK_CAPABILITY("mutex") mutex {
public:
    explicit constexpr mutex(base::lock_rank rank) noexcept : rank_(rank) {}
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;

    void lock() noexcept OPENWSK_ACQUIRE() {
        note_acquire(false);
        acquire();
    }

    /// Takes a further lock of the rank already held; the caller guarantees a global order among
    /// locks of that rank. Unlocked by unlock_another; the first one by unlock, last.
    void lock_another() noexcept OPENWSK_ACQUIRE() {
        note_acquire(true);
        acquire();
    }
    void unlock_another() noexcept OPENWSK_RELEASE() { release(); }

    bool try_lock() noexcept OPENWSK_TRY_ACQUIRE(true);

    void unlock() noexcept OPENWSK_RELEASE() {
        note_release();
        release();
    }

    /// A snapshot, for the simulated host's choice of who can run.
    [[nodiscard]] bool held() const noexcept { return word_.load(std::memory_order_relaxed) != 0; }

private:
    void acquire() noexcept {
        if (in_simulation() && observed()) {
            schedule_point(point::lock, this);
        }
        uint32_t free = 0;
        if (OPENWSK_UNLIKELY(!word_.compare_exchange_strong(free, 1, std::memory_order_acquire))) {
            lock_slow();
        }
    }
    void release() noexcept {
        if (in_simulation() && observed()) {
            schedule_point(point::unlock, this);
        }
        if (OPENWSK_UNLIKELY(word_.exchange(0, std::memory_order_release) == 2)) {
            current().wake(word_, 1);
        }
    }

    // Ledgers and traces only write down what happens; no schedule depends on their order.
    [[nodiscard]] bool observed() const noexcept {
        return rank_ != base::lock_rank::verify && rank_ != base::lock_rank::trace;
    }

    void note_acquire(bool another) const noexcept {
        if (thread* t = self()) {
            const uint64_t bit = uint64_t{1} << static_cast<unsigned>(rank_);
            const uint64_t above = another ? ~(bit | (bit - 1)) : ~(bit - 1);
            OPENWSK_ASSERT((t->held_ranks & above) == 0);
            t->held_ranks |= bit;
        }
    }
    void note_release() const noexcept {
        if (thread* t = self()) {
            t->held_ranks &= ~(uint64_t{1} << static_cast<unsigned>(rank_));
        }
    }

    void lock_slow() noexcept;

    std::atomic<uint32_t> word_{0};  // 0 free, 1 held, 2 held and somebody may wait
    base::lock_rank rank_;
};

class OPENWSK_SCOPED_CAPABILITY guard {
public:
    explicit guard(mutex& m) noexcept OPENWSK_ACQUIRE(m) : mutex_(&m) { m.lock(); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;
    ~guard() OPENWSK_RELEASE() {
        if (mutex_ != nullptr) {
            mutex_->unlock();
        }
    }
    /// Ends the critical section before the scope does.
    void unlock() noexcept OPENWSK_RELEASE() {
        mutex_->unlock();
        mutex_ = nullptr;
    }

private:
    mutex* mutex_;
};

/// Waits for a change of state that a mutex guards. Spurious wake-ups happen: loop.
class condition {
public:
    /// Releases m, sleeps until notified or the deadline (now_ns scale), takes m again. False
    /// when the deadline passed.
    bool wait(mutex& m, uint64_t deadline_ns = no_deadline) noexcept
        OPENWSK_REQUIRES(m) OPENWSK_NO_TSA {
        const uint32_t seen = sequence_.load(std::memory_order_relaxed);
        m.unlock();
        const bool in_time = current().wait(sequence_, seen, deadline_ns);
        m.lock();
        return in_time;
    }

    /// Wakes one waiter, for conditions whose waiters are all alike.
    void notify_one() noexcept {
        sequence_.fetch_add(1, std::memory_order_release);
        current().wake(sequence_, 1);
    }

    void notify_all() noexcept {
        schedule_point(point::wake, &sequence_);
        sequence_.fetch_add(1, std::memory_order_release);
        current().wake(sequence_, UINT32_MAX);
    }

private:
    std::atomic<uint32_t> sequence_{0};
};

/// Data that can be reached only with its lock held:
///     state_.with([&](auto& s) { ... });
template <class T>
class guarded {
public:
    template <class... Args>
    explicit guarded(base::lock_rank rank, Args&&... args) noexcept
        : mutex_(rank), data_{std::forward<Args>(args)...} {}

    template <class Fn>
    decltype(auto) with(Fn&& fn) noexcept {
        guard g(mutex_);
        return std::forward<Fn>(fn)(data_);
    }

private:
    mutex mutex_;
    T data_ OPENWSK_GUARDED_BY(mutex_);
};

}  // namespace host
