// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// KeBugCheck ends the machine with the driver's code.
// exit: 3
// output: 0x000000E2

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeBugCheck(0xE2);
}
