// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Modes, timer resolution, local time, identifiers.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    ULONG coarsest;
    ULONG finest;
    ULONG now;
    LARGE_INTEGER system;
    LARGE_INTEGER local;
    LARGE_INTEGER back;
    UUID a;
    UUID b;
    UNREFERENCED_PARAMETER(driver);

    CHECK_EQ(ExGetPreviousMode(), KernelMode);
    CHECK(ExIsProcessorFeaturePresent(PF_COMPARE_EXCHANGE128));
    CHECK(ExIsProcessorFeaturePresent(PF_XMMI64_INSTRUCTIONS_AVAILABLE));
    CHECK(!ExIsProcessorFeaturePresent(PF_FLOATING_POINT_EMULATED));
    CHECK(!ExIsProcessorFeaturePresent(12345));
    ExQueryTimerResolution(&coarsest, &finest, &now);
    CHECK_EQ(coarsest, 156250);
    CHECK(finest <= now && now <= coarsest);
    CHECK(ExSetTimerResolution(10000, TRUE) <= coarsest);
    ExSetTimerResolution(0, FALSE);

    KeQuerySystemTime(&system);
    ExSystemTimeToLocalTime(&system, &local);
    ExLocalTimeToSystemTime(&local, &back);
    CHECK_EQ(back.QuadPart, system.QuadPart);

    CHECK_STATUS(ExUuidCreate(&a), STATUS_SUCCESS);
    CHECK_STATUS(ExUuidCreate(&b), STATUS_SUCCESS);
    CHECK(!IsEqualGUID(&a, &b));
    CHECK_EQ(a.Data3 >> 12, 4);
}
