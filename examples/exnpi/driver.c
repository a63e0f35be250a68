// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// exnpi: a client module and a provider module of a network programming interface of their own, in
// one driver. Read exnpi.h, then provider.c and client.c.
//
//     openwsk run --for 0s examples/exnpi/*.c
//
// Parameters (--param Name=Value) choose what happens:
//
//     ProviderFirst=0    the client registers first and is offered the provider later
//     ClientVersion=2    the client tries version 2, is refused, and tries version 1
//     ClientVersion=0    the client declines
//     ProviderFails=1    the provider fails to attach; the client cleans up
//     SlowDetach=1       the client's detach pends on a call in progress

#include "exnpi.h"

const NPIID EXNPI_ID = {
    0x3a0f1c2e, 0x6a51, 0x4c3b, {0x8d, 0x5f, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06}};

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD ExnpiUnload;

static VOID ExnpiUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    // Nothing of the driver may be called or read after unload: both deregistrations are complete
    // when their waits have returned.
    ExnpiClientStop();
    ExnpiProviderStop();
}

static VOID ExnpiRead(PUNICODE_STRING RegistryPath, EXNPI_OPTIONS* Options) {
    RTL_QUERY_REGISTRY_TABLE Table[6];
    PWSTR Names[] = {(PWSTR)L"ProviderFirst", (PWSTR)L"ClientVersion", (PWSTR)L"ProviderFails",
                     (PWSTR)L"SlowDetach"};
    PVOID Values[] = {&Options->ProviderFirst, &Options->ClientVersion, &Options->ProviderFails,
                      &Options->SlowDetach};
    ULONG i;

    RtlZeroMemory(Table, sizeof(Table));
    Table[0].Flags = RTL_QUERY_REGISTRY_SUBKEY;
    Table[0].Name = (PWSTR)L"Parameters";
    for (i = 0; i < RTL_NUMBER_OF(Names); ++i) {
        Table[i + 1].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
        Table[i + 1].Name = Names[i];
        Table[i + 1].EntryContext = Values[i];
        Table[i + 1].DefaultType = (REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_NONE;
    }
    (void)RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, RegistryPath->Buffer, Table, NULL, NULL);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    EXNPI_OPTIONS Options = {1, 1, 0, 0};
    NTSTATUS Status;

    DriverObject->DriverUnload = ExnpiUnload;
    ExnpiRead(RegistryPath, &Options);
    if (Options.ProviderFirst) {
        Status = ExnpiProviderStart(&Options);
        if (!NT_SUCCESS(Status)) {
            return Status;
        }
        Status = ExnpiClientStart(&Options);
        if (!NT_SUCCESS(Status)) {
            ExnpiProviderStop();
            return Status;
        }
    } else {
        Status = ExnpiClientStart(&Options);
        if (!NT_SUCCESS(Status)) {
            return Status;
        }
        Status = ExnpiProviderStart(&Options);
        if (!NT_SUCCESS(Status)) {
            ExnpiClientStop();
            return Status;
        }
    }
    // Both register calls have returned, so the offer is over, whichever came second.
    if (ExnpiClientIsAttached()) {
        (void)ExnpiClientSay("hello, provider");
    } else {
        DbgPrint("driver: the client found no provider to attach to\n");
    }
    return STATUS_SUCCESS;
}
