// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wsk_registration: the life of a WSK application without a socket ("Registering a Winsock Kernel
// Application", "Unregistering a Winsock Kernel Application").
//
//     openwsk run --for 0s examples/wsk_registration/wsk_registration.c
//     openwsk run --for 200ms --wsk-ready-after 100ms examples/wsk_registration/wsk_registration.c
//
// DriverEntry registers and polls, which never waits. A thread then waits for WSK, because
// DriverEntry must not: first for a limited time, then as long as it takes. Unloading while it
// still waits cancels the wait.
//
// Parameter Version (REG_DWORD, default 0x200): the WSK version to ask for first. If WSK does not
// support it, the range it does support is queried, and the application registers again with a
// version of that range.

#include <ntddk.h>
#include <wsk.h>

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD AppUnload;
static KSTART_ROUTINE AppThread;

// The dispatch table and the registration object must stay until WskDeregister has returned. The
// client NPI is only read by WskRegister, so it may lie on the stack.
static WSK_CLIENT_DISPATCH AppDispatch = {MAKE_WSK_VERSION(2, 0), 0, NULL};
static WSK_REGISTRATION AppRegistration;
static PVOID AppThreadObject;
static volatile LONG AppStopping;

static NTSTATUS AppRegister(USHORT Version) {
    WSK_CLIENT_NPI ClientNpi;

    AppDispatch.Version = Version;
    ClientNpi.ClientContext = NULL;
    ClientNpi.Dispatch = &AppDispatch;
    return WskRegister(&ClientNpi, &AppRegistration);
}

static VOID AppTell(const char* What, NTSTATUS Status) {
    DbgPrint("%s: %s\n", What,
             Status == STATUS_SUCCESS            ? "captured"
             : Status == STATUS_DEVICE_NOT_READY ? "WSK is not ready"
             : Status == STATUS_NOINTERFACE      ? "WSK does not support this version"
                                                 : "failed");
}

// Captures, uses what was captured, and gives it back. Each success needs one release.
static NTSTATUS AppCapture(const char* What, ULONG WaitTimeout) {
    WSK_PROVIDER_NPI Npi;
    const NTSTATUS Status = WskCaptureProviderNPI(&AppRegistration, WaitTimeout, &Npi);

    AppTell(What, Status);
    if (NT_SUCCESS(Status)) {
        // Between capture and release the functions of Npi.Dispatch may be called with Npi.Client.
        // What they create, a socket for example, outlives the release.
        DbgPrint("the provider speaks version %u.%u\n", WSK_MAJOR_VERSION(Npi.Dispatch->Version),
                 WSK_MINOR_VERSION(Npi.Dispatch->Version));
        WskReleaseProviderNPI(&AppRegistration);
    }
    return Status;
}

// The version was refused: finds out what WSK supports and registers with that.
static NTSTATUS AppFallBack(VOID) {
    WSK_PROVIDER_CHARACTERISTICS Range;
    NTSTATUS Status = WskQueryProviderCharacteristics(&AppRegistration, &Range);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    DbgPrint("WSK supports versions %u.%u to %u.%u\n", WSK_MAJOR_VERSION(Range.LowestVersion),
             WSK_MINOR_VERSION(Range.LowestVersion), WSK_MAJOR_VERSION(Range.HighestVersion),
             WSK_MINOR_VERSION(Range.HighestVersion));
    WskDeregister(&AppRegistration);
    return AppRegister(Range.LowestVersion);  // the same object may be registered again
}

static VOID AppThread(PVOID Context) {
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(Context);
    Status = AppCapture("waiting 20 ms", 20);
    if (Status == STATUS_DEVICE_NOT_READY) {
        Status = AppCapture("waiting as long as it takes", WSK_INFINITE_WAIT);
    }
    if (Status == STATUS_NOINTERFACE) {
        Status = AppFallBack();
        if (NT_SUCCESS(Status)) {
            Status = AppCapture("waiting with the new version", WSK_INFINITE_WAIT);
        } else {
            InterlockedExchange(&AppStopping, 1);  // nothing is registered any more
        }
    }
    // STATUS_DEVICE_NOT_READY from the infinite wait: WskDeregister was called meanwhile.
    PsTerminateSystemThread(Status);
}

static VOID AppUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    // A thread that waits for WSK is let go; then everything captured must be released, every
    // socket closed. With a version that WSK refuses the thread may be registering again at this
    // moment, so such an application waits for the thread first.
    if (AppDispatch.Version == MAKE_WSK_VERSION(1, 0)) {
        WskDeregister(&AppRegistration);
        KeWaitForSingleObject(AppThreadObject, Executive, KernelMode, FALSE, NULL);
    } else {
        KeWaitForSingleObject(AppThreadObject, Executive, KernelMode, FALSE, NULL);
        if (AppStopping == 0) {
            WskDeregister(&AppRegistration);
        }
    }
    ObDereferenceObject(AppThreadObject);
    DbgPrint("deregistered\n");
}

static USHORT AppReadVersion(PUNICODE_STRING RegistryPath) {
    RTL_QUERY_REGISTRY_TABLE Table[3];
    ULONG Version = MAKE_WSK_VERSION(2, 0);

    RtlZeroMemory(Table, sizeof(Table));
    Table[0].Flags = RTL_QUERY_REGISTRY_SUBKEY;
    Table[0].Name = (PWSTR)L"Parameters";
    Table[1].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    Table[1].Name = (PWSTR)L"Version";
    Table[1].EntryContext = &Version;
    Table[1].DefaultType = (REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_NONE;
    (void)RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, RegistryPath->Buffer, Table, NULL, NULL);
    return (USHORT)Version;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Thread;
    NTSTATUS Status;

    DriverObject->DriverUnload = AppUnload;
    // Succeeds whether or not WSK is there, and whether or not it supports the version.
    Status = AppRegister(AppReadVersion(RegistryPath));
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    (void)AppCapture("not waiting", WSK_NO_WAIT);

    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    Status =
        PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, &Attributes, NULL, NULL, AppThread, NULL);
    if (!NT_SUCCESS(Status)) {
        WskDeregister(&AppRegistration);
        return Status;
    }
    (void)ObReferenceObjectByHandle(Thread, SYNCHRONIZE, NULL, KernelMode, &AppThreadObject, NULL);
    ZwClose(Thread);
    return STATUS_SUCCESS;
}
