// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// With AddressSanitizer a write behind a block is reported where it happens.
// exit: 1
// variants: asan
// output: ERROR: AddressSanitizer: (use-after-poison|heap-buffer-overflow)
// output: WRITE of size 1
// output: in fill .*overruns_pool_asan.c:16
// output: in ExAllocatePool2

#include "check.h"

static __attribute__((noinline)) void fill(volatile UCHAR* block, ULONG bytes) {
    for (ULONG i = 0; i < bytes; ++i) {
        block[i] = 1;
    }
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    volatile UCHAR* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 10, 'revO');
    REQUIRE(block != NULL);
    fill(block, 11);
    CHECK(FALSE);
}
