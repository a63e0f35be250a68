// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Events, semaphores and mutexes.
//
// Documents: "Event Objects", "Semaphore Objects", "Mutex Objects". All functions may be called at
// or below DISPATCH_LEVEL, except release(KMUTANT), which is for the owner, below it. Once a
// function has satisfied a waiter it does not touch the object again.

#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "ke/dispatcher.hpp"

namespace ke {

void initialize(KEVENT& event, EVENT_TYPE type, bool signaled) noexcept;

/// Signals the event; returns the state before.
LONG set(KEVENT& event) noexcept;
/// Ends the signal; returns the state before.
LONG reset(KEVENT& event) noexcept;
/// Satisfies who waits now, then ends the signal; returns the state before.
LONG pulse(KEVENT& event) noexcept;
/// Ends the signal, without a look at the state before.
void clear(KEVENT& event) noexcept;

/// Waits below DISPATCH_LEVEL for an event of the runtime's own.
inline base::status wait(KEVENT& event) noexcept {
    return wait_one(current(), event.Header, {});
}

void initialize(KSEMAPHORE& semaphore, LONG count, LONG limit) noexcept;

/// Adds adjustment to the count; *before receives the old count. STATUS_SEMAPHORE_LIMIT_EXCEEDED,
/// and nothing changes, when the count would exceed its limit.
base::status release(KSEMAPHORE& semaphore, LONG adjustment, LONG* before) noexcept;

void initialize(KMUTANT& mutex) noexcept;

/// Releases one acquisition by the calling thread; *before receives the old state.
/// STATUS_MUTANT_NOT_OWNED when it is not the owner.
base::status release(KMUTANT& mutex, LONG* before) noexcept;

// For the wait engine, under the object's lock.

bool owns_mutant(const DISPATCHER_HEADER& h, const thread& t) noexcept;
/// Acquires for t; true if the previous owner abandoned the mutex.
bool acquire_mutant(DISPATCHER_HEADER& h, thread& t) noexcept;

}  // namespace ke
