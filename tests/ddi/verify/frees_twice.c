// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that frees pool twice is stopped at its second call.
// exit: 3
// output: OPENWSK VIOLATION pool-(double-free|bad-address)
// output: in ddi_verify_frees_twice!free_again.*frees_twice.c:14
// output: BUGCHECK 0x000000C2 BAD_POOL_CALLER

#include "check.h"

static __attribute__((noinline)) void free_again(void* block) {
    // The next line is named by the report.
    ExFreePoolWithTag(block, 'eciT');
    CHECK(FALSE);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    void* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 40, 'eciT');
    REQUIRE(block != NULL);
    ExFreePoolWithTag(block, 'eciT');
    free_again(block);
}
