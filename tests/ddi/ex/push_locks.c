// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Push locks: shared and exclusive, under contention.

#include "threads.h"

#define THREADS 4
#define ROUNDS 1000

static EX_PUSH_LOCK lock;
static LONG pair[2];

static VOID contend(PVOID context) {
    ULONG i;
    UNREFERENCED_PARAMETER(context);
    for (i = 0; i < ROUNDS; ++i) {
        KeEnterCriticalRegion();
        if (i % 4 == 0) {
            ExAcquirePushLockExclusive(&lock);
            ++pair[0];
            ++pair[1];
            ExReleasePushLockExclusive(&lock);
        } else {
            ExAcquirePushLockShared(&lock);
            if (pair[0] != pair[1]) {
                CHECK_EQ(pair[0], pair[1]);
            }
            ExReleasePushLockShared(&lock);
        }
        KeLeaveCriticalRegion();
    }
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID threads[THREADS];
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    ExInitializePushLock(&lock);
    ExAcquirePushLockExclusiveEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
    ExReleasePushLockExclusiveEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
    ExAcquirePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
    ExAcquirePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
    ExReleasePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
    ExReleasePushLockSharedEx(&lock, EX_DEFAULT_PUSH_LOCK_FLAGS);
    for (i = 0; i < THREADS; ++i) {
        threads[i] = start_thread(contend, NULL);
    }
    for (i = 0; i < THREADS; ++i) {
        finish_thread(threads[i]);
    }
    CHECK_EQ(pair[0], THREADS * ROUNDS / 4);
}
