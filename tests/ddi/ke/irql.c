// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRQL: raising, lowering, and what a spin lock does to it.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL old;
    KIRQL before;
    UNREFERENCED_PARAMETER(driver);

    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeRaiseIrql(APC_LEVEL, &old);
    CHECK_EQ(old, PASSIVE_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), APC_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK_EQ(before, APC_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeRaiseIrql(DISPATCH_LEVEL, &before);
    CHECK_EQ(before, DISPATCH_LEVEL);
    KeLowerIrql(APC_LEVEL);
    KeLowerIrql(old);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);

    CHECK_EQ(KeRaiseIrqlToDpcLevel(), PASSIVE_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
}
