// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Fast and guarded mutexes: what they do to IRQL and APCs, trying, exclusion.

#include "threads.h"

#define THREADS 4
#define ROUNDS 1000

static FAST_MUTEX fast;
static KGUARDED_MUTEX guarded;
static LONG count_fast;
static LONG count_guarded;

static VOID contend(PVOID context) {
    ULONG i;
    UNREFERENCED_PARAMETER(context);
    for (i = 0; i < ROUNDS; ++i) {
        ExAcquireFastMutex(&fast);
        ++count_fast;
        ExReleaseFastMutex(&fast);
        KeAcquireGuardedMutex(&guarded);
        ++count_guarded;
        KeReleaseGuardedMutex(&guarded);
    }
}

static VOID try_both(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    CHECK(!ExTryToAcquireFastMutex(&fast));
    CHECK(!KeTryToAcquireGuardedMutex(&guarded));
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(!KeAreAllApcsDisabled());
}

static void alone(void) {
    ExAcquireFastMutex(&fast);
    CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&fast);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(ExTryToAcquireFastMutex(&fast));
    CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
    ExReleaseFastMutex(&fast);

    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&fast);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeAcquireGuardedMutexUnsafe(&guarded);
    finish_thread(start_thread(try_both, NULL));
    KeReleaseGuardedMutexUnsafe(&guarded);
    ExReleaseFastMutexUnsafe(&fast);
    KeLeaveCriticalRegion();

    KeAcquireGuardedMutex(&guarded);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(KeAreAllApcsDisabled());
    KeReleaseGuardedMutex(&guarded);
    CHECK(!KeAreAllApcsDisabled());
    CHECK(KeTryToAcquireGuardedMutex(&guarded));
    KeReleaseGuardedMutex(&guarded);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID threads[THREADS];
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    ExInitializeFastMutex(&fast);
    KeInitializeGuardedMutex(&guarded);
    alone();
    for (i = 0; i < THREADS; ++i) {
        threads[i] = start_thread(contend, NULL);
    }
    for (i = 0; i < THREADS; ++i) {
        finish_thread(threads[i]);
    }
    CHECK_EQ(count_fast, THREADS * ROUNDS);
    CHECK_EQ(count_guarded, THREADS * ROUNDS);
}
