// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Remove locks.

#include "threads.h"

static IO_REMOVE_LOCK lock;
static volatile LONG removed;

static VOID remover(PVOID context) {
    CHECK_STATUS(IoAcquireRemoveLock(&lock, context), STATUS_SUCCESS);
    IoReleaseRemoveLockAndWait(&lock, context);
    InterlockedExchange(&removed, 1);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID thread;
    LARGE_INTEGER tick;
    tick.QuadPart = -10000;

    IoInitializeRemoveLock(&lock, 'lRRT', 0, 0);
    CHECK_STATUS(IoAcquireRemoveLock(&lock, driver), STATUS_SUCCESS);
    thread = start_thread(remover, driver);
    while (NT_SUCCESS(IoAcquireRemoveLock(&lock, &thread))) {
        IoReleaseRemoveLock(&lock, &thread);
        KeDelayExecutionThread(KernelMode, FALSE, &tick);
    }
    CHECK_STATUS(IoAcquireRemoveLock(&lock, &thread), STATUS_DELETE_PENDING);
    CHECK_EQ(removed, 0);
    IoReleaseRemoveLock(&lock, driver);
    finish_thread(thread);
    CHECK_EQ(removed, 1);
}
