// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that writes behind its block is stopped when it frees it.
// exit: 3
// variants: plain
// output: OPENWSK VIOLATION pool-overrun
// output: byte 0 behind block .*10 bytes, tag .Over.*allocated by .*overruns_pool.c:16
// output: BUGCHECK 0x000000C4 DRIVER_VERIFIER_DETECTED_VIOLATION \(0x51,

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    // Named as the place of the allocation.
    volatile UCHAR* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'revO');
    REQUIRE(block != NULL);
    for (int i = 0; i <= 10; ++i) {
        block[i] = 1;
    }
    ExFreePoolWithTag((PVOID)block, 'revO');
    CHECK(FALSE);
}
