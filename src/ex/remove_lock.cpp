// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/remove_lock.hpp"

#include <atomic>

#include "ke/objects.hpp"
#include "verify/violation.hpp"

namespace ex {
namespace {

std::atomic_ref<LONG> count_of(IO_REMOVE_LOCK& lock) noexcept {
    return std::atomic_ref<LONG>(const_cast<LONG&>(lock.Common.IoCount));
}

std::atomic_ref<BOOLEAN> removed_of(IO_REMOVE_LOCK& lock) noexcept {
    return std::atomic_ref<BOOLEAN>(lock.Common.Removed);
}

// Takes one user away; the last one sets the event.
void leave(IO_REMOVE_LOCK& lock, const void* caller) noexcept {
    const LONG before = count_of(lock).fetch_sub(1, std::memory_order_acq_rel);
    if (OPENWSK_UNLIKELY(before <= 0)) {
        verify::violation(verify::rule::remove_lock_misuse, caller, &lock,
                          "the remove lock at %p is released more often than it was acquired",
                          static_cast<void*>(&lock));
    } else if (before == 1) {
        ke::set(lock.Common.RemoveEvent);
    }
}

}  // namespace

void initialize(IO_REMOVE_LOCK& lock) noexcept {
    ke::initialize(lock.Common.RemoveEvent, SynchronizationEvent, false);
    removed_of(lock).store(FALSE, std::memory_order_relaxed);
    count_of(lock).store(1, std::memory_order_release);
}

base::status acquire(IO_REMOVE_LOCK& lock) noexcept {
    host::schedule_point(host::point::interlocked, &lock);
    count_of(lock).fetch_add(1, std::memory_order_acq_rel);
    if (OPENWSK_UNLIKELY(removed_of(lock).load(std::memory_order_acquire) != FALSE)) {
        leave(lock, nullptr);
        return STATUS_DELETE_PENDING;
    }
    return STATUS_SUCCESS;
}

void release(IO_REMOVE_LOCK& lock, const void* caller) noexcept {
    leave(lock, caller);
}

void release_and_wait(IO_REMOVE_LOCK& lock, const void* caller) noexcept {
    removed_of(lock).store(TRUE, std::memory_order_release);
    leave(lock, caller);
    if (count_of(lock).fetch_sub(1, std::memory_order_acq_rel) > 1) {
        (void)ke::wait(lock.Common.RemoveEvent).ok();
    }
}

}  // namespace ex
