// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Statuses that the runtime raises end at the innermost __try; locals written in the body survive;
// __finally and __leave run as documented.

#include "check.h"

static NTSTATUS raised(NTSTATUS status, int* written) {
    NTSTATUS caught = STATUS_SUCCESS;
    int local = 1;
    __try {
        local = 2;
        if (!NT_SUCCESS(status)) {
            local = 3;
            ExRaiseStatus(status);
        }
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        caught = GetExceptionCode();
    }
    *written = local;
    return caught;
}

static NTSTATUS own_kinds(BOOLEAN misaligned) {
    __try {
        if (misaligned) {
            ExRaiseDatatypeMisalignment();
        }
        ExRaiseAccessViolation();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        return GetExceptionCode();
    }
    return STATUS_SUCCESS;
}

static int searched(void) {
    int where = 0;
    __try {
        __try {
            ExRaiseStatus(STATUS_NO_MEMORY);
        } __except (GetExceptionCode() == STATUS_ACCESS_VIOLATION) {
            where = 1;
        }
        where = 2;
    } __except (GetExceptionInformation()->ExceptionRecord->ExceptionCode == STATUS_NO_MEMORY) {
        where += 10;
    }
    return where;
}

static int finally_order(BOOLEAN raise) {
    int order = 0;
    __try {
        __try {
            order = 1;
            if (raise) {
                ExRaiseStatus(STATUS_UNSUCCESSFUL);
            }
        } __finally {
            order = order * 10 + 2 + AbnormalTermination();
        }
        order = order * 10 + 4;
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        order = order * 10 + 5;
    }
    return order;
}

static int left(void) {
    int order = 0;
    __try {
        order = 1;
        __leave;
    } __finally {
        order = order * 10 + 2;
    }
    return order;
}

static void run_checks(PDRIVER_OBJECT driver) {
    int written = 0;
    int i;
    UNREFERENCED_PARAMETER(driver);
    CHECK_STATUS(raised(STATUS_SUCCESS, &written), STATUS_SUCCESS);
    CHECK_EQ(written, 2);
    for (i = 0; i < 100; ++i) {
        CHECK_STATUS(raised(STATUS_ACCESS_VIOLATION, &written), STATUS_ACCESS_VIOLATION);
        CHECK_EQ(written, 3);
    }
    CHECK_STATUS(own_kinds(FALSE), STATUS_ACCESS_VIOLATION);
    CHECK_STATUS(own_kinds(TRUE), STATUS_DATATYPE_MISALIGNMENT);
    CHECK_EQ(searched(), 10);
    CHECK_EQ(finally_order(FALSE), 124);
    CHECK_EQ(finally_order(TRUE), 135);
    CHECK_EQ(left(), 12);
}
