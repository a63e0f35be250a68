// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Time: the clocks agree with each other and never go back.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    LARGE_INTEGER frequency;
    LARGE_INTEGER counter;
    LARGE_INTEGER system;
    LARGE_INTEGER precise;
    LARGE_INTEGER ticks;
    ULONG64 stamp = 0;
    ULONGLONG interrupt;
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    counter = KeQueryPerformanceCounter(&frequency);
    CHECK_EQ(frequency.QuadPart, 10000000);
    interrupt = KeQueryInterruptTime();
    CHECK(interrupt >= (ULONGLONG)counter.QuadPart);
    CHECK(KeQueryUnbiasedInterruptTime() >= interrupt);
    CHECK(KeQueryInterruptTimePrecise(&stamp) >= interrupt);
    CHECK(stamp >= interrupt);
    KeQueryTickCount(&ticks);
    CHECK_EQ(KeQueryTimeIncrement(), 156250);
    CHECK((ULONGLONG)ticks.QuadPart * 156250 <= KeQueryInterruptTime());

    KeQuerySystemTime(&system);
    KeQuerySystemTimePrecise(&precise);
    CHECK(precise.QuadPart >= system.QuadPart);
    CHECK(system.QuadPart > 0x01D9000000000000);  // after 2022

    for (i = 0; i < 1000; ++i) {
        LARGE_INTEGER next = KeQueryPerformanceCounter(NULL);
        CHECK(next.QuadPart >= counter.QuadPart);
        counter = next;
    }
}
