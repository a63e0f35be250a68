// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/objects.hpp"

#include "base/annotate.hpp"
#include "trace/event.hpp"

namespace ke {
namespace {

KMUTANT& mutant_of(DISPATCHER_HEADER& h) noexcept {
    return reinterpret_cast<KMUTANT&>(h);
}

void emit_signal(const void* object, LONG state) noexcept {
    host::schedule_point(host::point::wake, object);
    trace::emit(trace::event::signal, trace::value(object), static_cast<uint32_t>(state));
}

}  // namespace

void initialize(KEVENT& event, EVENT_TYPE type, bool signaled) noexcept {
    initialize_header(
        event.Header,
        type == NotificationEvent ? EventNotificationObject : EventSynchronizationObject,
        sizeof event, signaled ? 1 : 0);
}

LONG set(KEVENT& event) noexcept {
    emit_signal(&event, 1);
    object_lock lock(current(), event.Header);
    const LONG before = load_state(event.Header);
    if (before == 0) {
        store_state(event.Header, 1);
        lock.satisfy();
    }
    return before;
}

LONG reset(KEVENT& event) noexcept {
    object_lock lock(current(), event.Header);
    const LONG before = load_state(event.Header);
    store_state(event.Header, 0);
    return before;
}

LONG pulse(KEVENT& event) noexcept {
    emit_signal(&event, 1);
    object_lock lock(current(), event.Header);
    const LONG before = load_state(event.Header);
    if (before == 0) {
        store_state(event.Header, 1);
        lock.satisfy_and_clear();
    } else {
        store_state(event.Header, 0);
    }
    return before;
}

void clear(KEVENT& event) noexcept {
    reset(event);
}

void initialize(KSEMAPHORE& semaphore, LONG count, LONG limit) noexcept {
    initialize_header(semaphore.Header, SemaphoreObject, sizeof semaphore, count);
    semaphore.Limit = limit;
}

base::status release(KSEMAPHORE& semaphore, LONG adjustment, LONG* before) noexcept {
    emit_signal(&semaphore, adjustment);
    object_lock lock(current(), semaphore.Header);
    const LONG count = load_state(semaphore.Header);
    if (adjustment <= 0 || adjustment > semaphore.Limit - count) {
        return STATUS_SEMAPHORE_LIMIT_EXCEEDED;
    }
    *before = count;
    store_state(semaphore.Header, count + adjustment);
    lock.satisfy();
    return STATUS_SUCCESS;
}

void initialize(KMUTANT& mutex) noexcept {
    initialize_header(mutex.Header, MutantObject, sizeof mutex, 1);
    mutex.MutantListEntry.Flink = mutex.MutantListEntry.Blink = nullptr;
    mutex.OwnerThread = nullptr;
    mutex.MutantFlags = 0;
    mutex.ApcDisable = 1;
}

bool owns_mutant(const DISPATCHER_HEADER& h, const thread& t) noexcept {
    return reinterpret_cast<const KMUTANT&>(h).OwnerThread == t.object();
}

bool acquire_mutant(DISPATCHER_HEADER& h, thread& t) noexcept {
    KMUTANT& m = mutant_of(h);
    const LONG state = load_state(h);
    store_state(h, state - 1);
    if (state != 1) {
        return false;
    }
    m.OwnerThread = t.object();
    t.mutants.fetch_add(1, std::memory_order_relaxed);
    const bool abandoned = m.Abandoned != 0;
    m.Abandoned = 0;
    return abandoned;
}

base::status release(KMUTANT& mutex, LONG* before) noexcept {
    thread& self = current();
    emit_signal(&mutex, 1);
    object_lock lock(self, mutex.Header);
    if (mutex.OwnerThread != self.object()) {
        return STATUS_MUTANT_NOT_OWNED;
    }
    const LONG state = load_state(mutex.Header);
    *before = state;
    store_state(mutex.Header, state + 1);
    if (state == 0) {
        mutex.OwnerThread = nullptr;
        self.mutants.fetch_sub(1, std::memory_order_relaxed);
        lock.satisfy();
    }
    return STATUS_SUCCESS;
}

}  // namespace ke
