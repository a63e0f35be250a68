// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What a compiled-in check of the stack ends in names the function that it is in. The check itself
// is shown by tests/cli/bad_calls.sh.
// exit: 3
// output: BUGCHECK 0x000000F7 DRIVER_OVERRAN_STACK_BUFFER
// output: in ddi_crt_stack_check!run_checks.*stack_check.c:16

#include "check.h"

extern void __stack_chk_fail(void);

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    __stack_chk_fail();
    CHECK(FALSE);
}
