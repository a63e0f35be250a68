// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A fast mutex that is acquired twice by one thread stops the machine.
// exit: 3
// output: mutex-recursive

#include "check.h"

static FAST_MUTEX fast;

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutex(&fast);
    ExAcquireFastMutex(&fast);
}
