// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Rundown protection, plain and cache-aware: protect, run down, use again.

#include "threads.h"

#define USERS 3
#define TAG 'nuRT'

static EX_RUNDOWN_REF plain;
static PEX_RUNDOWN_REF_CACHE_AWARE aware;
static volatile LONG gone;
static volatile LONG uses;

static VOID use_plain(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    while (ExAcquireRundownProtection(&plain)) {
        InterlockedIncrement(&uses);
        KeStallExecutionProcessor(50);  // so that a wait finds somebody inside
        if (gone != 0) {
            CHECK_EQ(gone, 0);
        }
        ExReleaseRundownProtection(&plain);
    }
}

static VOID use_aware(PVOID context) {
    ULONG i = (ULONG)(ULONG_PTR)context;
    ULONG processors = KeQueryActiveProcessorCount(NULL);
    for (;; ++i) {
        KeSetSystemAffinityThreadEx((KAFFINITY)1 << (i % processors));
        if (!ExAcquireRundownProtectionCacheAware(aware)) {
            break;
        }
        InterlockedIncrement(&uses);
        KeSetSystemAffinityThreadEx((KAFFINITY)1 << ((i * 3 + 1) % processors));
        KeStallExecutionProcessor(50);
        if (gone != 0) {
            CHECK_EQ(gone, 0);
        }
        ExReleaseRundownProtectionCacheAware(aware);
    }
    KeRevertToUserAffinityThreadEx(0);
}

static void start_users(PKSTART_ROUTINE routine, PVOID* users) {
    LARGE_INTEGER tick;
    ULONG i;
    tick.QuadPart = -10000;
    gone = 0;
    uses = 0;
    for (i = 0; i < USERS; ++i) {
        users[i] = start_thread(routine, (PVOID)(ULONG_PTR)i);
    }
    while (ReadAcquire(&uses) < 100) {
        KeDelayExecutionThread(KernelMode, FALSE, &tick);
    }
}

static void finish_users(PVOID* users) {
    ULONG i;
    InterlockedExchange(&gone, 1);
    for (i = 0; i < USERS; ++i) {
        finish_thread(users[i]);
    }
}

static void check_plain(void) {
    PVOID users[USERS];

    ExInitializeRundownProtection(&plain);
    CHECK(ExAcquireRundownProtectionEx(&plain, 5));
    ExReleaseRundownProtectionEx(&plain, 4);
    ExReleaseRundownProtection(&plain);
    start_users(use_plain, users);
    ExWaitForRundownProtectionRelease(&plain);
    finish_users(users);
    CHECK(!ExAcquireRundownProtection(&plain));
    ExRundownCompleted(&plain);
    ExReInitializeRundownProtection(&plain);
    CHECK(ExAcquireRundownProtection(&plain));
    ExReleaseRundownProtection(&plain);
}

static void check_aware(void) {
    PVOID users[USERS];
    SIZE_T size = ExSizeOfRundownProtectionCacheAware();
    PEX_RUNDOWN_REF_CACHE_AWARE own;

    aware = ExAllocateCacheAwareRundownProtection(NonPagedPoolNx, TAG);
    REQUIRE(aware != NULL);
    CHECK(ExAcquireRundownProtectionCacheAwareEx(aware, 3));
    ExReleaseRundownProtectionCacheAwareEx(aware, 3);
    start_users(use_aware, users);
    ExWaitForRundownProtectionReleaseCacheAware(aware);
    finish_users(users);
    CHECK(!ExAcquireRundownProtectionCacheAware(aware));
    ExRundownCompletedCacheAware(aware);
    ExReInitializeRundownProtectionCacheAware(aware);
    CHECK(ExAcquireRundownProtectionCacheAware(aware));
    ExReleaseRundownProtectionCacheAware(aware);
    ExFreeCacheAwareRundownProtection(aware);

    own = ExAllocatePool2(POOL_FLAG_NON_PAGED, size, TAG);
    REQUIRE(own != NULL);
    ExInitializeRundownProtectionCacheAware(own, size);
    CHECK(ExAcquireRundownProtectionCacheAware(own));
    ExReleaseRundownProtectionCacheAware(own);
    ExWaitForRundownProtectionReleaseCacheAware(own);
    ExFreePoolWithTag(own, TAG);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    check_plain();
    check_aware();
}
