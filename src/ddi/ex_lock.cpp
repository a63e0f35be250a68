// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Fast and guarded mutexes, push locks, resources, rundown protection.
//
// Windows documents: the pages of wdm.h, ntddk.h and ntifs.h with these names.

#include "ex/executive.hpp"
#include "ex/fast_mutex.hpp"
#include "ex/push_lock.hpp"
#include "ex/resource.hpp"
#include "ex/rundown.hpp"
#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "ke/regions.hpp"
#include "mm/pool.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ex.h"

namespace {

// The unsafe variants are for callers that have APCs disabled already.
void require_apcs_disabled(const ke::edge& e) noexcept {
    if (OPENWSK_UNLIKELY(e.thread().irql < APC_LEVEL && !ke::apcs_disabled(e.thread()))) {
        verify::violation(verify::rule::lock_irql, e.caller(), nullptr,
                          "%s was called at PASSIVE_LEVEL outside every critical region", e.name());
    }
}

base::ref_ptr<ex::resource> resource_of(const ke::edge& e, PERESOURCE r) noexcept {
    return e.machine().get<ex::executive>().resources().find(*r, e.caller());
}

ERESOURCE_THREAD self_id(const ke::edge& e) noexcept {
    return reinterpret_cast<ERESOURCE_THREAD>(e.thread().object());
}

BOOLEAN acquire_shared(const ke::edge& e, PERESOURCE r, ex::shared_mode mode,
                       BOOLEAN wait) noexcept {
    return ex::acquire_shared(e.thread(), *resource_of(e, r), mode, wait != FALSE) ? TRUE : FALSE;
}

}  // namespace

extern "C" {

// ---- fast mutexes -------------------------------------------------------------------------------

OPENWSK_EXPORT VOID ExInitializeFastMutex(PFAST_MUTEX FastMutex) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::initialize(*FastMutex);
}

OPENWSK_EXPORT VOID ExAcquireFastMutex(PFAST_MUTEX FastMutex) {
    OPENWSK_EDGE(APC_LEVEL);
    const KIRQL old = e.thread().irql;
    ke::raise(e.thread(), APC_LEVEL);
    ex::acquire(e.thread(), *FastMutex, e.caller());
    FastMutex->OldIrql = old;
}

OPENWSK_EXPORT VOID ExReleaseFastMutex(PFAST_MUTEX FastMutex) {
    OPENWSK_EDGE(APC_LEVEL, APC_LEVEL);
    const auto old = static_cast<KIRQL>(FastMutex->OldIrql);
    ex::release(e.thread(), *FastMutex, e.caller());
    ke::lower(e.thread(), old);
}

OPENWSK_EXPORT BOOLEAN ExTryToAcquireFastMutex(PFAST_MUTEX FastMutex) {
    OPENWSK_EDGE(APC_LEVEL);
    if (!ex::try_acquire(e.thread(), *FastMutex)) {
        return FALSE;
    }
    FastMutex->OldIrql = ke::raise(e.thread(), APC_LEVEL);
    return TRUE;
}

OPENWSK_EXPORT VOID ExAcquireFastMutexUnsafe(PFAST_MUTEX FastMutex) {
    OPENWSK_EDGE(APC_LEVEL);
    require_apcs_disabled(e);
    ex::acquire(e.thread(), *FastMutex, e.caller());
}

OPENWSK_EXPORT VOID ExReleaseFastMutexUnsafe(PFAST_MUTEX FastMutex) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::release(e.thread(), *FastMutex, e.caller());
}

// ---- guarded mutexes ----------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeInitializeGuardedMutex(PKGUARDED_MUTEX Mutex) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::initialize(*Mutex);
}

OPENWSK_EXPORT VOID KeAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::enter_guarded_region(e.thread());
    ex::acquire(e.thread(), *Mutex, e.caller());
}

OPENWSK_EXPORT VOID KeReleaseGuardedMutex(PKGUARDED_MUTEX Mutex) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::release(e.thread(), *Mutex, e.caller());
    ke::leave_guarded_region(e.thread(), e.caller());
}

