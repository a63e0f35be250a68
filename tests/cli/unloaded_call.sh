#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# A driver that calls a function of another one after that one was unloaded is reported with the
# name of the function: the call finds no code.
. "$(dirname "$0")/lib"

cat > npi.h << 'EOF'
#include <ntddk.h>
#include <netioddk.h>
static const NPIID Npi = {0x1f0c5a11, 0x7b0e, 0x4d5e, {1, 2, 3, 4, 5, 6, 7, 8}};
static const NPI_MODULEID Module = {sizeof(NPI_MODULEID), MIT_GUID, {{MODULE_GUID, 1, 2, {3}}}};
typedef struct _DISPATCH {
    VOID (*Hello)(void);
} DISPATCH;
EOF
cat > client.c << 'EOF'
#define MODULE_GUID 1
#include "npi.h"
static VOID ClientHello(void)
{
    DbgPrint("hello from the client\n");
}
static const DISPATCH Dispatch = {ClientHello};
static HANDLE registration;
static NTSTATUS Attach(HANDLE Binding, PVOID Context, PNPI_REGISTRATION_INSTANCE Provider)
{
    PVOID provider_context;
    const VOID *provider_dispatch;
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Provider);
    return NmrClientAttachProvider(Binding, NULL, &Dispatch, &provider_context,
                                   &provider_dispatch);
}
static NTSTATUS Detach(PVOID Binding)
{
    UNREFERENCED_PARAMETER(Binding);
    return STATUS_SUCCESS;
}
static const NPI_CLIENT_CHARACTERISTICS characteristics = {
    0, sizeof(NPI_CLIENT_CHARACTERISTICS), Attach, Detach, NULL,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &Npi, &Module, 0, NULL}};
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    if (NmrDeregisterClient(registration) == STATUS_PENDING) {
        NmrWaitForClientDeregisterComplete(registration);
    }
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    return NmrRegisterClient(&characteristics, NULL, &registration);
}
EOF
cat > provider.c << 'EOF'
#define MODULE_GUID 2
#include "npi.h"
static HANDLE registration;
static const DISPATCH *client;
static NTSTATUS Attach(HANDLE Binding, PVOID Context, PNPI_REGISTRATION_INSTANCE Client,
                       PVOID ClientContext, const VOID *ClientDispatch, PVOID *ProviderContext,
                       const VOID **ProviderDispatch)
{
    UNREFERENCED_PARAMETER(Binding);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Client);
    UNREFERENCED_PARAMETER(ClientContext);
    static const DISPATCH nothing;
    client = (const DISPATCH *)ClientDispatch;
    client->Hello();
    *ProviderContext = NULL;
    *ProviderDispatch = &nothing;
    return STATUS_SUCCESS;
}
static NTSTATUS Detach(PVOID Binding)
{
    UNREFERENCED_PARAMETER(Binding);
    return STATUS_SUCCESS;
}
static const NPI_PROVIDER_CHARACTERISTICS characteristics = {
    0, sizeof(NPI_PROVIDER_CHARACTERISTICS), Attach, Detach, NULL,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &Npi, &Module, 0, NULL}};
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    DbgPrint("calling\n");
    client->Hello(); // the binding is gone, and so is the client
    DbgPrint("not reached\n");
    NmrDeregisterProvider(registration);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    return NmrRegisterProvider(&characteristics, NULL, &registration);
}
EOF
build_for_variant provider
build_for_variant client
if [ "$OPENWSK_VARIANT" = plain ]; then
    expect 3 "$OPENWSK" run --for 0s provider.so client.so
    says 'BUGCHECK 0x000000CE'
    says 'provider!Unload.*provider.c:'
else
    expect 1 "$OPENWSK" run --for 0s provider.so client.so
fi
says 'hello from the client'
says 'calling'
says 'ClientHello'
silent_about 'not reached'
