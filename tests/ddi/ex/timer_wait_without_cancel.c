// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Waiting for a timer's end without cancelling it is a bug check.
// exit: 3
// output: BUGCHECK 0x000000C7
// output: ExDeleteTimer: Wait is TRUE, but Cancel is FALSE

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    PEX_TIMER timer = ExAllocateTimer(NULL, NULL, 0);
    UNREFERENCED_PARAMETER(driver);
    REQUIRE(timer != NULL);
    ExDeleteTimer(timer, FALSE, TRUE, NULL);
}
