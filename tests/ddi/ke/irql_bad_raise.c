// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Raising IRQL to a lower value is reported with the driver's line.
// exit: 3
// output: irql-bad-raise

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL old;
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeRaiseIrql(APC_LEVEL, &old);
}
