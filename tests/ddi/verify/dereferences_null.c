// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A NULL pointer is a bug check that names the function and the line.
// exit: 3
// variants: plain
// output: BUGCHECK 0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED \(0xC0000005,
// output: writes to .*, a NULL pointer
// output: in ddi_verify_dereferences_null!store.*dereferences_null.c:15

#include "check.h"

static __attribute__((noinline)) void store(volatile ULONG* where) {
    // The next line is named by the report.
    *where = 1;
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    store(NULL);
    CHECK(FALSE);
}
