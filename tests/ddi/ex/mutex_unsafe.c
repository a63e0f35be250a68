// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The unsafe variants are for callers that have APCs disabled.
// exit: 3
// output: lock-irql

#include "check.h"

static FAST_MUTEX fast;

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    ExInitializeFastMutex(&fast);
    ExAcquireFastMutexUnsafe(&fast);
}
