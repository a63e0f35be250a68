// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Lowering IRQL to a higher value is reported.
// exit: 3
// output: irql-bad-lower

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    KeLowerIrql(DISPATCH_LEVEL);
}
