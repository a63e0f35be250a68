// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Kernel timers: KTIMER objects, one-shot and periodic, with and without a DPC.
//
// Documents: "Timer Objects", KeSetTimerEx, KeCancelTimer.
//
// An armed timer is linked through its own TimerListEntry into one of the slots of a wheel; links
// are checked before they are used (bug check 0xC7). One thread of the machine, started with the
// first timer, sleeps until the earliest due time. It fires a timer at DISPATCH_LEVEL: ends the
// arming or moves it on by the period, makes the object signaled, queues the DPC, lets the waiters
// go. The order matters: the DPC and each waiter may free the timer, so waiters are claimed before
// the DPC is queued and released after it, and neither touches the object.
//
// A due time is never early; it is late by what the host's scheduler takes. Any IRQL up to
// DISPATCH_LEVEL; the caller of set has risen to it. Lock order: timer queue > processor, wait.
//
//     idle -> armed    [set]
//     armed -> idle    [cancel, set, expiry of a one-shot timer]
//     armed -> armed   [set, expiry of a periodic timer]
//   armed: linked, TimerMiscFlags has the inserted bit, in the ledger of the driver that set it.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/ref_ptr.hpp"
#include "host/mutex.hpp"
#include "ke/dpc.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/ke.h"

namespace ke {

class kernel;

void initialize(KTIMER& timer, TIMER_TYPE type) noexcept;

class timer_queue {
public:
    explicit timer_queue(kernel& home) noexcept;
    timer_queue(const timer_queue&) = delete;
    timer_queue& operator=(const timer_queue&) = delete;

    /// Arms the timer, again if it is armed; true if it was. due in interrupt time; period in
    /// milliseconds, 0 for once; caller for the ledger. IRQL == DISPATCH_LEVEL.
    bool set(thread& self, KTIMER& timer, uint64_t due, uint32_t period_ms, KDPC* dpc,
             const void* caller) noexcept;
    /// Disarms; true if it was armed. The signal state stays.
    bool cancel(KTIMER& timer) noexcept;
    [[nodiscard]] bool armed(const KTIMER& timer) noexcept;

    /// Ends the timer thread; when the machine goes away.
    void stop() noexcept;

    /// Calls visit(KTIMER&) for every armed timer, with the queue locked.
    template <class Visit>
    void for_each(Visit&& visit) noexcept {
        host::guard g(lock_);
        for (LIST_ENTRY& slot : slots_) {
            for (LIST_ENTRY* e = slot.Flink; e != &slot; e = e->Flink) {
                visit(*CONTAINING_RECORD(e, KTIMER, TimerListEntry));
            }
        }
    }

private:
    static constexpr uint32_t slot_count = 512;
    static constexpr unsigned slot_shift = 14;  // 1.6 ms a slot, 0.8 s a turn

    static uint32_t slot_of(uint64_t due) noexcept {
        return static_cast<uint32_t>(due >> slot_shift) % slot_count;
    }
    void insert_locked(KTIMER& t, uint64_t due) noexcept OPENWSK_REQUIRES(lock_);
    void remove_locked(KTIMER& t) noexcept OPENWSK_REQUIRES(lock_);
    void fire_locked(thread& self, KTIMER& t, uint64_t now, dpc_wakes& wakes) noexcept
        OPENWSK_REQUIRES(lock_);
    void expire_slot_locked(thread& self, uint32_t slot, uint64_t now, dpc_wakes& wakes) noexcept
        OPENWSK_REQUIRES(lock_);
    uint64_t expire(thread& self) noexcept;
    uint64_t earliest_locked(uint64_t now) noexcept OPENWSK_REQUIRES(lock_);
    void start_thread() noexcept;
    static void main(void* argument) noexcept;

    kernel* const home_;
    host::mutex lock_{base::lock_rank::timer};
    LIST_ENTRY slots_[slot_count] OPENWSK_GUARDED_BY(lock_);
    uint64_t used_[slot_count / 64] OPENWSK_GUARDED_BY(lock_) = {};  // bit: slot is not empty
    uint64_t expired_until_ OPENWSK_GUARDED_BY(lock_) = 0;  // interrupt time of the last look
    uint64_t next_due_ OPENWSK_GUARDED_BY(lock_) = UINT64_MAX;

    base::ref_ptr<thread> thread_;
    std::atomic<bool> started_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<uint32_t> changes_{0};  // the timer thread sleeps on it
};

}  // namespace ke
