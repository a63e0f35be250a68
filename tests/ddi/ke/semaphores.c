// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Semaphores count, and raise when they would exceed their limit.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KSEMAPHORE s;
    LARGE_INTEGER zero;
    NTSTATUS raised = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(driver);
    zero.QuadPart = 0;

    KeInitializeSemaphore(&s, 1, 3);
    CHECK_EQ(KeReadStateSemaphore(&s), 1);
    CHECK_STATUS(KeWaitForSingleObject(&s, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(&s, Executive, KernelMode, FALSE, &zero), STATUS_TIMEOUT);
    CHECK_EQ(KeReleaseSemaphore(&s, IO_NO_INCREMENT, 2, FALSE), 0);
    CHECK_EQ(KeReleaseSemaphore(&s, IO_NO_INCREMENT, 1, FALSE), 2);
    __try {
        KeReleaseSemaphore(&s, IO_NO_INCREMENT, 1, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    CHECK_STATUS(raised, STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    CHECK_EQ(KeReadStateSemaphore(&s), 3);
}
