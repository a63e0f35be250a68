// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wsk_nmr_client: attaching to WSK through the Network Module Registrar instead of WskRegister
// ("Attaching the WSK Client to the WSK Subsystem", "Unregistering and Unloading the WSK Client").
// WSK is a provider module like any other; its NPI is NPI_WSK_INTERFACE_ID.
//
//     openwsk run --for 0s examples/wsk_nmr_client/wsk_nmr_client.cpp
//
// The client would like WSK 2.0, and tries 1.0 in the same callback when that is refused. It is
// C++, so the typed output variables of the documented sample compile as they are printed.

#include <ntddk.h>
#include <wsk.h>

#define BINDING_CONTEXT_POOL_TAG 'tpcb'

// Context structure type for the application's binding to the WSK subsystem.
typedef struct WSK_APP_BINDING_CONTEXT_ {
    HANDLE NmrBindingHandle;
    PWSK_CLIENT WskClient;
    PWSK_PROVIDER_DISPATCH WskProviderDispatch;
} WSK_APP_BINDING_CONTEXT, *PWSK_APP_BINDING_CONTEXT;

static const WSK_CLIENT_DISPATCH WskAppDispatch20 = {MAKE_WSK_VERSION(2, 0), 0, NULL};
static const WSK_CLIENT_DISPATCH WskAppDispatch10 = {MAKE_WSK_VERSION(1, 0), 0, NULL};

static HANDLE WskAppHandle;

extern "C" {
DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD WskAppUnload;
}

static NTSTATUS ClientAttachProvider(IN HANDLE NmrBindingHandle, IN PVOID ClientContext,
                                     IN PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance) {
    const WSK_PROVIDER_CHARACTERISTICS* WskProviderCharacteristics =
        (const WSK_PROVIDER_CHARACTERISTICS*)
            ProviderRegistrationInstance->NpiSpecificCharacteristics;
    PWSK_APP_BINDING_CONTEXT BindingContext;
    PWSK_CLIENT WskClient;
    PWSK_PROVIDER_DISPATCH WskProviderDispatch;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(ClientContext);
    // Usually the range of versions is all that a client needs to decide.
    DbgPrint("WSK offers versions %u.%u to %u.%u\n",
             WSK_MAJOR_VERSION(WskProviderCharacteristics->LowestVersion),
             WSK_MINOR_VERSION(WskProviderCharacteristics->LowestVersion),
             WSK_MAJOR_VERSION(WskProviderCharacteristics->HighestVersion),
             WSK_MINOR_VERSION(WskProviderCharacteristics->HighestVersion));
    if (WSK_MAJOR_VERSION(WskProviderCharacteristics->HighestVersion) < 1) {
        return STATUS_NOINTERFACE;
    }

    BindingContext = (PWSK_APP_BINDING_CONTEXT)ExAllocatePoolWithTag(
        NonPagedPool, sizeof(WSK_APP_BINDING_CONTEXT), BINDING_CONTEXT_POOL_TAG);
    if (BindingContext == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    Status = NmrClientAttachProvider(NmrBindingHandle, BindingContext, &WskAppDispatch20,
                                     &WskClient, &WskProviderDispatch);
    if (Status == STATUS_NOINTERFACE) {
        DbgPrint("version 2.0 is refused; trying 1.0\n");
        Status = NmrClientAttachProvider(NmrBindingHandle, BindingContext, &WskAppDispatch10,
                                         &WskClient, &WskProviderDispatch);
    }

    if (Status == STATUS_SUCCESS) {
        // The client object and the provider's functions may be used until the detach is reported
        // complete.
        BindingContext->NmrBindingHandle = NmrBindingHandle;
        BindingContext->WskClient = WskClient;
        BindingContext->WskProviderDispatch = WskProviderDispatch;
        DbgPrint("attached to WSK %u.%u\n", WSK_MAJOR_VERSION(WskProviderDispatch->Version),
                 WSK_MINOR_VERSION(WskProviderDispatch->Version));
    } else {
        // Not attached: no other callback will free the context.
        ExFreePoolWithTag(BindingContext, BINDING_CONTEXT_POOL_TAG);
    }
    return Status;
}

// This application makes no call through the provider's functions, so none can be in progress.
// Sockets that are still open would hold WSK's side of the detach back, not this one.
static NTSTATUS ClientDetachProvider(IN PVOID ClientBindingContext) {
    UNREFERENCED_PARAMETER(ClientBindingContext);
    DbgPrint("detaching from WSK\n");
    return STATUS_SUCCESS;
}

static VOID ClientCleanupBindingContext(IN PVOID ClientBindingContext) {
    ExFreePoolWithTag(ClientBindingContext, BINDING_CONTEXT_POOL_TAG);
}

static const NPI_MODULEID WskAppModuleId = {
    sizeof(NPI_MODULEID),
    MIT_GUID,
    {{0x1b7d2f60, 0x94c3, 0x4e1d, {0xa2, 0x7b, 0x90, 0x8f, 0x1e, 0x2d, 0x3c, 0x4b}}}};

static const NPI_CLIENT_CHARACTERISTICS WskAppCharacteristics = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    ClientAttachProvider,
    ClientDetachProvider,
    ClientCleanupBindingContext,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &NPI_WSK_INTERFACE_ID, &WskAppModuleId, 0, NULL}};

static VOID WskAppUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    if (NmrDeregisterClient(WskAppHandle) == STATUS_PENDING) {
        (void)NmrWaitForClientDeregisterComplete(WskAppHandle);
    }
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = WskAppUnload;
    // If WSK is there, ClientAttachProvider has been called when this returns; else it is called
    // when WSK registers.
    return NmrRegisterClient(&WskAppCharacteristics, NULL, &WskAppHandle);
}
