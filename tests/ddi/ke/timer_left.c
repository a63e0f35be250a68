// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A timer that is still set when the driver is unloaded is in the report.
// exit: 1
// output: timer

#include "check.h"

static KTIMER timer;

static void run_checks(PDRIVER_OBJECT driver) {
    LARGE_INTEGER due;
    UNREFERENCED_PARAMETER(driver);
    KeInitializeTimer(&timer);
    due.QuadPart = -1000 * 10000LL * 1000;
    CHECK(!KeSetTimer(&timer, due, NULL));
}
