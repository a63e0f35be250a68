// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that completes an IRP twice is stopped at the second call.
// exit: 3
// output: OPENWSK VIOLATION irp-completed-twice
// output: in ddi_verify_completes_twice!complete_again.*completes_twice.c:13
// output: BUGCHECK 0x00000044 MULTIPLE_IRP_COMPLETE_REQUESTS

#include "check.h"

static __attribute__((noinline)) void complete_again(PIRP irp) {
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    CHECK(FALSE);
}

static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp) {
    UNREFERENCED_PARAMETER(device);
    irp->IoStatus.Status = STATUS_SUCCESS;
    irp->IoStatus.Information = 0;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    complete_again(irp);
    return STATUS_SUCCESS;
}

static NTSTATUS keep(PDEVICE_OBJECT device, PIRP irp, PVOID context) {
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void run_checks(PDRIVER_OBJECT driver) {
    PDEVICE_OBJECT device;
    driver->MajorFunction[IRP_MJ_READ] = dispatch;
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)));
    PIRP irp = IoAllocateIrp(1, FALSE);
    REQUIRE(irp != NULL);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_READ;
    IoSetCompletionRoutine(irp, keep, NULL, TRUE, TRUE, TRUE);
    IoCallDriver(device, irp);
    CHECK(FALSE);
}
