// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Without a debugger KdDebuggerEnabled and KdDebuggerNotPresent say so, and ASSERT of something
// that holds does nothing.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK_EQ(*KdDebuggerEnabled, FALSE);
    CHECK_EQ(*KdDebuggerNotPresent, TRUE);
    ASSERT(driver != NULL);
}
