// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// DbgBreakPointWithStatus without a debugger is bug check 0x1E with STATUS_BREAKPOINT, and names
// the place.
//
// exit: 3
// output: BUGCHECK 0x0000001E .*80000003
// output: break point with status 0xC0000001
// output: in .*break_point_status.c:[0-9]+

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    DbgPrint("about to stop\n");
    DbgBreakPointWithStatus(0xC0000001);
}
