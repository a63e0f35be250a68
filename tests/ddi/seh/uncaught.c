// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A status that no __try of the callback catches is bug check 0x1E.
// exit: 3
// output: KMODE_EXCEPTION_NOT_HANDLED .0xC000000D

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    ExRaiseStatus(STATUS_INVALID_PARAMETER);
}
