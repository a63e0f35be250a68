// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Counts who is inside something, without contention, and lets an owner close it and wait until
// nobody is.
//
// Each thread that has a seat (host/host.hpp) counts in a cell of its own with plain stores; all
// others share one atomic word. Somebody may leave on another thread than he entered on: only the
// sum counts, and it is never taken below zero. Where a leave cannot see by itself that there is
// somebody to count out, it changes nothing, says so, and the owner decides by the exact sum.
//
//     closed -> open        [open, nothing is owed]
//     closed -> owing       [open, something is owed]
//     open, owing -> closed [close]
//
//   closed   enter fails.   leave: the owner decides.
//   open     enter counts.  leave counts, if the thread's own cell is above zero.
//            All counts are at least zero, so one above zero proves that somebody is inside.
//   owing    The shared word is below zero: leave_checked counted somebody out who is still in the
//            cell of another thread, so that a cell above zero proves nothing. enter counts in the
//            shared word, which pays the debt; leave: the owner decides. leave_checked returns to
//            open when nothing is owed any more.
//
// Memory order. Whoever enters or leaves writes his count first, marked as trying, looks at the
// gate after, and then writes the count that follows from it, without the mark. The owner closes
// the gate first and reads the counts after, and waits for each mark to go. Between the first two
// steps stand light_fence (a compiler barrier) on the fast side and heavy_fence (membarrier, 0.3 to
// 10 us) on the owner's: so either the fast side sees the gate closed and takes its step back, or
// the owner sees the mark or what came of it. Where there is no membarrier, light_fence is an
// atomic operation. While the gate is closed nobody's count but the owner's own changes except for
// marked attempts that are taken back; so what users() reads cell by cell is the sum at one moment.
//
// ThreadSanitizer sees atomics only: enter acquires what open released (what the owner wrote
// before), and users acquires what each leave released (what was done inside). A simulation runs
// everything between two schedule points as one step, so no mark and no missing fence is ever
// seen there; which cell a thread has, and with it whether the owner has to decide, follows from
// its ordinal, that is, from the schedule alone.
//
// t is the calling thread. open, close, users and leave_checked are called under the owner's lock
// (users also without, for reports), the rest anywhere.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/assert.hpp"
#include "host/host.hpp"

namespace host {

class rundown {
public:
    /// True: the caller is inside, and sees what the owner wrote before open. False while closed,
    /// and where valid, which is asked before the step counts, says no: then nothing was done.
    template <class Valid>
    [[nodiscard]] bool enter(thread& t, Valid&& valid) noexcept {
        schedule_point(t, point::interlocked, this);
        if (OPENWSK_LIKELY(seat_of(t) < seat_count) && try_enter(t.seat, valid)) {
            return true;
        }
        return enter_shared(valid);
    }
    [[nodiscard]] bool enter(thread& t) noexcept {
        return enter(t, [] { return true; });
    }

    /// True: done. False: nothing was done, ask leave_checked.
    template <class Valid>
    [[nodiscard]] bool leave(thread& t, Valid&& valid) noexcept {
        schedule_point(t, point::interlocked, this);
        return OPENWSK_LIKELY(seat_of(t) < seat_count) && try_leave(t.seat, valid);
    }
    [[nodiscard]] bool leave(thread& t) noexcept {
        return leave(t, [] { return true; });
    }

    /// The usual case of the two, for a thread with a seat, without a schedule point. False:
    /// nothing was done, ask the other one.
    template <class Valid>
    [[nodiscard]] __attribute__((always_inline)) bool try_enter(uint32_t seat,
                                                                Valid&& valid) noexcept {
        cell& own = cells_[seat];
        const uint64_t before = own.count.load(std::memory_order_relaxed);
        return change(own, before, before + one, valid);
    }
    template <class Valid>
    [[nodiscard]] __attribute__((always_inline)) bool try_leave(uint32_t seat,
                                                                Valid&& valid) noexcept {
        cell& own = cells_[seat];
        const uint64_t before = own.count.load(std::memory_order_relaxed);
        return OPENWSK_LIKELY(before != 0) && change(own, before, before - one, valid);
    }

    // ---- the owner, under his lock ----