OPENWSK_EXPORT BOOLEAN KeTryToAcquireGuardedMutex(PKGUARDED_MUTEX Mutex) {
    OPENWSK_EDGE(APC_LEVEL);
    if (!ex::try_acquire(e.thread(), *Mutex)) {
        return FALSE;
    }
    ke::enter_guarded_region(e.thread());
    return TRUE;
}

OPENWSK_EXPORT VOID KeAcquireGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) {
    OPENWSK_EDGE(APC_LEVEL);
    require_apcs_disabled(e);
    ex::acquire(e.thread(), *Mutex, e.caller());
}

OPENWSK_EXPORT VOID KeReleaseGuardedMutexUnsafe(PKGUARDED_MUTEX Mutex) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::release(e.thread(), *Mutex, e.caller());
}

// ---- push locks ---------------------------------------------------------------------------------

OPENWSK_EXPORT VOID ExInitializePushLock(PEX_PUSH_LOCK PushLock) {
    ex::initialize(*PushLock);
}

OPENWSK_EXPORT VOID ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::acquire_exclusive(e.thread(), *PushLock, e.caller());
}

OPENWSK_EXPORT VOID ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::release_exclusive(e.thread(), *PushLock, e.caller());
}

OPENWSK_EXPORT VOID ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::acquire_shared(e.thread(), *PushLock, e.caller());
}

OPENWSK_EXPORT VOID ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::release_shared(e.thread(), *PushLock, e.caller());
}

// ---- resources ----------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS ExInitializeResourceLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return e.machine()
        .get<ex::executive>()
        .resources()
        .initialize(e.machine(), *Resource, e.caller())
        .code();
}

OPENWSK_EXPORT NTSTATUS ExReinitializeResourceLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    e.machine().get<ex::executive>().resources().reinitialize(*Resource, e.caller());
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS ExDeleteResourceLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    e.machine().get<ex::executive>().resources().remove(e.machine(), *Resource, e.caller());
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT BOOLEAN ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait) {
    OPENWSK_EDGE(APC_LEVEL);
    return ex::acquire_exclusive(e.thread(), *resource_of(e, Resource), Wait != FALSE) ? TRUE
                                                                                       : FALSE;
}

OPENWSK_EXPORT BOOLEAN ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait) {
    OPENWSK_EDGE(APC_LEVEL);
    return acquire_shared(e, Resource, ex::shared_mode::normal, Wait);
}

OPENWSK_EXPORT BOOLEAN ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait) {
    OPENWSK_EDGE(APC_LEVEL);
    return acquire_shared(e, Resource, ex::shared_mode::starve_exclusive, Wait);
}

OPENWSK_EXPORT BOOLEAN ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait) {
    OPENWSK_EDGE(APC_LEVEL);
    return acquire_shared(e, Resource, ex::shared_mode::wait_for_exclusive, Wait);
}

OPENWSK_EXPORT PVOID ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::enter_critical_region(e.thread());
    ex::acquire_exclusive(e.thread(), *resource_of(e, Resource), true);
    return nullptr;
}

OPENWSK_EXPORT PVOID ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::enter_critical_region(e.thread());
    acquire_shared(e, Resource, ex::shared_mode::normal, TRUE);
    return nullptr;
}

OPENWSK_EXPORT VOID ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(*resource_of(e, Resource), self_id(e), e.caller());
    ke::leave_critical_region(e.thread(), e.caller());
}

OPENWSK_EXPORT VOID ExReleaseResourceLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(*resource_of(e, Resource), self_id(e), e.caller());
}

OPENWSK_EXPORT VOID ExReleaseResourceForThreadLite(PERESOURCE Resource,
                                                   ERESOURCE_THREAD ResourceThreadId) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(*resource_of(e, Resource), ResourceThreadId, e.caller());
}

OPENWSK_EXPORT VOID ExConvertExclusiveToSharedLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::convert_to_shared(e.thread(), *resource_of(e, Resource), e.caller());
}

OPENWSK_EXPORT BOOLEAN ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::owns_exclusive(e.thread(), *resource_of(e, Resource)) ? TRUE : FALSE;
}

