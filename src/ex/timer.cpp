// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/timer.hpp"

#include <algorithm>
#include <cstddef>
#include <new>

#include "ex/executive.hpp"
#include "ke/callout.hpp"
#include "ke/dpc.hpp"
#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "ke/time.hpp"
#include "ke/timer.hpp"
#include "verify/fault.hpp"
#include "verify/ledger.hpp"

namespace ex {
namespace {

constexpr LONGLONG units_per_ms = 10'000;

}  // namespace

timer::timer(PEXT_CALLBACK callback, void* context, ULONG attributes) noexcept
    : callback_(callback),
      context_(context),
      high_resolution_((attributes & EX_TIMER_HIGH_RESOLUTION) != 0) {
    static_assert(offsetof(timer, timer_) == 0);
    ke::initialize(timer_, (attributes & EX_TIMER_NOTIFICATION) != 0 ? NotificationTimer
                                                                     : SynchronizationTimer);
    ke::initialize(dpc_, expired, this, false);
    finisher_.WorkerRoutine = finish;
    finisher_.Parameter = this;
}

timer* timer::make(ke::thread& self, PEXT_CALLBACK callback, void* context, ULONG attributes,
                   const void* caller) noexcept {
    auto* t =
        verify::fault_here() ? nullptr : new (std::nothrow) timer(callback, context, attributes);
    if (t != nullptr) {
        if (auto* l = self.machine->find<verify::ledger>()) {
            l->add(base::object_kind::executive_timer, t, 0, 0, caller);
        }
    }
    return t;
}

bool timer::set(ke::thread& self, LONGLONG due, LONGLONG period, const void* caller) noexcept {
    const uint64_t at = ke::due_interrupt_time(*self.host, due);
    // Whole milliseconds, at least one.
    const LONGLONG ms = std::min<LONGLONG>((period + units_per_ms - 1) / units_per_ms, MAXLONG);
    ke::dispatch_scope raised(self);
    return self.home->timers().set(self, timer_, at, static_cast<uint32_t>(ms), &dpc_, caller);
}

bool timer::cancel(ke::thread& self) noexcept {
    return self.home->timers().cancel(timer_);
}

// Runs in the runtime's own image; the driver's callback gets a gate of its own.
void timer::expired(KDPC*, void* context, void*, void*) noexcept {
    auto& t = *static_cast<timer*>(context);
    if (t.callback_ != nullptr) {
        ke::callout(ke::callout_kind::timer_dpc, t.callback_, reinterpret_cast<PEX_TIMER>(&t),
                    t.context_);
    }
    if (t.ending_.load(std::memory_order_seq_cst)) {
        ke::thread& self = ke::current();
        t.cancel(self);
        t.finish_later(self);
    }
}

void timer::finish_later(ke::thread& self) noexcept {
    if (!finishing_.exchange(true, std::memory_order_acq_rel)) {
        self.machine->get<executive>().queue(finisher_, DelayedWorkQueue);
    }
}

// Once, at PASSIVE or APC_LEVEL, when the timer is disarmed: DPCs are queued under the timer
// queue's lock, so whichever there are come before this flush.
void timer::finish(void* context) noexcept {
    auto* t = static_cast<timer*>(context);
    ke::thread& self = ke::current();
    ke::flush_dpcs(self);
    if (t->then_.callback != nullptr) {
        ke::callout(ke::callout_kind::other, t->then_.callback, t->then_.context);
    }
    delete t;
}

bool timer::remove(ke::thread& self, bool cancel_it, bool wait, const end& then) noexcept {
    if (auto* l = self.machine->find<verify::ledger>()) {
        l->remove(base::object_kind::executive_timer, this);
    }
    then_ = then;
    ending_.store(true, std::memory_order_seq_cst);
    const bool was_set = cancel_it && cancel(self);
    if (wait) {
        if (!finishing_.exchange(true, std::memory_order_acq_rel)) {
            finish(this);
        }
        return was_set;
    }
    // An armed timer goes when it has expired: expired() sees ending_.
    if (cancel_it || !self.home->timers().armed(timer_)) {
        finish_later(self);
    }
    return was_set;
}

}  // namespace ex
