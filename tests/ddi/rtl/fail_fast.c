// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that finds its own data damaged stops the machine.
//
// exit: 3
// output: BUGCHECK 0x00000139

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(driver != NULL);
    RtlFailFast(3);
}
