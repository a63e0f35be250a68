// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Spin locks: plain, in-stack queued, reader-writer.
//
// Windows documents: the pages of wdm.h with these names.

#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "ke/spin_lock.hpp"
#include "wdk/abi/ex.h"
#include "wdk/abi/ke.h"

namespace {

inline KIRQL raise_and_acquire(const ke::edge& e, KSPIN_LOCK& lock) noexcept {
    ke::thread& self = e.thread();
    const KIRQL old = self.irql < DISPATCH_LEVEL ? ke::raise(self, DISPATCH_LEVEL) : self.irql;
    ke::acquire(self, lock, e.caller());
    return old;
}

inline void release_and_lower(const ke::edge& e, KSPIN_LOCK& lock, KIRQL irql) noexcept {
    ke::release(e.thread(), lock, e.caller());
    ke::lower(e.thread(), irql);
}

KIRQL raise_to_dispatch(ke::thread& self) noexcept {
    return self.irql < DISPATCH_LEVEL ? ke::raise(self, DISPATCH_LEVEL) : self.irql;
}

void fill(KLOCK_QUEUE_HANDLE* handle, KSPIN_LOCK* lock, KIRQL old) noexcept {
    handle->LockQueue.Next = nullptr;
    handle->LockQueue.Lock = lock;
    handle->OldIrql = old;
}

}  // namespace

extern "C" {

// ---- plain --------------------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock) {
    ke::initialize(*SpinLock);
}

OPENWSK_EXPORT KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return raise_and_acquire(e, *SpinLock);
}

OPENWSK_EXPORT VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    release_and_lower(e, *SpinLock, NewIrql);
}

OPENWSK_EXPORT VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::acquire(e.thread(), *SpinLock, e.caller());
}

OPENWSK_EXPORT VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::release(e.thread(), *SpinLock, e.caller());
}

OPENWSK_EXPORT BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    return ke::try_acquire(e.thread(), *SpinLock) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return ke::is_free(*SpinLock) ? TRUE : FALSE;
}

OPENWSK_EXPORT KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return raise_and_acquire(e, *SpinLock);
}

OPENWSK_EXPORT VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    release_and_lower(e, *SpinLock, OldIrql);
}

// ---- in-stack queued ----------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock,
                                                   PKLOCK_QUEUE_HANDLE LockHandle) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    fill(LockHandle, SpinLock, raise_and_acquire(e, *SpinLock));
}

OPENWSK_EXPORT VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    release_and_lower(e, *LockHandle->LockQueue.Lock, LockHandle->OldIrql);
}

OPENWSK_EXPORT VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                             PKLOCK_QUEUE_HANDLE LockHandle) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::acquire(e.thread(), *SpinLock, e.caller());
    fill(LockHandle, SpinLock, e.thread().irql);
}

OPENWSK_EXPORT VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::release(e.thread(), *LockHandle->LockQueue.Lock, e.caller());
}

OPENWSK_EXPORT VOID KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock,
                                                         PKLOCK_QUEUE_HANDLE LockHandle) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    fill(LockHandle, SpinLock, raise_and_acquire(e, *SpinLock));
}

OPENWSK_EXPORT VOID KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    release_and_lower(e, *LockHandle->LockQueue.Lock, LockHandle->OldIrql);
}

// ---- reader-writer ------------------------------------------------------------------------------

OPENWSK_EXPORT KIRQL ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const KIRQL old = raise_to_dispatch(e.thread());
    ke::acquire_shared(e.thread(), *SpinLock);
    return old;
}

OPENWSK_EXPORT VOID ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    ke::release_shared(e.thread(), *SpinLock, e.caller());
    ke::lower(e.thread(), OldIrql);
}

OPENWSK_EXPORT VOID ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::acquire_shared(e.thread(), *SpinLock);
}

OPENWSK_EXPORT VOID ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::release_shared(e.thread(), *SpinLock, e.caller());
}

OPENWSK_EXPORT KIRQL ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const KIRQL old = raise_to_dispatch(e.thread());
    ke::acquire_exclusive(e.thread(), *SpinLock);
    return old;
}

OPENWSK_EXPORT VOID ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    ke::release_exclusive(e.thread(), *SpinLock, e.caller());
    ke::lower(e.thread(), OldIrql);
}

OPENWSK_EXPORT VOID ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::acquire_exclusive(e.thread(), *SpinLock);
}

OPENWSK_EXPORT VOID ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    ke::release_exclusive(e.thread(), *SpinLock, e.caller());
}

OPENWSK_EXPORT LOGICAL ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    return ke::try_convert_exclusive(e.thread(), *SpinLock) ? TRUE : FALSE;
}

OPENWSK_EXPORT LOGICAL ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    return ke::try_acquire_exclusive(e.thread(), *SpinLock) ? TRUE : FALSE;
}

OPENWSK_EXPORT LOGICAL ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock) {
    OPENWSK_EDGE(HIGH_LEVEL, DISPATCH_LEVEL);
    return ke::try_acquire_shared(e.thread(), *SpinLock) ? TRUE : FALSE;
}

}  // extern "C"
