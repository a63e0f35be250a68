// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// KfRaiseIrql, which KeRaiseIrql stands for: it gives back the old IRQL, level by level up to the
// highest.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL (*raise)(KIRQL) = KfRaiseIrql;
    KIRQL level;
    UNREFERENCED_PARAMETER(driver);

    CHECK_EQ(KfRaiseIrql(PASSIVE_LEVEL), PASSIVE_LEVEL);  // to where it is already
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    for (level = APC_LEVEL; level <= HIGH_LEVEL; ++level) {
        CHECK_EQ(raise(level), level - 1);
        CHECK_EQ(KeGetCurrentIrql(), level);
        CHECK_EQ(raise(level), level);
    }
    KeLowerIrql(DISPATCH_LEVEL);
    CHECK_EQ(KfRaiseIrql(HIGH_LEVEL), DISPATCH_LEVEL);
    KeLowerIrql(PASSIVE_LEVEL);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
}
