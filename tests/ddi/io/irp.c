// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRPs between two devices of one driver, with the accessors that the headers inline: passing on,
// skipping, pending, cancel routines, IRPs in the driver's own memory.

#include "irps.h"

static PDEVICE_OBJECT lower;
static PDEVICE_OBJECT upper;
static PIRP held;
static int completions;

static VOID cancel_held(PDEVICE_OBJECT device, PIRP irp) {
    CHECK_PTR(device, lower);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    IoReleaseCancelSpinLock(irp->CancelIrql);
    held = NULL;
    finish(irp, STATUS_CANCELLED, 0);
}

static NTSTATUS inherit(PDEVICE_OBJECT device, PIRP irp, PVOID context) {
    CHECK_PTR(device, upper);
    CHECK_PTR(context, &completions);
    if (irp->PendingReturned) {
        IoMarkIrpPending(irp);
    }
    return STATUS_SUCCESS;
}

// The upper device passes everything on; the lower one reads, holds writes, controls at once.
static NTSTATUS dispatch(PDEVICE_OBJECT device, PIRP irp) {
    PIO_STACK_LOCATION at = IoGetCurrentIrpStackLocation(irp);
    if (device == upper) {
        if (at->MajorFunction == IRP_MJ_READ) {
            IoSkipCurrentIrpStackLocation(irp);
        } else {
            IoCopyCurrentIrpStackLocationToNext(irp);
            IoSetCompletionRoutine(irp, inherit, &completions, TRUE, TRUE, TRUE);
        }
        return IoCallDriver(lower, irp);
    }
    if (at->MajorFunction == IRP_MJ_WRITE) {
        IoMarkIrpPending(irp);
        held = irp;
        IoSetCancelRoutine(irp, cancel_held);
        return STATUS_PENDING;
    }
    return finish(irp, STATUS_SUCCESS, at->Parameters.Read.Length);
}

static NTSTATUS keep(PDEVICE_OBJECT device, PIRP irp, PVOID context) {
    CHECK_PTR(device, NULL);
    ++completions;
    *(BOOLEAN*)context = irp->PendingReturned;
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS send(PIRP irp, UCHAR major, ULONG length, BOOLEAN* pended) {
    PIO_STACK_LOCATION next = IoGetNextIrpStackLocation(irp);
    next->MajorFunction = major;
    next->Parameters.Read.Length = length;
    IoSetCompletionRoutine(irp, keep, pended, TRUE, TRUE, TRUE);
    completions = 0;
    return IoCallDriver(upper, irp);
}

static void passed_on(PIRP irp) {
    BOOLEAN pended = 9;
    CHECK_STATUS(send(irp, IRP_MJ_READ, 55, &pended), STATUS_SUCCESS);
    CHECK_EQ(completions, 1);
    CHECK_EQ(pended, FALSE);
    CHECK_EQ(irp->IoStatus.Information, 55);
    IoReuseIrp(irp, STATUS_SUCCESS);
    CHECK_STATUS(send(irp, IRP_MJ_DEVICE_CONTROL, 7, &pended), STATUS_SUCCESS);
    CHECK_EQ(completions, 1);
    CHECK_EQ(irp->IoStatus.Information, 7);
    IoReuseIrp(irp, STATUS_SUCCESS);
}

static void pended_and_completed(PIRP irp) {
    BOOLEAN pended = 9;
    CHECK_STATUS(send(irp, IRP_MJ_WRITE, 1, &pended), STATUS_PENDING);
    CHECK_EQ(completions, 0);
    CHECK_PTR(held, irp);
    CHECK(IoSetCancelRoutine(irp, NULL) == cancel_held);
    finish(irp, STATUS_SUCCESS, 3);
    CHECK_EQ(completions, 1);
    CHECK_EQ(pended, TRUE);
    IoReuseIrp(irp, STATUS_SUCCESS);
}

static void pended_and_cancelled(PIRP irp) {
    BOOLEAN pended = 9;
    CHECK_STATUS(send(irp, IRP_MJ_WRITE, 1, &pended), STATUS_PENDING);
    CHECK(IoCancelIrp(irp));
    CHECK_EQ(completions, 1);
    CHECK_STATUS(irp->IoStatus.Status, STATUS_CANCELLED);
    CHECK(irp->Cancel);
    CHECK(!IoCancelIrp(irp));
    IoReuseIrp(irp, STATUS_SUCCESS);
    CHECK(!irp->Cancel);
}

static void run_checks(PDRIVER_OBJECT driver) {
    driver->MajorFunction[IRP_MJ_READ] = dispatch;
    driver->MajorFunction[IRP_MJ_WRITE] = dispatch;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = dispatch;
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &lower)));
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 8, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &upper)));
    upper->StackSize = 2;

    PIRP irp = IoAllocateIrp(upper->StackSize, FALSE);
    REQUIRE(irp != NULL);
    passed_on(irp);
    pended_and_completed(irp);
    pended_and_cancelled(irp);
    IoFreeIrp(irp);

    __declspec(align(16)) UCHAR storage[sizeof(IRP) + 2 * sizeof(IO_STACK_LOCATION)];
    irp = (PIRP)storage;
    IoInitializeIrp(irp, IoSizeOfIrp(2), 2);
    passed_on(irp);
    IoCleanupIrp(irp);

    KIRQL old;
    IoAcquireCancelSpinLock(&old);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    IoReleaseCancelSpinLock(old);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    IoDeleteDevice(upper);
    IoDeleteDevice(lower);
}
