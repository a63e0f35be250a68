// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Requests that the I/O manager finishes: control requests with every buffering method, devices
// opened by name, forwarding with a wait.

#include "irps.h"

#define METHOD_CODE(Method) CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, Method, FILE_ANY_ACCESS)

static PDEVICE_OBJECT device;
static PDEVICE_OBJECT front;
static PDEVICE_OBJECT passing;
static int creates;
static int cleanups;
static int closes;
static PIRP held;

static NTSTATUS open_close(PDEVICE_OBJECT target, PIRP irp) {
    PIO_STACK_LOCATION at = IoGetCurrentIrpStackLocation(irp);
    CHECK(target == device || target == passing);
    CHECK(at->FileObject != NULL);
    creates += at->MajorFunction == IRP_MJ_CREATE;
    cleanups += at->MajorFunction == IRP_MJ_CLEANUP;
    closes += at->MajorFunction == IRP_MJ_CLOSE;
    return finish(irp, STATUS_SUCCESS, 0);
}

// Turns the input upside down into the output, wherever the method puts them.
static NTSTATUS control(PDEVICE_OBJECT target, PIRP irp) {
    PIO_STACK_LOCATION at = IoGetCurrentIrpStackLocation(irp);
    ULONG bytes = at->Parameters.DeviceIoControl.InputBufferLength;
    const UCHAR* input = irp->AssociatedIrp.SystemBuffer;
    UCHAR* output = irp->AssociatedIrp.SystemBuffer;
    if (target == front) {
        return IoForwardIrpSynchronously(device, irp)
                   ? finish(irp, irp->IoStatus.Status, irp->IoStatus.Information)
                   : finish(irp, STATUS_UNSUCCESSFUL, 0);
    }
    switch (METHOD_FROM_CTL_CODE(at->Parameters.DeviceIoControl.IoControlCode)) {
        case METHOD_BUFFERED:
            break;
        case METHOD_NEITHER:
            input = at->Parameters.DeviceIoControl.Type3InputBuffer;
            output = irp->UserBuffer;
            break;
        default:
            output = MmGetSystemAddressForMdlSafe(irp->MdlAddress, NormalPagePriority);
            break;
    }
    if (bytes == 0) {
        IoMarkIrpPending(irp);
        held = irp;
        return STATUS_PENDING;
    }
    for (ULONG i = 0; i < bytes / 2; ++i) {
        UCHAR first = input[i];
        UCHAR last = input[bytes - 1 - i];
        output[i] = last;
        output[bytes - 1 - i] = first;
    }
    return finish(irp, STATUS_SUCCESS, bytes);
}

static void one_method(PDEVICE_OBJECT target, ULONG method) {
    UCHAR input[4] = {1, 2, 3, 4};
    UCHAR output[4] = {0};
    KEVENT event;
    IO_STATUS_BLOCK result = {{STATUS_UNSUCCESSFUL}, 99};
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(METHOD_CODE(method), target, input, sizeof input,
                                             output, sizeof output, FALSE, &event, &result);
    REQUIRE(irp != NULL);
    CHECK_STATUS(IoCallDriver(target, irp), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(result.Status, STATUS_SUCCESS);
    CHECK_EQ(result.Information, 4);
    CHECK_EQ(output[0], 4);
    CHECK_EQ(output[3], 1);
}

static void pended(void) {
    KEVENT event;
    IO_STATUS_BLOCK result = {{STATUS_UNSUCCESSFUL}, 99};
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    PIRP irp = IoBuildDeviceIoControlRequest(METHOD_CODE(METHOD_BUFFERED), device, NULL, 0, NULL, 0,
                                             TRUE, &event, &result);
    REQUIRE(irp != NULL);
    CHECK_STATUS(IoCallDriver(device, irp), STATUS_PENDING);
    CHECK_EQ(KeReadStateEvent(&event), 0);
    finish(held, STATUS_TIMEOUT, 7);
    CHECK_EQ(KeReadStateEvent(&event), 1);
    CHECK_STATUS(result.Status, STATUS_TIMEOUT);
    CHECK_EQ(result.Information, 7);
}

static void opened_by_name(void) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\DosDevices\\CheckRequest");
    UNICODE_STRING absent = RTL_CONSTANT_STRING(L"\\Device\\Absent");
    PFILE_OBJECT file = NULL;
    PDEVICE_OBJECT found = NULL;
    CHECK_STATUS(IoGetDeviceObjectPointer(&absent, FILE_READ_DATA, &file, &found),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE(NT_SUCCESS(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &found)));
    CHECK_PTR(found, device);
    CHECK_PTR(IoGetRelatedDeviceObject(file), device);
    CHECK_EQ(creates, 1);
    CHECK_EQ(cleanups, 1);
    CHECK_EQ(closes, 0);
    ObDereferenceObject(file);
    CHECK_EQ(closes, 1);
}

