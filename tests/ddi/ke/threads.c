// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Threads: priorities, delays, stalls.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    LARGE_INTEGER interval;
    ULONGLONG begin;
    KPRIORITY old;
    PKTHREAD self = KeGetCurrentThread();
    UNREFERENCED_PARAMETER(driver);

    CHECK_PTR(self, PsGetCurrentThread());
    old = KeSetPriorityThread(self, LOW_REALTIME_PRIORITY);
    CHECK_EQ(KeQueryPriorityThread(self), LOW_REALTIME_PRIORITY);
    CHECK_EQ(KeSetPriorityThread(self, old), LOW_REALTIME_PRIORITY);
    CHECK_EQ(KeSetBasePriorityThread(self, 2), 0);
    CHECK_EQ(KeQueryPriorityThread(self), 10);
    CHECK_EQ(KeSetBasePriorityThread(self, 0), 2);

    begin = KeQueryInterruptTime();
    interval.QuadPart = -5 * 10000;
    CHECK_STATUS(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);
    CHECK(KeQueryInterruptTime() - begin >= 5 * 10000);
    interval.QuadPart = 0;
    CHECK_STATUS(KeDelayExecutionThread(KernelMode, FALSE, &interval), STATUS_SUCCESS);

    begin = KeQueryInterruptTime();
    KeStallExecutionProcessor(200);
    CHECK(KeQueryInterruptTime() - begin >= 2000);
    CHECK(!KeShouldYieldProcessor());
}
