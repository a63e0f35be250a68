// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/timer.hpp"

#include <algorithm>

#include "ke/dispatcher.hpp"
#include "ke/dpc.hpp"
#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "ke/time.hpp"
#include "trace/event.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"

namespace ke {
namespace {

constexpr uint32_t bug_invalid = 0xC7;  // TIMER_OR_DPC_INVALID
constexpr UCHAR inserted = 0x80;        // in TimerMiscFlags

[[noreturn]] void invalid(const KTIMER& t) noexcept {
    current().held_ranks = 0;  // the process ends here
    verify::bug_check(
        bug_invalid, 0, trace::value(&t), 0, 0, nullptr,
        "the timer at %p (type %u) was never initialized, or was freed or overwritten "
        "while it was set",
        static_cast<const void*>(&t), t.Header.Type);
}

bool is_timer(const KTIMER& t) noexcept {
    return t.Header.Type == TimerNotificationObject || t.Header.Type == TimerSynchronizationObject;
}

verify::ledger* ledger_of(kernel& k) noexcept {
    return k.machine().find<verify::ledger>();
}

}  // namespace

void initialize(KTIMER& timer, TIMER_TYPE type) noexcept {
    initialize_header(
        timer.Header,
        type == NotificationTimer ? TimerNotificationObject : TimerSynchronizationObject,
        sizeof timer, 0);
    timer.DueTime.QuadPart = 0;
    timer.TimerListEntry.Flink = timer.TimerListEntry.Blink = nullptr;
    timer.Dpc = nullptr;
    timer.Processor = 0;
    timer.TimerType = static_cast<USHORT>(type);
    timer.Period = 0;
}

timer_queue::timer_queue(kernel& home) noexcept : home_(&home) {
    for (LIST_ENTRY& slot : slots_) {
        slot.Flink = slot.Blink = &slot;
    }
}

void timer_queue::insert_locked(KTIMER& t, uint64_t due) noexcept {
    const uint32_t n = slot_of(due);
    LIST_ENTRY& slot = slots_[n];
    t.DueTime.QuadPart = due;
    t.Header.TimerMiscFlags = static_cast<UCHAR>(t.Header.TimerMiscFlags | inserted);
    t.TimerListEntry.Flink = &slot;
    t.TimerListEntry.Blink = slot.Blink;
    slot.Blink->Flink = &t.TimerListEntry;
    slot.Blink = &t.TimerListEntry;
    used_[n / 64] |= uint64_t{1} << (n % 64);
    next_due_ = std::min(next_due_, due);
}

void timer_queue::remove_locked(KTIMER& t) noexcept {
    LIST_ENTRY& e = t.TimerListEntry;
    if (OPENWSK_UNLIKELY(e.Flink == nullptr || e.Blink == nullptr || e.Flink->Blink != &e ||
                         e.Blink->Flink != &e)) {
        invalid(t);
    }
    e.Flink->Blink = e.Blink;
    e.Blink->Flink = e.Flink;
    t.Header.TimerMiscFlags = static_cast<UCHAR>(t.Header.TimerMiscFlags & ~inserted);
    const uint32_t n = slot_of(t.DueTime.QuadPart);
    if (slots_[n].Flink == &slots_[n]) {
        used_[n / 64] &= ~(uint64_t{1} << (n % 64));
    }
    if (verify::ledger* l = ledger_of(*home_)) {
        l->remove(base::object_kind::timer, &t);
    }
}

// The timer is not linked. Waiters are claimed, the DPC queued, waiters released: see the header.
void timer_queue::fire_locked(thread& self, KTIMER& t, uint64_t now, dpc_wakes& wakes) noexcept {
    KDPC* dpc = t.Dpc;
    trace::emit(trace::event::timer_fire, trace::value(&t), t.DueTime.QuadPart);
    if (t.Period != 0) {
        const uint64_t step = t.Period * units_per_ms;
        const uint64_t next = t.DueTime.QuadPart + step;
        insert_locked(t, next > now ? next : now + step);
    }
    claimed_waiters waiters;
    {
        object_lock lock(self, t.Header);
        store_state(t.Header, 1);
        waiters = lock.claim();
    }
    if (dpc != nullptr) {
        const uint64_t system = self.host->system_time_100ns();
        queue_dpc_later(self, *dpc, reinterpret_cast<void*>(system & UINT32_MAX),
                        reinterpret_cast<void*>(system >> 32), wakes);
    }
    waiters.release();
}

bool timer_queue::set(thread& self, KTIMER& timer, uint64_t due, uint32_t period_ms, KDPC* dpc,
                      const void* caller) noexcept {
    OPENWSK_ASSERT(self.irql >= dispatch_level);
    const uint64_t now = interrupt_time(*self.host);
    bool was_set = false;
    bool wake = false;
    dpc_wakes wakes;
    {
        host::guard g(lock_);
        if (OPENWSK_UNLIKELY(!is_timer(timer))) {
            invalid(timer);
        }
        was_set = (timer.Header.TimerMiscFlags & inserted) != 0;
        if (was_set) {
            remove_locked(timer);
        }
        {
            object_lock lock(self, timer.Header);
            store_state(timer.Header, 0);
        }
        timer.Dpc = dpc;
        timer.Period = period_ms;
        timer.DueTime.QuadPart = due;
        const bool fires = due <= now;
        if (!fires || period_ms != 0) {
            if (verify::ledger* l = ledger_of(*home_)) {
                l->add(base::object_kind::timer, &timer, sizeof timer, 0, caller);
            }
        }
        const uint64_t before = next_due_;
        if (fires) {
            fire_locked(self, timer, now, wakes);
        } else {
            insert_locked(timer, due);
        }
        wake = next_due_ < before;
    }
    wake_dpc_threads(self, wakes);
    if (wake) {
        start_thread();
        changes_.fetch_add(1, std::memory_order_release);
        self.host->wake(changes_, 1);
    }
    return was_set;
}

bool timer_queue::armed(const KTIMER& timer) noexcept {
    host::guard g(lock_);
    return (timer.Header.TimerMiscFlags & inserted) != 0;
}

bool timer_queue::cancel(KTIMER& timer) noexcept {
    host::guard g(lock_);
    if (OPENWSK_UNLIKELY(!is_timer(timer))) {
        invalid(timer);
    }
    if ((timer.Header.TimerMiscFlags & inserted) == 0) {
        return false;
    }
    remove_locked(timer);
    return true;
}

void timer_queue::expire_slot_locked(thread& self, uint32_t slot, uint64_t now,
                                     dpc_wakes& wakes) noexcept {
    LIST_ENTRY& head = slots_[slot];
    for (LIST_ENTRY* e = head.Flink; e != &head;) {
        KTIMER& t = *CONTAINING_RECORD(e, KTIMER, TimerListEntry);
        if (OPENWSK_UNLIKELY(e->Flink == nullptr || e->Flink->Blink != e || !is_timer(t))) {
            invalid(t);
        }
        if (t.DueTime.QuadPart > now) {
            e = e->Flink;
            continue;
        }
        // A periodic timer keeps its entry in the ledger.
        verify::entry kept{};
        verify::ledger* l = t.Period != 0 ? ledger_of(*home_) : nullptr;
        const bool known = l != nullptr && l->find(base::object_kind::timer, &t, kept);
        remove_locked(t);
        if (known) {
            l->add(base::object_kind::timer, &t, sizeof t, 0, kept.caller);
        }
        fire_locked(self, t, now, wakes);
        e = head.Flink;  // what was next may have gone with what the timer set free
    }
}

// Fires what is due; returns when to look again, in interrupt time.
uint64_t timer_queue::expire(thread& self) noexcept {
    dispatch_scope at(self);
    dpc_wakes wakes;
    host::guard g(lock_);
    const uint64_t now = interrupt_time(*self.host);
    const uint64_t first = expired_until_ >> slot_shift;
    const uint64_t last = now >> slot_shift;
    const uint64_t turns = std::min<uint64_t>(last - std::min(first, last), slot_count - 1);
    for (uint64_t n = last - turns; n <= last; ++n) {
        const auto slot = static_cast<uint32_t>(n % slot_count);
        if ((used_[slot / 64] >> (slot % 64) & 1) != 0) {
            expire_slot_locked(self, slot, now, wakes);
        }
    }
    expired_until_ = now;
    next_due_ = earliest_locked(now);
    const uint64_t next = next_due_;
    g.unlock();
    wake_dpc_threads(self, wakes);
    return next;
}

uint64_t timer_queue::earliest_locked(uint64_t now) noexcept {
    uint64_t earliest = UINT64_MAX;
    const uint64_t begin = now >> slot_shift;
    for (uint64_t n = begin; n < begin + slot_count; ++n) {
        const auto slot = static_cast<uint32_t>(n % slot_count);
        if ((used_[slot / 64] >> (slot % 64) & 1) == 0) {
            continue;
        }
        for (LIST_ENTRY* e = slots_[slot].Flink; e != &slots_[slot]; e = e->Flink) {
            const KTIMER& t = *CONTAINING_RECORD(e, KTIMER, TimerListEntry);
            earliest = std::min<uint64_t>(earliest, t.DueTime.QuadPart);
        }
        // Later slots hold what is due later, unless it is a turn of the wheel away.
        if (earliest >> slot_shift <= n) {
            break;
        }
    }
    return earliest;
}

void timer_queue::start_thread() noexcept {
    if (started_.load(std::memory_order_acquire) ||
        started_.exchange(true, std::memory_order_acq_rel)) {
        return;
    }
    spawn_options options;
    options.name = "timer";
    thread_ = home_->spawn(options, main, this);
    if (!thread_) {
        started_.store(false, std::memory_order_release);
    }
}

void timer_queue::main(void* argument) noexcept {
    auto& queue = *static_cast<timer_queue*>(argument);
    thread& self = current();
    while (!queue.stopping_.load(std::memory_order_acquire)) {
        const uint32_t seen = queue.changes_.load(std::memory_order_acquire);
        const uint64_t next = queue.expire(self);
        const uint64_t deadline =
            next >= host::no_deadline / ns_per_unit ? host::no_deadline : next * ns_per_unit;
        self.host->wait(queue.changes_, seen, deadline);
    }
}

void timer_queue::stop() noexcept {
    if (!thread_) {
        return;
    }
    stopping_.store(true, std::memory_order_release);
    changes_.fetch_add(1, std::memory_order_release);
    host::current().wake(changes_, 1);
    home_->wait_ended(*thread_);
    thread_.reset();
}

}  // namespace ke
