// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A bad pointer handed to memcpy names the driver, not the C library.
// exit: 3
// variants: plain
// output: BUGCHECK 0x0000007E
// output: in ddi_verify_copies_from_null!.*copies_from_null.c:1[0-9]

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UCHAR buffer[512];
    void* volatile source = (void*)(ULONG_PTR)0x20;
    RtlCopyMemory(buffer, source, sizeof buffer);
    CHECK(buffer[7] == 0);
    UNREFERENCED_PARAMETER(driver);
}