static NTSTATUS never(PDEVICE_OBJECT target, PIRP irp, PVOID context) {
    UNREFERENCED_PARAMETER(target);
    UNREFERENCED_PARAMETER(irp);
    UNREFERENCED_PARAMETER(context);
    CHECK(FALSE);
    return STATUS_SUCCESS;
}

// Its name is gone at once; the device stays for who has it open, and hears of the close.
static void deleted_while_open(PDRIVER_OBJECT driver) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\CheckPassing");
    PFILE_OBJECT file;
    PFILE_OBJECT other;
    PDEVICE_OBJECT found;
    PIRP irp = IoAllocateIrp(1, FALSE);
    REQUIRE(irp != NULL);
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &passing)));
    REQUIRE(NT_SUCCESS(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &file, &found)));
    CHECK_STATUS(IoSetCompletionRoutineEx(passing, irp, never, NULL, TRUE, TRUE, TRUE),
                 STATUS_SUCCESS);
    IoDeleteDevice(passing);
    CHECK_STATUS(IoSetCompletionRoutineEx(passing, irp, never, NULL, TRUE, TRUE, TRUE),
                 STATUS_SUCCESS);
    CHECK_STATUS(IoGetDeviceObjectPointer(&name, FILE_READ_DATA, &other, &found),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    closes = 0;
    ObDereferenceObject(file);
    CHECK_EQ(closes, 1);
    CHECK_STATUS(IoSetCompletionRoutineEx(passing, irp, never, NULL, TRUE, TRUE, TRUE),
                 STATUS_INVALID_PARAMETER);
    IoFreeIrp(irp);
}

static void stack_of_the_thread(void) {
    ULONG_PTR low = 0;
    ULONG_PTR high = 0;
    IoGetStackLimits(&low, &high);
    // Not a local variable: AddressSanitizer keeps those elsewhere.
    ULONG_PTR here = (ULONG_PTR)__builtin_frame_address(0);
    CHECK(here > low && here < high);
    CHECK_EQ(IoGetInitialStack(), high);
    CHECK(IoGetRemainingStackSize() < high - low);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\CheckRequest");
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\CheckRequest");
    driver->MajorFunction[IRP_MJ_CREATE] = open_close;
    driver->MajorFunction[IRP_MJ_CLEANUP] = open_close;
    driver->MajorFunction[IRP_MJ_CLOSE] = open_close;
    driver->MajorFunction[IRP_MJ_DEVICE_CONTROL] = control;
    driver->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = control;
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)));
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &front)));
    REQUIRE(NT_SUCCESS(IoCreateSymbolicLink(&link, &name)));
    front->StackSize = 2;
    static const ULONG methods[] = {METHOD_BUFFERED, METHOD_IN_DIRECT, METHOD_OUT_DIRECT,
                                    METHOD_NEITHER};
    for (ULONG i = 0; i < ARRAYSIZE(methods); ++i) {
        one_method(device, methods[i]);
        one_method(front, methods[i]);
    }
    pended();
    opened_by_name();
    deleted_while_open(driver);
    stack_of_the_thread();
    IoDeleteSymbolicLink(&link);
    IoDeleteDevice(front);
    IoDeleteDevice(device);
}
