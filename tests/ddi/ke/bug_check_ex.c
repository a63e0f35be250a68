// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// KeBugCheckEx ends the machine with the driver's code and parameters.
// exit: 3
// output: 0x000000E2.*0x1,0x2,0x3,0x4

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeBugCheckEx(0xE2, 1, 2, 3, 4);
}
