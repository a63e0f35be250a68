// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that leaves a critical region it did not enter is stopped.
// exit: 3
// output: region-not-entered

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeLeaveCriticalRegion();
}
