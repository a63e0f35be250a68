// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Timers: one-shot, periodic, with a DPC, cancelled, coalescable.

#include "check.h"

static LONG fired;
static KEVENT fired_enough;

static VOID count_fire(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2) {
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK_PTR(context, &fired);
    if (InterlockedIncrement(&fired) == 3) {
        KeSetEvent(&fired_enough, IO_NO_INCREMENT, FALSE);
    }
}

static void run_checks(PDRIVER_OBJECT driver) {
    KTIMER timer;
    KDPC dpc;
    LARGE_INTEGER due;
    ULONGLONG begin = KeQueryInterruptTime();
    UNREFERENCED_PARAMETER(driver);

    KeInitializeTimer(&timer);
    CHECK(!KeReadStateTimer(&timer));
    CHECK(!KeCancelTimer(&timer));
    due.QuadPart = -4 * 10000;
    CHECK(!KeSetTimer(&timer, due, NULL));
    CHECK_STATUS(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(KeQueryInterruptTime() - begin >= 4 * 10000);
    CHECK(KeReadStateTimer(&timer));

    due.QuadPart = -10000 * 10000LL;
    CHECK(!KeSetTimer(&timer, due, NULL));
    CHECK(!KeReadStateTimer(&timer));
    CHECK(KeSetTimer(&timer, due, NULL));
    CHECK(KeCancelTimer(&timer));

    KeInitializeEvent(&fired_enough, NotificationEvent, FALSE);
    KeInitializeDpc(&dpc, count_fire, &fired);
    KeInitializeTimerEx(&timer, SynchronizationTimer);
    due.QuadPart = -10000;
    CHECK(!KeSetTimerEx(&timer, due, 1, &dpc));
    CHECK_STATUS(KeWaitForSingleObject(&fired_enough, Executive, KernelMode, FALSE, NULL),
                 STATUS_SUCCESS);
    CHECK(KeCancelTimer(&timer));
    KeFlushQueuedDpcs();
    CHECK(fired >= 3);

    fired = 0;
    KeClearEvent(&fired_enough);
    CHECK(!KeSetCoalescableTimer(&timer, due, 0, 10, &dpc));
    CHECK_STATUS(KeWaitForSingleObject(&timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    KeFlushQueuedDpcs();
    CHECK_EQ(fired, 1);
    CHECK(!KeCancelTimer(&timer));
}
