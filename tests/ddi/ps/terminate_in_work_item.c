// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// PsTerminateSystemThread inside a work item stops nothing but the call.

#include "check.h"

static KEVENT done;
static WORK_QUEUE_ITEM item;
static NTSTATUS status;

static VOID work(PVOID parameter) {
    UNREFERENCED_PARAMETER(parameter);
    status = PsTerminateSystemThread(STATUS_SUCCESS);
    KeSetEvent(&done, IO_NO_INCREMENT, FALSE);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    KeInitializeEvent(&done, NotificationEvent, FALSE);
    ExInitializeWorkItem(&item, work, NULL);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL);
    CHECK_STATUS(status, STATUS_INVALID_PARAMETER);
}
