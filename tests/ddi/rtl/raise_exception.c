// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// RtlRaiseException ends in the innermost __try of the callback.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    struct {
        ULONG ExceptionCode;
        ULONG ExceptionFlags;
        PVOID ExceptionRecord;
        PVOID ExceptionAddress;
        ULONG NumberParameters;
        ULONG_PTR ExceptionInformation[15];
    } record = {(ULONG)STATUS_ACCESS_DENIED, 0, NULL, NULL, 0, {0}};
    volatile NTSTATUS caught = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(driver);
    __try {
        RtlRaiseException(&record);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        caught = (NTSTATUS)GetExceptionCode();
    }
    CHECK_STATUS(caught, STATUS_ACCESS_DENIED);
}
