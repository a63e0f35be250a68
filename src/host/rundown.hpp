// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Counts who is inside something, without contention, and lets an owner close it and wait until
// nobody is.
//
// Each of a few threads owns a cell of its own and counts there with plain stores; all others share
// one atomic. Whoever enters counts first and looks at the flag after; the owner closes the flag
// first and sums the counts after. Between the two steps stand light_fence (free) on the fast side
// and heavy_fence (0.3 to 10 us) on the owner's, so that one of them sees the other.
//
// A thread may leave what another thread entered: only the sum counts. Cells never go below zero;
// when neither the caller's cell nor the shared count shows that leaving is balanced, leave says
// "unknown" and the owner decides by the exact sum (leave_checked). So an unbalanced leave never
// takes the sum below zero.
//
// open, close, users and leave_checked are called under the owner's lock, the rest anywhere.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/assert.hpp"
#include "host/host.hpp"

namespace host {

class rundown {
public:
    enum class left : uint8_t { open, closed, unknown };

    /// True: the caller is inside, and sees what the owner wrote before open. False while closed.
    [[nodiscard]] bool enter() noexcept {
        schedule_point(point::interlocked, this);
        cell* own = own_cell();
        if (OPENWSK_UNLIKELY(own == nullptr)) {
            return enter_shared();
        }
        const uint64_t before = own->count.load(std::memory_order_relaxed);
        own->count.store(before + one + trying, std::memory_order_release);
        light_fence(own->owner);
        const bool entered = open_.load(std::memory_order_seq_cst) != 0;
        own->count.store(entered ? before + one : before, std::memory_order_release);
        return entered;
    }

    /// open: done. closed: done, and the owner may be waiting for the sum to reach zero. unknown:
    /// nothing was done, ask leave_checked.
    [[nodiscard]] left leave() noexcept {
        schedule_point(point::interlocked, this);
        cell* own = own_cell();
        if (OPENWSK_LIKELY(own != nullptr && own->count.load(std::memory_order_relaxed) != 0)) {
            own->count.store(own->count.load(std::memory_order_relaxed) - one,
                             std::memory_order_release);
            light_fence(own->owner);
        } else if (!take_shared()) {
            return left::unknown;
        }
        return OPENWSK_LIKELY(open_.load(std::memory_order_seq_cst) != 0) ? left::open
                                                                          : left::closed;
    }

    // ---- the owner, under his lock ----

    void open() noexcept {
        schedule_point(point::interlocked, this);
        open_.store(1, std::memory_order_release);
    }

    /// After it enter fails, and every leave that users() does not see says closed.
    void close() noexcept {
        schedule_point(point::interlocked, this);
        open_.store(0, std::memory_order_seq_cst);
        current().heavy_fence();
    }

    [[nodiscard]] bool is_open() const noexcept {
        return open_.load(std::memory_order_relaxed) != 0;
    }

    /// How many are inside. Exact while closed.
    [[nodiscard]] int64_t users() const noexcept {
        schedule_point(point::interlocked, this);
        settle([this] { return shared_trying_.load(std::memory_order_acquire) == 0; });
        int64_t sum = shared_.load(std::memory_order_acquire);
        for (const cell& c : cells_) {
            uint64_t seen = 0;
            settle([&] {
                seen = c.count.load(std::memory_order_acquire);
                return (seen & trying) == 0;
            });
            sum += static_cast<int64_t>(seen / one);
        }
        return sum;
    }

    /// Counts somebody out whose thread could not tell; false when nobody is inside.
    bool leave_checked() noexcept {
        const bool was_open = is_open();
        if (was_open) {
            close();
        }
        const bool balanced = users() > 0;
        if (balanced) {
            shared_.fetch_sub(1, std::memory_order_release);
        }
        if (was_open) {
            open();
        }
        return balanced;
    }

private:
    static constexpr uint32_t cells_max = 8;
    static constexpr uint64_t trying = 1;
    static constexpr uint64_t one = 2;

    // count is written by the owning thread only: a release store that users() acquires. Objects
    // are aligned to 16 bytes, so cells 64 bytes apart never share a line.
    struct cell {
        std::atomic<uint32_t> owner{0};  ///< ordinal of the thread plus one; 0: nobody yet
        std::atomic<uint64_t> count{0};  ///< entered times `one`, plus `trying` inside enter
        char apart[48] = {};
    };
    static_assert(sizeof(cell) == 64);

    // A thread keeps the first free cell it finds, for good.
    cell* own_cell() noexcept {
        const thread* t = self();
        if (OPENWSK_UNLIKELY(t == nullptr)) {
            return nullptr;
        }
        const uint32_t me = t->ordinal + 1;
        for (uint32_t i = 0; i < cells_max; ++i) {
            cell& c = cells_[(me + i) % cells_max];
            uint32_t owner = c.owner.load(std::memory_order_relaxed);
            if (OPENWSK_LIKELY(owner == me)) {
                return &c;
            }
            if (owner == 0 &&
                c.owner.compare_exchange_strong(owner, me, std::memory_order_relaxed)) {
                return &c;
            }
        }
        return nullptr;
    }

    bool enter_shared() noexcept {
        shared_trying_.fetch_add(1, std::memory_order_seq_cst);
        shared_.fetch_add(1, std::memory_order_seq_cst);
        const bool entered = open_.load(std::memory_order_seq_cst) != 0;
        if (!entered) {
            shared_.fetch_sub(1, std::memory_order_release);
        }
        shared_trying_.fetch_sub(1, std::memory_order_release);
        return entered;
    }

    // Waits for threads that are between counting and looking at the flag: a few instructions.
    template <class Settled>
    static void settle(Settled&& settled) noexcept {
        for (unsigned round = 0; !settled(); ++round) {
            current().spin(round);
        }
    }

    bool take_shared() noexcept {
        int64_t seen = shared_.load(std::memory_order_relaxed);
        while (seen > 0) {
            if (shared_.compare_exchange_weak(seen, seen - 1, std::memory_order_seq_cst)) {
                return true;
            }
        }
        return false;
    }

    std::atomic<uint32_t> open_{0};
    [[maybe_unused]] char apart_[60] = {};
    std::atomic<int64_t> shared_{0};
    std::atomic<uint32_t> shared_trying_{0};
    cell cells_[cells_max];
};

}  // namespace host
