// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Virtual processors. A machine has P of them, whatever the host has. A thread takes one when it
// rises to DISPATCH_LEVEL and gives it back when it falls below, so two threads at DISPATCH_LEVEL
// on one processor never run at once: data guarded by "at DISPATCH_LEVEL on this processor" is
// safe, as on Windows.
//
// Threads and IRQL: any thread takes; the owner releases. No internal lock may be held while
// a processor is being taken (asserted), because the owner of the last one may need that lock.
//
// The word of a processor:
//
//     free      0
//     owned     address of the owner
//     awaited   address of the owner | 1     somebody sleeps until it is released
//
//     free -> owned       [take: compare-exchange; 8 ns when nobody else wants it]
//     owned -> awaited    [take, when every allowed processor is owned]
//     owned -> free       [release]
//     awaited -> free     [release; wakes every sleeper of the machine]
//
// Whoever queues a DPC counts it as pending and then looks at the word; whoever releases the
// processor looks at pending afterwards. Both are sequentially consistent, so one of them sees the
// other and no DPC is stranded.

#pragma once

#include <atomic>
#include <cstdint>

#include "ke/dpc.hpp"
#include "ke/thread.hpp"

namespace ke {

class alignas(64) processor {
public:
    processor() noexcept = default;
    processor(const processor&) = delete;
    processor& operator=(const processor&) = delete;

    [[nodiscard]] uint32_t number() const noexcept { return number_; }
    [[nodiscard]] bool free() const noexcept { return word_.load(std::memory_order_seq_cst) == 0; }

    /// True while somebody sleeps until the processor is released.
    [[nodiscard]] bool wanted() const noexcept {
        return (word_.load(std::memory_order_relaxed) & 1) != 0;
    }

    dpc_queue dpcs;           ///< run at DISPATCH_LEVEL by whoever holds the processor
    dpc_queue threaded_dpcs;  ///< run at PASSIVE_LEVEL by a thread of their own

private:
    friend class processor_set;

    bool try_take(thread& t) noexcept {
        uintptr_t none = 0;
        return word_.compare_exchange_strong(none, reinterpret_cast<uintptr_t>(&t),
                                             std::memory_order_seq_cst);
    }

    std::atomic<uintptr_t> word_{0};
    uint32_t number_ = 0;
};

/// The processors of a machine.
class processor_set {
public:
    static constexpr uint32_t count_max = 64;  // one processor group
    static constexpr uintptr_t awaited = 1;

    explicit processor_set(uint32_t count) noexcept;

    [[nodiscard]] uint32_t count() const noexcept { return count_; }
    [[nodiscard]] uint64_t mask() const noexcept {
        return count_ == count_max ? UINT64_MAX : (uint64_t{1} << count_) - 1;
    }
    processor& at(uint32_t number) noexcept {
        OPENWSK_ASSERT(number < count_);
        return processors_[number];
    }

    /// Takes a processor for the calling thread t: its last one if it can be had at once, else
    /// another one its affinity allows; sleeps while there is none. No internal lock is held.
    void take(thread& t) noexcept {
        OPENWSK_ASSERT(t.held_ranks == 0 && t.cpu == nullptr);
        processor& last = processors_[t.last_cpu];
        if (OPENWSK_LIKELY((t.affinity() >> t.last_cpu & 1) != 0 && last.try_take(t))) {
            t.cpu = &last;
        } else {
            take_slow(t);
        }
    }

    /// Gives the processor back. Does not run DPCs (kernel::lower does).
    void release(thread& t) noexcept {
        processor& p = *t.cpu;
        t.cpu = nullptr;
        if (OPENWSK_UNLIKELY((p.word_.exchange(0, std::memory_order_seq_cst) & awaited) != 0)) {
            wake_sleepers();
        }
    }

    /// Takes exactly this processor if it is free.
    bool try_take(thread& t, processor& p) noexcept {
        OPENWSK_ASSERT(t.held_ranks == 0 && t.cpu == nullptr);
        if (!p.try_take(t)) {
            return false;
        }
        t.cpu = &p;
        t.last_cpu = p.number();
        return true;
    }

private:
    void take_slow(thread& t) noexcept;
    bool try_take_any(thread& t, uint64_t allowed, bool announce) noexcept;
    void wake_sleepers() noexcept;

    processor processors_[count_max];
    const uint32_t count_;
    /// Moves with every release of an awaited processor; take_slow sleeps on it.
    alignas(64) std::atomic<uint32_t> releases_{0};
};

}  // namespace ke
