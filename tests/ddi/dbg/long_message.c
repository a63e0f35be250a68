// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A message is cut after 512 bytes; one of 512 is not.
//
// run: --no-prefix
// output: ^a{512}$
// output: ^b{512}$

#include "check.h"

static char text[601];

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    RtlFillMemory(text, 512, 'a');
    CHECK_EQ(DbgPrint("%s", text), STATUS_SUCCESS);
    DbgPrint("\n");
    RtlFillMemory(text, 600, 'b');
    CHECK_EQ(DbgPrint("%s", text), STATUS_SUCCESS);
    DbgPrint("\n");
}
