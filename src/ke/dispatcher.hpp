// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The wait engine: what every dispatcher object (event, semaphore, mutex, timer, thread) shares.
//
// Documents: "Introduction to Kernel Dispatcher Objects", KeWaitForSingleObject,
// KeWaitForMultipleObjects.
//
// An object holds its documented bytes and nothing else of ours: its lock is one of the machine's
// wait buckets, chosen by address, and its waiters hang in WaitListHead through wait blocks on
// their own stacks. Links are checked before they are used (bug check 0x139, CORRUPT_LIST_ENTRY).
//
// Threads and IRQL: signalling at or below DISPATCH_LEVEL; waiting below it, or at it with a zero
// timeout. Lock order: wait buckets, several in ascending order.
//
// A waiter (one wait of one thread):
//
//     waiting -> claimed      [object_lock::satisfy; under the lock of the object that satisfies]
//     claimed -> satisfied    [object_lock::satisfy, the last time it touches the waiter]
//     waiting -> withdrawn    [the waiter itself, after its deadline, under all its locks]
//
//   waiting:   each block is linked, or was unlinked by a signal that came too late.
//   claimed:   the object is consumed for this waiter; it must not leave yet.
//   satisfied: whoever signaled touches neither the waiter nor the object any more, so that both
//              may go: an event on the waiter's stack dies with the return from the wait.
//
// All waiters that one signal satisfies are claimed before the first of them is satisfied. A waiter
// for all of its objects is never claimed: a signal kicks it, and it looks again under all its
// locks.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/status.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/ke.h"

namespace ke {

/// Bucket locks of a machine.
class wait_table {
public:
    static constexpr uint32_t buckets = 64;

    static uint32_t index_of(const volatile void* object) noexcept {
        const uint64_t mixed = reinterpret_cast<uintptr_t>(object) * 0x9e3779b97f4a7c15u;
        return static_cast<uint32_t>(mixed >> (64 - 6));
    }
    host::mutex& at(uint32_t index) noexcept { return buckets_[index].lock; }

private:
    struct alignas(64) bucket {
        host::mutex lock{base::lock_rank::wait};
    };
    bucket buckets_[buckets];
};

/// SignalState is read by drivers without a lock, which is legal: these accesses are atomic, but
/// invisible to ThreadSanitizer except for the order they establish.
LONG load_state(const DISPATCHER_HEADER& h) noexcept;
void store_state(DISPATCHER_HEADER& h, LONG state) noexcept;

void initialize_header(DISPATCHER_HEADER& h, KOBJECTS type, size_t object_bytes,
                       LONG state) noexcept;

struct wait_block;

/// Waiters for whom an object is consumed but who do not go on yet. They hold the memory of their
/// own stacks only, so the object may be gone when they are released.
class claimed_waiters {
public:
    void release() noexcept;

private:
    friend class object_lock;
    wait_block* first_ = nullptr;
    wait_block* last_ = nullptr;
};

/// Holds an object's lock. The destructor releases it and then wakes the satisfied waiters, without
/// touching the object.
class object_lock {
public:
    object_lock(thread& self, DISPATCHER_HEADER& h) noexcept;
    object_lock(const object_lock&) = delete;
    object_lock& operator=(const object_lock&) = delete;
    ~object_lock();

    /// Satisfies waiters as far as the object's state allows. Nothing may touch the object after
    /// it.
    void satisfy() noexcept {
        claimed_waiters waiters = claim();
        release(waiters);
    }
    /// The same, but the signal ends before the first waiter goes on.
    void satisfy_and_clear() noexcept {
        claimed_waiters waiters = claim();
        store_state(*header_, 0);
        release(waiters);
    }
    /// Claims waiters as far as the object's state allows; whoever calls releases them.
    claimed_waiters claim() noexcept;

private:
    static constexpr uint32_t wakes_max = 16;

    void wake_later(thread& t) noexcept;
    void release(claimed_waiters& waiters) noexcept;

    DISPATCHER_HEADER* header_;
    host::mutex* lock_;
    uint32_t wakes_ = 0;
    thread* wake_[wakes_max];
};

/// A point in time for a wait, from what the driver passed: null is for ever, negative relative,
/// positive system time, both in 100 ns units.
struct wait_time {
    bool poll = false;
    uint64_t deadline_ns = host::no_deadline;
};
wait_time to_wait_time(const LARGE_INTEGER* timeout) noexcept;

/// Waits until the object is signaled and consumes that. STATUS_SUCCESS, STATUS_TIMEOUT or
/// STATUS_ABANDONED.
base::status wait_one(thread& self, DISPATCHER_HEADER& object, wait_time time) noexcept;

/// Waits for any or all of count objects (1 to 64). STATUS_WAIT_0 + index (STATUS_ABANDONED_WAIT_0
/// + index) for any, STATUS_SUCCESS for all, STATUS_TIMEOUT.
base::status wait_many(thread& self, uint32_t count, DISPATCHER_HEADER* const* objects, bool all,
                       wait_time time) noexcept;

/// Sleeps until then; polling gives way to another thread.
void delay(thread& self, wait_time time) noexcept;

/// True if the object is of a type that can be waited for.
bool waitable(const DISPATCHER_HEADER& h) noexcept;

}  // namespace ke
