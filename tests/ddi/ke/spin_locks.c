// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Spin locks: plain, in-stack queued, reader-writer, and what they guard under contention.

#include "threads.h"

#define THREADS 4
#define ROUNDS 2000

static KSPIN_LOCK lock;
static EX_SPIN_LOCK shared_lock;
static LONG plain;
static LONG queued;
static LONG pair[2];

static VOID contend(PVOID context) {
    KLOCK_QUEUE_HANDLE handle;
    KIRQL old;
    ULONG i;
    UNREFERENCED_PARAMETER(context);

    for (i = 0; i < ROUNDS; ++i) {
        KeAcquireSpinLock(&lock, &old);
        ++plain;
        KeReleaseSpinLock(&lock, old);

        KeAcquireInStackQueuedSpinLock(&lock, &handle);
        ++queued;
        KeReleaseInStackQueuedSpinLock(&handle);

        if (i % 4 == 0) {
            old = ExAcquireSpinLockExclusive(&shared_lock);
            ++pair[0];
            ++pair[1];
            ExReleaseSpinLockExclusive(&shared_lock, old);
        } else {
            old = ExAcquireSpinLockShared(&shared_lock);
            CHECK_EQ(pair[0], pair[1]);
            ExReleaseSpinLockShared(&shared_lock, old);
        }
    }
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
}

static void contention(void) {
    PVOID threads[THREADS];
    ULONG i;

    for (i = 0; i < THREADS; ++i) {
        threads[i] = start_thread(contend, NULL);
    }
    for (i = 0; i < THREADS; ++i) {
        finish_thread(threads[i]);
    }
    CHECK_EQ(plain, THREADS * ROUNDS);
    CHECK_EQ(queued, THREADS * ROUNDS);
    CHECK_EQ(pair[0], THREADS * ROUNDS / 4);
}

static void at_dispatch(void) {
    KLOCK_QUEUE_HANDLE handle;
    KIRQL old;

    old = KeRaiseIrqlToDpcLevel();
    CHECK(KeTestSpinLock(&lock));
    KeAcquireSpinLockAtDpcLevel(&lock);
    CHECK(!KeTestSpinLock(&lock));
    CHECK(!KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLockFromDpcLevel(&lock);
    CHECK(KeTryToAcquireSpinLockAtDpcLevel(&lock));
    KeReleaseSpinLockFromDpcLevel(&lock);
    KeAcquireInStackQueuedSpinLockAtDpcLevel(&lock, &handle);
    KeReleaseInStackQueuedSpinLockFromDpcLevel(&handle);

    ExAcquireSpinLockSharedAtDpcLevel(&shared_lock);
    CHECK(ExTryAcquireSpinLockSharedAtDpcLevel(&shared_lock));
    CHECK(!ExTryConvertSharedSpinLockExclusive(&shared_lock));
    ExReleaseSpinLockSharedFromDpcLevel(&shared_lock);
    CHECK(ExTryConvertSharedSpinLockExclusive(&shared_lock));
    CHECK(!ExTryAcquireSpinLockSharedAtDpcLevel(&shared_lock));
    CHECK(!ExTryAcquireSpinLockExclusiveAtDpcLevel(&shared_lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&shared_lock);
    CHECK(ExTryAcquireSpinLockExclusiveAtDpcLevel(&shared_lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&shared_lock);
    ExAcquireSpinLockExclusiveAtDpcLevel(&shared_lock);
    ExReleaseSpinLockExclusiveFromDpcLevel(&shared_lock);
    KeLowerIrql(old);
}

static void for_dpc(void) {
    KLOCK_QUEUE_HANDLE handle;
    KIRQL old = KeAcquireSpinLockForDpc(&lock);

    CHECK_EQ(old, PASSIVE_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeReleaseSpinLockForDpc(&lock, old);
    KeAcquireInStackQueuedSpinLockForDpc(&lock, &handle);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeReleaseInStackQueuedSpinLockForDpc(&handle);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    old = KeAcquireSpinLockRaiseToDpc(&lock);
    KeReleaseSpinLock(&lock, old);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    KeInitializeSpinLock(&lock);
    at_dispatch();
    for_dpc();
    contention();
}
