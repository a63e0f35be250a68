// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A stack that overflows is a bug check with its functions.
// exit: 3
// variants: plain
// output: BUGCHECK 0x0000007F UNEXPECTED_KERNEL_MODE_TRAP \(0x8,
// output: ddi_verify_overflows_stack!recurse

#include "check.h"

#pragma GCC diagnostic ignored "-Winfinite-recursion"

static __attribute__((noinline)) int recurse(volatile char* outer) {
    volatile char mine[1024];
    mine[0] = *outer;
    return recurse(mine) + mine[0];
}

static void run_checks(PDRIVER_OBJECT driver) {
    volatile char c = 0;
    CHECK_EQ(recurse(&c), (ULONG_PTR)driver);
}