    void open() noexcept {
        schedule_point(point::interlocked, this);
        gate_.store(settled_shared() < 0 ? owing : opened, std::memory_order_release);
    }

    /// After it enter fails, and every leave asks leave_checked.
    void close() noexcept {
        schedule_point(point::interlocked, this);
        gate_.store(closed, std::memory_order_seq_cst);
        current().heavy_fence();
    }

    [[nodiscard]] bool is_open() const noexcept {
        return gate_.load(std::memory_order_relaxed) != closed;
    }

    /// How many are inside. Exact while closed.
    [[nodiscard]] int64_t users() const noexcept {
        schedule_point(point::interlocked, this);
        int64_t sum = settled_shared();
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

    /// Counts somebody out; false when nobody is inside.
    bool leave_checked(thread& t) noexcept {
        if (gate_.load(std::memory_order_relaxed) == opened && settled_shared() > 0) {
            shared_.fetch_sub(shared_one, std::memory_order_release);
            return true;
        }
        const bool was_open = is_open();
        if (was_open) {
            close();
        }
        const bool balanced = users() > 0;
        if (balanced) {
            count_out(t);
        }
        if (was_open) {
            open();
        }
        return balanced;
    }

private:
    enum gate : uint32_t { closed, opened, owing };

    // Of a cell: entered times `one`, plus `trying` while its thread looks at the gate.
    static constexpr uint64_t trying = 1;
    static constexpr uint64_t one = 2;
    // Of the shared word, which may be negative: the same, plus one for each thread that looks.
    static constexpr int64_t shared_one = 1 << 16;

    // count is written by the thread that has the seat: a release store that users() acquires.
    // Objects are aligned to 16 bytes, so cells 64 bytes apart never share a line.
    struct cell {
        std::atomic<uint64_t> count{0};
        std::atomic<uint32_t> fence{0};  ///< for light_fence
        char apart[52] = {};
    };
    static_assert(sizeof(cell) == 64);

    static uint32_t seat_of(thread& t) noexcept {
        return OPENWSK_LIKELY(t.seat < seat_count) ? t.seat : take_seat(t);
    }

    /// Makes before into after, if the gate stands open.
    template <class Valid>
    __attribute__((always_inline)) bool change(cell& own, uint64_t before, uint64_t after,
                                               Valid&& valid) noexcept {
        own.count.store(after + trying, std::memory_order_release);
        light_fence(own.fence);
        if (OPENWSK_LIKELY(gate_.load(std::memory_order_acquire) == opened) &&
            OPENWSK_LIKELY(valid())) {
            own.count.store(after, std::memory_order_release);
            return true;
        }
        own.count.store(before, std::memory_order_release);
        return false;
    }

    template <class Valid>
    bool enter_shared(Valid&& valid) noexcept {
        shared_.fetch_add(shared_one + 1, std::memory_order_seq_cst);
        const bool entered = gate_.load(std::memory_order_seq_cst) != closed && valid();
        shared_.fetch_sub(entered ? 1 : shared_one + 1, std::memory_order_release);
        return entered;
    }

    // While closed, and somebody is inside.
    void count_out(thread& t) noexcept {
        cell* own = seat_of(t) < seat_count ? &cells_[t.seat] : nullptr;
        const uint64_t mine = own != nullptr ? own->count.load(std::memory_order_relaxed) : 0;
        if (mine != 0) {
            own->count.store(mine - one, std::memory_order_release);
        } else {
            shared_.fetch_sub(shared_one, std::memory_order_release);
        }
    }

    [[nodiscard]] int64_t settled_shared() const noexcept {
        int64_t seen = 0;
        settle([&] {
            seen = shared_.load(std::memory_order_acquire);
            return seen % shared_one == 0;
        });
        return seen / shared_one;
    }

    // Waits for threads that are between counting and looking at the gate: a few instructions.
    template <class Settled>
    static void settle(Settled&& settled) noexcept {
        for (unsigned round = 0; !settled(); ++round) {
            current().spin(round);
        }
    }

    std::atomic<gate> gate_{closed};
    [[maybe_unused]] char apart_[60] = {};
    std::atomic<int64_t> shared_{0};
    [[maybe_unused]] char apart_too_[56] = {};
    cell cells_[seat_count];
};

}  // namespace host
