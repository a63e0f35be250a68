// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Waiting for more than three objects needs a wait block array.
// exit: 3
// output: 0x0000000C

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KEVENT e;
    PVOID objects[4] = {&e, &e, &e, &e};
    UNREFERENCED_PARAMETER(driver);
    KeInitializeEvent(&e, NotificationEvent, TRUE);
    CHECK(TRUE);
    KeWaitForMultipleObjects(4, objects, WaitAny, Executive, KernelMode, FALSE, NULL, NULL);
}
