// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Releasing rundown protection that is not held stops the machine.
// exit: 3
// output: rundown-over-release

#include "check.h"

static EX_RUNDOWN_REF ref;

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    ExInitializeRundownProtection(&ref);
    ExReleaseRundownProtection(&ref);
}
