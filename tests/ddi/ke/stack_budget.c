// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that uses more stack than a kernel stack has is told so.
// exit: 1
// output: stack-budget
// variants: plain

#include "check.h"

static __attribute__((noinline)) LONG deep(void) {
    UCHAR room[40000];
    room[0] = 1;
    room[sizeof room - 1] = (UCHAR)KeQueryActiveProcessorCount(NULL);
    // Somebody may read all of it, so no compiler makes it smaller.
    __asm__ volatile("" : : "r"(room) : "memory");
    return room[0] + room[sizeof room - 1];
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(deep() > 1);
}
