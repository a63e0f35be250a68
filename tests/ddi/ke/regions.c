// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Critical and guarded regions.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL old;
    UNREFERENCED_PARAMETER(driver);

    CHECK(!KeAreApcsDisabled());
    CHECK(!KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    CHECK(KeAreApcsDisabled());
    CHECK(!KeAreAllApcsDisabled());
    KeEnterCriticalRegion();
    KeLeaveCriticalRegion();
    CHECK(KeAreApcsDisabled());
    KeLeaveCriticalRegion();
    CHECK(!KeAreApcsDisabled());

    KeEnterGuardedRegion();
    CHECK(KeAreApcsDisabled());
    CHECK(KeAreAllApcsDisabled());
    KeLeaveGuardedRegion();
    CHECK(!KeAreAllApcsDisabled());

    KeRaiseIrql(APC_LEVEL, &old);
    CHECK(KeAreAllApcsDisabled());
    KeLowerIrql(old);
}
