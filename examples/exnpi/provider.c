// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// The provider module: "Attaching a Provider Module to a Client Module".
//
// A provider is never asked first. The registrar offers it to a client; when the client wants it,
// the client's call of NmrClientAttachProvider becomes ProviderAttachClient here.

#include "exnpi.h"

#define EXNPI_PROVIDER_TAG 'pnxE'

// One client that is attached. The registrar hands the pointer back with every call about the
// binding.
typedef struct _PROVIDER_BINDING {
    HANDLE NmrBindingHandle;
    PVOID ClientBindingContext;
    const EXNPI_CLIENT_DISPATCH* ClientDispatch;
} PROVIDER_BINDING;

static HANDLE ProviderHandle;
static EXNPI_OPTIONS ProviderOptions;

static NTSTATUS ProviderSendText(PVOID ProviderBindingContext, const char* Text) {
    PROVIDER_BINDING* Binding = (PROVIDER_BINDING*)ProviderBindingContext;

    // Calls between attached modules do not pass the registrar.
    Binding->ClientDispatch->TextArrived(Binding->ClientBindingContext, Text);
    return STATUS_SUCCESS;
}

static const EXNPI_PROVIDER_DISPATCH ProviderDispatchTable = {ProviderSendText};
static const EXNPI_PROVIDER_CHARACTERISTICS ProviderSpeaks = {1, 1};

// Decides about one attempt of a client. What it returns is what NmrClientAttachProvider returns;
// only STATUS_SUCCESS attaches.
static NTSTATUS ProviderAttachClient(HANDLE NmrBindingHandle, PVOID ProviderContext,
                                     PNPI_REGISTRATION_INSTANCE ClientRegistrationInstance,
                                     PVOID ClientBindingContext, const VOID* ClientDispatch,
                                     PVOID* ProviderBindingContext, const VOID** ProviderDispatch) {
    const EXNPI_CLIENT_DISPATCH* Client = (const EXNPI_CLIENT_DISPATCH*)ClientDispatch;
    PROVIDER_BINDING* Binding;

    UNREFERENCED_PARAMETER(ProviderContext);
    UNREFERENCED_PARAMETER(ClientRegistrationInstance);
    if (Client->Version < ProviderSpeaks.LowestVersion ||
        Client->Version > ProviderSpeaks.HighestVersion) {
        DbgPrint("provider: version %u is not mine\n", Client->Version);
        return STATUS_NOINTERFACE;
    }
    Binding = ProviderOptions.ProviderFails
                  ? NULL
                  : (PROVIDER_BINDING*)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Binding),
                                                       EXNPI_PROVIDER_TAG);
    if (Binding == NULL) {
        DbgPrint("provider: no memory\n");
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Binding->NmrBindingHandle = NmrBindingHandle;
    Binding->ClientBindingContext = ClientBindingContext;
    Binding->ClientDispatch = Client;
    *ProviderBindingContext = Binding;
    *ProviderDispatch = &ProviderDispatchTable;
    DbgPrint("provider: a client attached\n");
    return STATUS_SUCCESS;
}

// From here on no call to the client may begin. This provider calls the client only from inside
// calls of the client, so nothing of its own can be in progress: the detach is complete.
static NTSTATUS ProviderDetachClient(PVOID ProviderBindingContext) {
    UNREFERENCED_PARAMETER(ProviderBindingContext);
    DbgPrint("provider: a client detaches\n");
    return STATUS_SUCCESS;
}

// Both sides are detached: this, and not the detach callback, is the place to free the context.
static VOID ProviderCleanupBindingContext(PVOID ProviderBindingContext) {
    ExFreePoolWithTag(ProviderBindingContext, EXNPI_PROVIDER_TAG);
}

// The registrar keeps pointers to all of this until the deregistration is complete.
static const NPI_MODULEID ProviderModuleId = {
    sizeof(NPI_MODULEID),
    MIT_GUID,
    {{0x5d3a6c11, 0x2b4e, 0x4f0a, {0x9a, 0x0c, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66}}}};

static const NPI_PROVIDER_CHARACTERISTICS ProviderCharacteristics = {
    0,
    sizeof(NPI_PROVIDER_CHARACTERISTICS),
    ProviderAttachClient,
    ProviderDetachClient,
    ProviderCleanupBindingContext,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &EXNPI_ID, &ProviderModuleId, 0, &ProviderSpeaks}};

NTSTATUS ExnpiProviderStart(const EXNPI_OPTIONS* Options) {
    ProviderOptions = *Options;
    return NmrRegisterProvider(&ProviderCharacteristics, NULL, &ProviderHandle);
}

VOID ExnpiProviderStop(VOID) {
    // STATUS_PENDING is the answer; the wait returns when every binding is cleaned up.
    if (NmrDeregisterProvider(ProviderHandle) == STATUS_PENDING) {
        (void)NmrWaitForProviderDeregisterComplete(ProviderHandle);
    }
}
