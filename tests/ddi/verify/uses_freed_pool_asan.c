// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// With AddressSanitizer a read of freed pool shows who freed it.
// exit: 1
// variants: asan
// output: ERROR: AddressSanitizer: heap-use-after-free
// output: in look .*uses_freed_pool_asan.c:15
// output: freed by thread
// output: in ExFreePoolWithTag

#include "check.h"

static __attribute__((noinline)) ULONG look(const volatile ULONG* block) {
    return *block;
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    ULONG* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'eetF');
    REQUIRE(block != NULL);
    ExFreePoolWithTag(block, 'eetF');
    CHECK_EQ(look(block), 0);
    CHECK(FALSE);
}
