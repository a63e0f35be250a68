// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// With AddressSanitizer a touch of a freed IRP is reported where it happens.
// exit: 1
// variants: asan
// output: ERROR: AddressSanitizer: heap-use-after-free
// output: in status_of .*uses_freed_irp_asan.c:14
// output: in IoFreeIrp

#include "check.h"

static __attribute__((noinline)) NTSTATUS status_of(PIRP irp) {
    return irp->IoStatus.Status;
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    PIRP irp = IoAllocateIrp(1, FALSE);
    REQUIRE(irp != NULL);
    IoFreeIrp(irp);
    CHECK_EQ(status_of(irp), 0);
    CHECK(FALSE);
}
