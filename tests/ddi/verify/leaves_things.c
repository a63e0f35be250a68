// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What a driver leaves behind is reported with the line that made it; exit code 1.
// exit: 1
// output: left behind
// output: Left.*40
// output: leaves_things.c:1[0-9]

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    void* block = ExAllocatePool2(POOL_FLAG_NON_PAGED, 40, 'tfeL');
    CHECK(block != NULL);
    PIRP irp = IoAllocateIrp(1, FALSE);
    CHECK(irp != NULL);
    PMDL mdl = IoAllocateMdl(block, 40, FALSE, FALSE, NULL);
    CHECK(mdl != NULL);
}
