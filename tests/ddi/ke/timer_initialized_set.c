// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Initializing a timer that is set is reported.
// exit: 3
// output: timer-initialized-set

#include "check.h"

static KTIMER timer;

static void run_checks(PDRIVER_OBJECT driver) {
    LARGE_INTEGER due;
    UNREFERENCED_PARAMETER(driver);
    KeInitializeTimer(&timer);
    due.QuadPart = -1000 * 10000LL * 1000;
    CHECK(!KeSetTimer(&timer, due, NULL));
    KeInitializeTimer(&timer);
}
