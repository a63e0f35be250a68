// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Callouts on an expanded stack, attaching to the process.

#include "check.h"

static VOID called(PVOID parameter) {
    volatile UCHAR room[8192];
    room[0] = 1;
    room[sizeof room - 1] = 2;
    *(LONG*)parameter = room[0] + room[sizeof room - 1];
}

static void run_checks(PDRIVER_OBJECT driver) {
    LONG result = 0;
    KAPC_STATE state;
    UNREFERENCED_PARAMETER(driver);

    CHECK_STATUS(KeExpandKernelStackAndCallout(called, &result, 16384), STATUS_SUCCESS);
    CHECK_EQ(result, 3);
    result = 0;
    CHECK_STATUS(KeExpandKernelStackAndCalloutEx(called, &result, 16384, TRUE, NULL),
                 STATUS_SUCCESS);
    CHECK_EQ(result, 3);
    CHECK_STATUS(
        KeExpandKernelStackAndCalloutEx(called, &result, MAXIMUM_EXPANSION_SIZE + 1, FALSE, NULL),
        STATUS_INVALID_PARAMETER_3);
    CHECK_STATUS(KeExpandKernelStackAndCallout(called, &result, MAXIMUM_EXPANSION_SIZE + 1),
                 STATUS_INVALID_PARAMETER_3);

    KeStackAttachProcess((PRKPROCESS)PsGetCurrentProcess(), &state);
    KeUnstackDetachProcess(&state);
}
