// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A spin lock that its holder acquires again is bug check 0x0F.
// exit: 3
// output: 0x0000000F

#include "check.h"

static KSPIN_LOCK lock;

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL old;
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeInitializeSpinLock(&lock);
    KeAcquireSpinLock(&lock, &old);
    KeAcquireSpinLock(&lock, &old);
}
