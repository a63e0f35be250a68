// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Calling an event function with something that is no event is reported.
// exit: 3
// output: object-wrong-type

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KSEMAPHORE s;
    UNREFERENCED_PARAMETER(driver);
    KeInitializeSemaphore(&s, 0, 1);
    CHECK(TRUE);
    KeSetEvent((PRKEVENT)&s, IO_NO_INCREMENT, FALSE);
}
