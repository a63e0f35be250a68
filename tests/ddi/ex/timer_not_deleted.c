// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A timer that is not deleted is in the report.
// exit: 1
// output: 1 executive timer
// output: made by .*timer_not_deleted!run_checks

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(ExAllocateTimer(NULL, NULL, 0) != NULL);
}
