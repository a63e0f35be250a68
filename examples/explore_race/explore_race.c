// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver with a mistake that `openwsk run` does not show and `openwsk explore` does.
//
// A worker thread handles a request. Whoever is last, the worker or DriverUnload, frees the
// request: the worker if DriverUnload came while it was busy, DriverUnload otherwise. Each of the
// two flags is written with the lock held. But the worker looks at Closing when it has let the lock
// go: if DriverUnload runs in between, it finds the worker idle and frees the request, and
// the worker finds Closing set and frees it again.
//
// With FixIt=1 the worker reads the flag while it holds the lock (docs/simulation.md).

#include <ntddk.h>

#define REQUEST_TAG 'qeRx'

typedef struct _REQUEST {
    ULONG Work;
} REQUEST;

static KSPIN_LOCK Lock;
static LONG Busy;
static LONG Closing;
static LONG FixIt;
static REQUEST* Request;
static PKTHREAD Thread;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD Unload;
static KSTART_ROUTINE Worker;

static VOID Worker(PVOID Context) {
    KIRQL irql;
    LONG closing;

    UNREFERENCED_PARAMETER(Context);
    Request->Work += 1;

    KeAcquireSpinLock(&Lock, &irql);
    Busy = FALSE;
    closing = Closing;
    KeReleaseSpinLock(&Lock, irql);

    if (!FixIt) {
        closing = Closing;  // the mistake: DriverUnload may have run since the lock was released
    }
    if (closing) {
        ExFreePoolWithTag(Request, REQUEST_TAG);
    }
}

static VOID Unload(PDRIVER_OBJECT Driver) {
    KIRQL irql;
    LONG busy;

    UNREFERENCED_PARAMETER(Driver);
    KeAcquireSpinLock(&Lock, &irql);
    Closing = TRUE;
    busy = Busy;
    KeReleaseSpinLock(&Lock, irql);
    if (!busy) {
        ExFreePoolWithTag(Request, REQUEST_TAG);
    }
    KeWaitForSingleObject(Thread, Executive, KernelMode, FALSE, NULL);
    ObDereferenceObject(Thread);
}

static VOID ReadParameters(PUNICODE_STRING RegistryPath) {
    ULONG fix = 0;
    RTL_QUERY_REGISTRY_TABLE table[2];

    UNREFERENCED_PARAMETER(RegistryPath);
    RtlZeroMemory(table, sizeof table);
    table[0].Flags = RTL_QUERY_REGISTRY_DIRECT;
    table[0].Name = L"FixIt";
    table[0].EntryContext = &fix;
    RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, RegistryPath->Buffer, table, NULL, NULL);
    FixIt = fix != 0;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath) {
    HANDLE handle;
    NTSTATUS status;

    ReadParameters(RegistryPath);
    Driver->DriverUnload = Unload;
    KeInitializeSpinLock(&Lock);
    Request = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof *Request, REQUEST_TAG);
    if (Request == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Busy = TRUE;
    status = PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL);
    if (!NT_SUCCESS(status)) {
        ExFreePoolWithTag(Request, REQUEST_TAG);
        return status;
    }
    status = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode,
                                       (PVOID*)&Thread, NULL);
    ZwClose(handle);
    return status;
}
