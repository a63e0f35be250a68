// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A work item that is queued while it is queued stops the machine.
// exit: 3
// output: work-item-queued

#include "check.h"

static WORK_QUEUE_ITEM item;
static WORK_QUEUE_ITEM blockers[64];
static KEVENT go_on;

static VOID block(PVOID parameter) {
    UNREFERENCED_PARAMETER(parameter);
    KeWaitForSingleObject(&go_on, Executive, KernelMode, FALSE, NULL);
}

static void run_checks(PDRIVER_OBJECT driver) {
    ULONG i;
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeInitializeEvent(&go_on, NotificationEvent, FALSE);
    for (i = 0; i < ARRAYSIZE(blockers); ++i) {
        ExInitializeWorkItem(&blockers[i], block, NULL);
        ExQueueWorkItem(&blockers[i], CriticalWorkQueue);
    }
    // Every worker thread is busy, so this one stays queued.
    ExInitializeWorkItem(&item, block, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    ExQueueWorkItem(&item, DelayedWorkQueue);
}
