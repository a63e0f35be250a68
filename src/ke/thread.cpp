// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/thread.hpp"

#include "ke/irql.hpp"

namespace ke {
namespace {

deferred* oldest_first(deferred* newest) noexcept {
    deferred* out = nullptr;
    while (newest != nullptr) {
        deferred* next = newest->next;
        newest->next = out;
        out = newest;
        newest = next;
    }
    return out;
}

}  // namespace

// The release pairs with the acquire of whoever takes the list (owner or monitor): he sees what was
// written before the item was queued.
void defer(deferred& d) noexcept {
    thread& t = current();
    deferred* head = t.deferred_head.load(std::memory_order_relaxed);
    if (head == nullptr) {
        t.deferred_since_ns.store(t.host->now_ns(), std::memory_order_relaxed);
    }
    do {
        d.next = head;
    } while (!t.deferred_head.compare_exchange_weak(head, &d, std::memory_order_release,
                                                    std::memory_order_relaxed));
}

deferred* steal_deferred(thread& t) noexcept {
    return oldest_first(t.deferred_head.exchange(nullptr, std::memory_order_acquire));
}

void drain_deferred_slow(thread& t) noexcept {
    if (t.irql >= dispatch_level || t.draining) {
        return;
    }
    t.draining = true;
    while (deferred* d = steal_deferred(t)) {
        while (d != nullptr) {
            deferred* next = d->next;
            d->next = nullptr;
            d->run(*d);
            d = next;
        }
    }
    t.draining = false;
}

namespace {

// The thread holds the processor; it has given it back on return.
__attribute__((noinline)) void run_dpcs(thread& t, processor& p) noexcept {
    processor_set& set = t.home->processors();
    do {
        p.dpcs.run(t, p.number());
        set.release(t);
    } while (p.dpcs.pending() && set.try_take(t, p));
}

}  // namespace

// The processor is released before the last look at its queue: a DPC that was queued while it was
// held, by somebody who saw it held, is found here.
void leave_dispatch(thread& t, uint8_t irql) noexcept {
    OPENWSK_ASSERT(t.held_ranks == 0);
    t.irql = dispatch_level;
    processor_set& set = t.home->processors();
    processor& p = *t.cpu;
    if (OPENWSK_UNLIKELY(p.dpcs.pending())) {
        run_dpcs(t, p);
    } else {
        set.release(t);
        if (OPENWSK_UNLIKELY(p.dpcs.pending()) && set.try_take(t, p)) {
            run_dpcs(t, p);
        }
    }
    t.irql = irql;
    drain_deferred(t);
}

namespace {

// Moves the calling thread to a processor it may use, if it holds none.
void move_to_allowed(thread& t) noexcept {
    const uint64_t allowed = t.affinity() & t.home->processors().mask();
    if (t.cpu == nullptr && (allowed >> t.last_cpu & 1) == 0) {
        t.last_cpu = static_cast<uint32_t>(__builtin_ctzll(allowed));
    }
}

}  // namespace

void set_system_affinity(thread& t, uint64_t mask) noexcept {
    OPENWSK_ASSERT(mask == 0 || (mask & t.home->processors().mask()) != 0);
    t.system_affinity = mask;
    move_to_allowed(t);
}

bool set_user_affinity_of(thread& t, uint64_t mask) noexcept {
    if (mask == 0 || (mask & ~t.home->processors().mask()) != 0) {
        return false;
    }
    t.user_affinity.store(mask, std::memory_order_relaxed);
    if (&t == host::self()) {
        move_to_allowed(t);
    }
    return true;
}

parking& parking_of(thread& self) noexcept {
    return self.home->parked();
}

uint32_t processor_number(thread& t) noexcept {
    move_to_allowed(t);
    return t.cpu != nullptr ? t.cpu->number() : t.last_cpu;
}

}  // namespace ke
