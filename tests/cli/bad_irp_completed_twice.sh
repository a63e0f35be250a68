#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# An IRP that is completed twice is a bug check that names the call.
. "$(dirname "$0")/lib"

bad_driver completes << 'EOF'
static DRIVER_DISPATCH Dispatch;
static NTSTATUS Dispatch(PDEVICE_OBJECT Device, PIRP Irp)
{
    UNREFERENCED_PARAMETER(Device);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoCompleteRequest(Irp, IO_NO_INCREMENT); // WRONG
    return STATUS_SUCCESS;
}
static IO_COMPLETION_ROUTINE Keep;
static NTSTATUS Keep(PDEVICE_OBJECT Device, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    UNREFERENCED_PARAMETER(Context);
    return STATUS_MORE_PROCESSING_REQUIRED;
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    PDEVICE_OBJECT device;
    PIRP irp;
    NTSTATUS status = IoCreateDevice(Driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    Driver->MajorFunction[IRP_MJ_READ] = Dispatch;
    irp = IoAllocateIrp(device->StackSize, FALSE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_READ;
    IoSetCompletionRoutine(irp, Keep, NULL, TRUE, TRUE, TRUE);
    status = IoCallDriver(device, irp);
    IoFreeIrp(irp);
    IoDeleteDevice(device);
    return status;
}
EOF
build_for_variant completes
expect 3 "$OPENWSK" run completes.so
says 'BUGCHECK 0x00000044'
says "in completes!Dispatch.*\(.*completes.c:$line\)"
