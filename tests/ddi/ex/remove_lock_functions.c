// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The functions behind the remove lock macros: acquisitions nest and count, whoever releases waits
// for all of them, and afterwards nobody gets the lock.

#include "threads.h"

static IO_REMOVE_LOCK lock;
static KEVENT may_remove;
static volatile LONG removed;

static VOID remover(PVOID context) {
    CHECK_STATUS(IoAcquireRemoveLockEx(&lock, context, __FILE__, __LINE__, sizeof lock),
                 STATUS_SUCCESS);
    KeWaitForSingleObject(&may_remove, Executive, KernelMode, FALSE, NULL);
    IoReleaseRemoveLockAndWaitEx(&lock, context, sizeof lock);
    InterlockedExchange(&removed, 1);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID thread;
    KIRQL old;
    ULONG i;

    KeInitializeEvent(&may_remove, NotificationEvent, FALSE);
    IoInitializeRemoveLockEx(&lock, 'lRRT', 0, 0, sizeof lock);

    // Up to DISPATCH_LEVEL, with one tag several times and with tags of others.
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    for (i = 0; i < 3; ++i) {
        CHECK_STATUS(IoAcquireRemoveLockEx(&lock, driver, __FILE__, __LINE__, sizeof lock),
                     STATUS_SUCCESS);
        CHECK_STATUS(IoAcquireRemoveLockEx(&lock, &thread, __FILE__, __LINE__, sizeof lock),
                     STATUS_SUCCESS);
    }
    for (i = 0; i < 3; ++i) {
        IoReleaseRemoveLockEx(&lock, &thread, sizeof lock);
    }
    KeLowerIrql(old);

    thread = start_thread(remover, &lock);
    KeSetEvent(&may_remove, IO_NO_INCREMENT, FALSE);
    // The removal has begun when the lock is not to be had any more; three are still out.
    while (NT_SUCCESS(IoAcquireRemoveLockEx(&lock, &old, __FILE__, __LINE__, sizeof lock))) {
        IoReleaseRemoveLockEx(&lock, &old, sizeof lock);
        YieldProcessor();
    }
    IoReleaseRemoveLockEx(&lock, driver, sizeof lock);
    IoReleaseRemoveLockEx(&lock, driver, sizeof lock);
    CHECK_EQ(removed, 0);
    IoReleaseRemoveLockEx(&lock, driver, sizeof lock);
    finish_thread(thread);
    CHECK_EQ(removed, 1);
    CHECK_STATUS(IoAcquireRemoveLockEx(&lock, driver, __FILE__, __LINE__, sizeof lock),
                 STATUS_DELETE_PENDING);
}
