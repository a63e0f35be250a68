// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The sample of "Attaching a Client Module to a Provider Module", as C++, with only its elided
// parts filled in: typed output variables, a const dispatch table, a four-character pool tag.
// NMR-036, NMR-066, NMR-067, NMR-068, NMR-076, NMR-089, NMR-091, NMR-197.

#include "check.h"

#include <netioddk.h>

// EXNPI provider characteristics structure
typedef struct EXNPI_PROVIDER_CHARACTERISTICS_ {
    ULONG Flavour;
} EXNPI_PROVIDER_CHARACTERISTICS, *PEXNPI_PROVIDER_CHARACTERISTICS;

// EXNPI client dispatch table
typedef struct EXNPI_CLIENT_DISPATCH_ {
    VOID (*Callback)(VOID);
} EXNPI_CLIENT_DISPATCH, *PEXNPI_CLIENT_DISPATCH;

// EXNPI provider dispatch table
typedef struct EXNPI_PROVIDER_DISPATCH_ {
    ULONG (*Function)(VOID);
} EXNPI_PROVIDER_DISPATCH, *PEXNPI_PROVIDER_DISPATCH;

// Context structure for the client
// module's binding to a provider module
typedef struct CLIENT_BINDING_CONTEXT_ {
    HANDLE NmrBindingHandle;
    PVOID ProviderBindingContext;
    PEXNPI_PROVIDER_DISPATCH ProviderDispatch;
} CLIENT_BINDING_CONTEXT, *PCLIENT_BINDING_CONTEXT;

// Pool tag used for allocating the binding context
#define BINDING_CONTEXT_POOL_TAG 'tpcb'

static VOID callback(VOID) {}

// Structure for the client's dispatch table
const EXNPI_CLIENT_DISPATCH Dispatch = {callback};

static PCLIENT_BINDING_CONTEXT attached;
static ULONG declined;

// ClientAttachProvider callback function
NTSTATUS
ClientAttachProvider(IN HANDLE NmrBindingHandle, IN PVOID ClientContext,
                     IN PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance) {
    PNPI_MODULEID ProviderModuleId;
    PEXNPI_PROVIDER_CHARACTERISTICS ProviderNpiSpecificCharacteristics;
    PCLIENT_BINDING_CONTEXT BindingContext;
    PVOID ProviderBindingContext;
    PEXNPI_PROVIDER_DISPATCH ProviderDispatch;
    NTSTATUS Status;

    // Get pointers to the provider module's identification structure
    // and the provider module's NPI-specific characteristics structure
    ProviderModuleId = ProviderRegistrationInstance->ModuleId;
    ProviderNpiSpecificCharacteristics =
        (PEXNPI_PROVIDER_CHARACTERISTICS)ProviderRegistrationInstance->NpiSpecificCharacteristics;
    UNREFERENCED_PARAMETER(ClientContext);
    UNREFERENCED_PARAMETER(ProviderModuleId);

    // If the client module determines that it will not attach
    // to the provider module
    if (ProviderNpiSpecificCharacteristics->Flavour == 13) {
        ++declined;
        return STATUS_NOINTERFACE;
    }

    // Allocate memory for the client module's
    // binding context structure
    BindingContext = (PCLIENT_BINDING_CONTEXT)ExAllocatePoolWithTag(
        NonPagedPool, sizeof(CLIENT_BINDING_CONTEXT), BINDING_CONTEXT_POOL_TAG);

    // Check result of allocation
    if (BindingContext == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    // Continue with the attachment to the provider module
    Status = NmrClientAttachProvider(NmrBindingHandle, BindingContext, &Dispatch,
                                     &ProviderBindingContext, &ProviderDispatch);

    // Check result of attachment
    if (Status == STATUS_SUCCESS) {
        // Save NmrBindingHandle, ProviderBindingContext,
        // and ProviderDispatch for future reference
        BindingContext->NmrBindingHandle = NmrBindingHandle;
        BindingContext->ProviderBindingContext = ProviderBindingContext;
        BindingContext->ProviderDispatch = ProviderDispatch;
        attached = BindingContext;
    }

    // Attachment did not succeed
    else {
        // Free memory for client's binding context structure
        ExFreePoolWithTag(BindingContext, BINDING_CONTEXT_POOL_TAG);
    }

    // Return result of attachment
    return Status;
}

static NTSTATUS ClientDetachProvider(PVOID ClientBindingContext) {
    CHECK_PTR(ClientBindingContext, attached);
    return STATUS_SUCCESS;
}

static VOID ClientCleanupBindingContext(PVOID ClientBindingContext) {
    ExFreePoolWithTag(ClientBindingContext, BINDING_CONTEXT_POOL_TAG);
}

// ---- a provider to attach to ----

static ULONG answer(VOID) {
    return 42;
}
static const EXNPI_PROVIDER_DISPATCH provider_dispatch = {answer};
static NTSTATUS provider_answer;

static NTSTATUS attach_client(HANDLE, PVOID, PNPI_REGISTRATION_INSTANCE, PVOID,
                              const VOID* dispatch, PVOID* context, const VOID** table) {
    CHECK_PTR(dispatch, &Dispatch);
    *context = &declined;
    *table = &provider_dispatch;
    return provider_answer;
}
static NTSTATUS detach_client(PVOID) {
    return STATUS_SUCCESS;
}

static const NPIID npi = {0x99887766, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static EXNPI_PROVIDER_CHARACTERISTICS flavour;
static const NPI_CLIENT_CHARACTERISTICS client_characteristics = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    ClientAttachProvider,
    ClientDetachProvider,
    ClientCleanupBindingContext,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, NULL, 0, NULL}};
static const NPI_PROVIDER_CHARACTERISTICS provider_characteristics = {
    0,
    sizeof(NPI_PROVIDER_CHARACTERISTICS),
    attach_client,
    detach_client,
    NULL,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, NULL, 0, &flavour}};

static VOID one_life(ULONG wanted_flavour, NTSTATUS wanted_answer) {
    HANDLE client = NULL, provider = NULL;

    attached = NULL;
    flavour.Flavour = wanted_flavour;
    provider_answer = wanted_answer;
    CHECK_STATUS(NmrRegisterProvider(&provider_characteristics, NULL, &provider), STATUS_SUCCESS);
    CHECK_STATUS(NmrRegisterClient(&client_characteristics, NULL, &client), STATUS_SUCCESS);
    if (wanted_flavour != 13 && wanted_answer == STATUS_SUCCESS) {
        CHECK_EQ(attached->ProviderDispatch->Function(), 42);
        CHECK_PTR(attached->ProviderBindingContext, &declined);
    } else {
        CHECK_PTR(attached, NULL);
    }
    CHECK_STATUS(NmrDeregisterClient(client), STATUS_PENDING);
    CHECK_STATUS(NmrWaitForClientDeregisterComplete(client), STATUS_SUCCESS);
    CHECK_STATUS(NmrDeregisterProvider(provider), STATUS_PENDING);
    CHECK_STATUS(NmrWaitForProviderDeregisterComplete(provider), STATUS_SUCCESS);
}

static VOID run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    one_life(1, STATUS_SUCCESS);
    one_life(13, STATUS_SUCCESS);
    CHECK_EQ(declined, 1);
    one_life(1, STATUS_NOINTERFACE);
    one_life(1, STATUS_NOT_SUPPORTED);
}