OPENWSK_EXPORT ULONG ExIsResourceAcquiredSharedLite(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::owned_count(e.thread(), *resource_of(e, Resource));
}

OPENWSK_EXPORT ULONG ExGetExclusiveWaiterCount(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::exclusive_waiters(*resource_of(e, Resource));
}

OPENWSK_EXPORT ULONG ExGetSharedWaiterCount(PERESOURCE Resource) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::shared_waiters(*resource_of(e, Resource));
}

// ---- rundown protection -------------------------------------------------------------------------

OPENWSK_EXPORT VOID ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
    ex::initialize(*RunRef);
}

OPENWSK_EXPORT VOID ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::initialize(*RunRef);
}

OPENWSK_EXPORT BOOLEAN ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::acquire(*RunRef, 1) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::acquire(*RunRef, Count) ? TRUE : FALSE;
}

OPENWSK_EXPORT VOID ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(e.thread(), *RunRef, 1, e.caller());
}

OPENWSK_EXPORT VOID ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(e.thread(), *RunRef, Count, e.caller());
}

OPENWSK_EXPORT VOID ExRundownCompleted(PEX_RUNDOWN_REF RunRef) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::complete(*RunRef);
}

OPENWSK_EXPORT VOID ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::wait(e.thread(), *RunRef);
}

OPENWSK_EXPORT PEX_RUNDOWN_REF_CACHE_AWARE ExAllocateCacheAwareRundownProtection(POOL_TYPE PoolType,
                                                                                 ULONG PoolTag) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const size_t bytes = ex::cache_aware_bytes(e.thread());
    const bool paged = (PoolType & PagedPool) != 0;
    void* memory =
        e.machine().get<mm::pool>().allocate({bytes, PoolTag, paged, false, true}, e.caller());
    if (memory == nullptr || !ex::initialize_cache_aware(e.thread(), memory, bytes)) {
        return nullptr;
    }
    return static_cast<PEX_RUNDOWN_REF_CACHE_AWARE>(memory);
}

OPENWSK_EXPORT SIZE_T ExSizeOfRundownProtectionCacheAware(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::cache_aware_bytes(e.thread());
}

OPENWSK_EXPORT VOID ExInitializeRundownProtectionCacheAware(
    PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, SIZE_T RunRefSize) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    if (!ex::initialize_cache_aware(e.thread(), RunRefCacheAware, RunRefSize)) {
        verify::violation(verify::rule::object_wrong_type, e.caller(), RunRefCacheAware,
                          "%zu bytes are not enough for a cache-aware rundown reference; ask "
                          "ExSizeOfRundownProtectionCacheAware",
                          static_cast<size_t>(RunRefSize));
    }
}

OPENWSK_EXPORT VOID
ExFreeCacheAwareRundownProtection(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    e.machine().get<mm::pool>().free(RunRefCacheAware, 0, e.caller());
}

OPENWSK_EXPORT VOID
ExReInitializeRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::reinitialize_cache_aware(*RunRefCacheAware);
}

OPENWSK_EXPORT BOOLEAN
ExAcquireRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::acquire(e.thread(), *RunRefCacheAware, 1) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN
ExAcquireRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware, ULONG Count) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::acquire(e.thread(), *RunRefCacheAware, Count) ? TRUE : FALSE;
}

OPENWSK_EXPORT VOID
ExReleaseRundownProtectionCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(e.thread(), *RunRefCacheAware, 1);
}

OPENWSK_EXPORT VOID ExReleaseRundownProtectionCacheAwareEx(PEX_RUNDOWN_REF_CACHE_AWARE RunRef,
                                                           ULONG Count) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(e.thread(), *RunRef, Count);
}

OPENWSK_EXPORT VOID ExRundownCompletedCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRefCacheAware) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::complete(*RunRefCacheAware);
}

OPENWSK_EXPORT VOID
ExWaitForRundownProtectionReleaseCacheAware(PEX_RUNDOWN_REF_CACHE_AWARE RunRef) {
    OPENWSK_EDGE(APC_LEVEL);
    ex::wait(e.thread(), *RunRef);
}

}  // extern "C"
