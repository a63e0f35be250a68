// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Work items of the executive and of the I/O manager.

#include "check.h"

static KEVENT done;
static LONG runs;
static WORK_QUEUE_ITEM item;
static PDEVICE_OBJECT device;
static PIO_WORKITEM io_item;

static void wait(void) {
    CHECK_STATUS(KeWaitForSingleObject(&done, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
}

static VOID work(PVOID parameter) {
    CHECK_PTR(parameter, &runs);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    if (InterlockedIncrement(&runs) < 5) {
        ExQueueWorkItem(&item, CriticalWorkQueue);  // again, from its own routine
    } else {
        KeSetEvent(&done, IO_NO_INCREMENT, FALSE);
    }
}

static VOID io_work(PDEVICE_OBJECT object, PVOID context) {
    CHECK_PTR(object, device);
    CHECK_PTR(context, &done);
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeSetEvent(&done, IO_NO_INCREMENT, FALSE);
}

static VOID io_work_ex(PVOID object, PVOID context, PIO_WORKITEM own) {
    CHECK_PTR(object, device);
    CHECK_PTR(own, io_item);
    if (context == NULL) {
        IoFreeWorkItem(own);  // its routine may free it
    }
    KeSetEvent(&done, IO_NO_INCREMENT, FALSE);
}

static VOID io_work_embedded(PVOID object, PVOID context, PIO_WORKITEM own) {
    UNREFERENCED_PARAMETER(object);
    CHECK_PTR(own, context);
    KeSetEvent(&done, IO_NO_INCREMENT, FALSE);
}

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL old;
    PIO_WORKITEM embedded;

    KeInitializeEvent(&done, SynchronizationEvent, FALSE);
    ExInitializeWorkItem(&item, work, &runs);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    ExQueueWorkItem(&item, DelayedWorkQueue);
    KeLowerIrql(old);
    wait();
    CHECK_EQ(runs, 5);

    REQUIRE(NT_SUCCESS(IoCreateDevice(driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &device)));
    io_item = IoAllocateWorkItem(device);
    REQUIRE(io_item != NULL);
    IoQueueWorkItem(io_item, io_work, DelayedWorkQueue, &done);
    wait();
    IoQueueWorkItemEx(io_item, io_work_ex, CriticalWorkQueue, &done);
    wait();
    CHECK(IoTryQueueWorkItem(io_item, io_work_ex, HyperCriticalWorkQueue, NULL));
    wait();

    embedded = ExAllocatePool2(POOL_FLAG_NON_PAGED, IoSizeofWorkItem(), 'kWRT');
    REQUIRE(embedded != NULL);
    IoInitializeWorkItem(device, embedded);
    IoQueueWorkItemEx(embedded, io_work_embedded, NormalWorkQueue, embedded);
    wait();
    IoUninitializeWorkItem(embedded);
    ExFreePoolWithTag(embedded, 'kWRT');
    IoDeleteDevice(device);
}
