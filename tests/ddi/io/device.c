// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Device objects, their names and symbolic links.

#include <wdmsec.h>

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\Device\\CheckDevice");
    UNICODE_STRING link = RTL_CONSTANT_STRING(L"\\DosDevices\\CheckDevice");
    PDEVICE_OBJECT device = NULL;
    PDEVICE_OBJECT second = NULL;
    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 40, &name, FILE_DEVICE_NETWORK, 0, FALSE, &device)));
    CHECK_STATUS(IoCreateDevice(driver, 40, &name, FILE_DEVICE_NETWORK, 0, FALSE, &second),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_PTR(driver->DeviceObject, device);
    CHECK_PTR(device->DriverObject, driver);
    CHECK_EQ(device->StackSize, 1);
    CHECK(device->Flags & DO_DEVICE_INITIALIZING);
    CHECK_EQ((ULONG_PTR)device->DeviceExtension % 16, 0);
    RtlFillMemory(device->DeviceExtension, 40, 1);
    CHECK_STATUS(IoCreateSymbolicLink(&link, &name), STATUS_SUCCESS);
    CHECK_STATUS(IoCreateSymbolicLink(&link, &name), STATUS_OBJECT_NAME_COLLISION);
    CHECK_STATUS(IoDeleteSymbolicLink(&link), STATUS_SUCCESS);
    CHECK_STATUS(IoDeleteSymbolicLink(&link), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(IoDeleteSymbolicLink(&name), STATUS_OBJECT_TYPE_MISMATCH);

    CHECK_STATUS(
        IoCreateDeviceSecure(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE, NULL, NULL, &second),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(IoCreateDeviceSecure(driver, 0, &name, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                      &SDDL_DEVOBJ_SYS_ALL, NULL, &second),
                 STATUS_OBJECT_NAME_COLLISION);
    REQUIRE(NT_SUCCESS(IoCreateDeviceSecure(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE,
                                            &SDDL_DEVOBJ_SYS_ALL_ADM_ALL, NULL, &second)));
    IoDeleteDevice(second);

    // A major function that the driver did not set.
    PIRP irp = IoAllocateIrpEx(device, 1, FALSE);
    REQUIRE(irp != NULL);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_SHUTDOWN;
    CHECK(driver->MajorFunction[IRP_MJ_SHUTDOWN] != NULL);
    CHECK(driver->MajorFunction[IRP_MJ_SHUTDOWN] == driver->MajorFunction[IRP_MJ_CREATE]);
    IoFreeIrp(irp);
    IoDeleteDevice(device);
    CHECK_PTR(driver->DeviceObject, NULL);
}
