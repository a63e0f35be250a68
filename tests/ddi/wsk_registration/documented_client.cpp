// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The sample of "Attaching the WSK Client to the WSK Subsystem", as C++, with only its elided parts
// filled in, run against the subsystem. REG-151..161, REG-173, REG-177, REG-178, REG-017.

#include "check.h"

#include <wsk.h>

// Context structure type for the WSK application's
// binding to the WSK subsystem
typedef struct WSK_APP_BINDING_CONTEXT_ {
    HANDLE NmrBindingHandle;
    PWSK_CLIENT WskClient;
    PWSK_PROVIDER_DISPATCH WskProviderDispatch;
} WSK_APP_BINDING_CONTEXT, *PWSK_APP_BINDING_CONTEXT;

// Pool tag used for allocating the binding context
#define BINDING_CONTEXT_POOL_TAG 'tpcb'

// The WSK application uses version 1.0 of WSK
#define WSK_APP_WSK_VERSION MAKE_WSK_VERSION(1, 0)

// Structure for the WSK application's dispatch table
const WSK_CLIENT_DISPATCH WskAppDispatch = {
    WSK_APP_WSK_VERSION, 0,
    NULL  // No WskClientEvent callback
};

static PWSK_APP_BINDING_CONTEXT binding;
static ULONG detached, cleaned;

// ClientAttachProvider NMR API callback function
NTSTATUS
ClientAttachProvider(IN HANDLE NmrBindingHandle, IN PVOID ClientContext,
                     IN PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance) {
    PNPI_MODULEID WskProviderModuleId;
    PWSK_PROVIDER_CHARACTERISTICS WskProviderCharacteristics;
    PWSK_APP_BINDING_CONTEXT BindingContext;
    PWSK_CLIENT WskClient;
    PWSK_PROVIDER_DISPATCH WskProviderDispatch;
    NTSTATUS Status;

    // Get pointers to the WSK subsystem's identification and
    // characteristics structures
    WskProviderModuleId = ProviderRegistrationInstance->ModuleId;
    WskProviderCharacteristics =
        (PWSK_PROVIDER_CHARACTERISTICS)ProviderRegistrationInstance->NpiSpecificCharacteristics;
    CHECK_PTR(ClientContext, NULL);
    CHECK(WskProviderModuleId != NULL);
    CHECK_EQ(WskProviderCharacteristics->HighestVersion, 0x0101);
    CHECK_EQ(WskProviderCharacteristics->LowestVersion, 0x0100);

    // Allocate memory for the WSK application's binding
    // context structure
    BindingContext = (PWSK_APP_BINDING_CONTEXT)ExAllocatePoolWithTag(
        NonPagedPool, sizeof(WSK_APP_BINDING_CONTEXT), BINDING_CONTEXT_POOL_TAG);

    // Check result of allocation
    if (BindingContext == NULL) {
        // Return error status code
        return STATUS_INSUFFICIENT_RESOURCES;
    }

    // Continue with the attachment to the WSK subsystem
    Status = NmrClientAttachProvider(NmrBindingHandle, BindingContext, &WskAppDispatch, &WskClient,
                                     &WskProviderDispatch);

    // Check result of attachment
    if (Status == STATUS_SUCCESS) {
        // Save NmrBindingHandle, WskClient, and
        // WskProviderDispatch for future reference
        BindingContext->NmrBindingHandle = NmrBindingHandle;
        BindingContext->WskClient = WskClient;
        BindingContext->WskProviderDispatch = WskProviderDispatch;
        binding = BindingContext;
    }
    // Attachment did not succeed
    else {
        // Free memory for application's binding context structure
        ExFreePoolWithTag(BindingContext, BINDING_CONTEXT_POOL_TAG);
    }
    // Return result of attachment
    return Status;
}

static NTSTATUS ClientDetachProvider(PVOID ClientBindingContext) {
    CHECK_PTR(ClientBindingContext, binding);
    ++detached;
    return STATUS_SUCCESS;
}

static VOID ClientCleanupBindingContext(PVOID ClientBindingContext) {
    CHECK_PTR(ClientBindingContext, binding);
    ++cleaned;
    ExFreePoolWithTag(ClientBindingContext, BINDING_CONTEXT_POOL_TAG);
}

static const NPI_MODULEID module_id = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x10203040, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}}};
static const NPI_CLIENT_CHARACTERISTICS characteristics = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    ClientAttachProvider,
    ClientDetachProvider,
    ClientCleanupBindingContext,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &NPI_WSK_INTERFACE_ID, &module_id, 0, NULL}};

static VOID run_checks(PDRIVER_OBJECT driver) {
    HANDLE handle = NULL;
    SIZE_T size = 0;

    UNREFERENCED_PARAMETER(driver);
    CHECK_STATUS(NmrRegisterClient(&characteristics, NULL, &handle), STATUS_SUCCESS);
    if (!CHECK(binding != NULL)) {  // attached when the register call has returned
        return;
    }
    CHECK(binding->WskClient != NULL);
    CHECK_EQ(binding->WskProviderDispatch->Version, WSK_APP_WSK_VERSION);
    // The attachment itself is the licence to call.
    CHECK_STATUS(binding->WskProviderDispatch->WskControlClient(
                     binding->WskClient, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0, NULL, &size, NULL),
                 STATUS_BUFFER_OVERFLOW);
    CHECK(size != 0);
    CHECK_STATUS(NmrDeregisterClient(handle), STATUS_PENDING);
    CHECK_STATUS(NmrWaitForClientDeregisterComplete(handle), STATUS_SUCCESS);
    CHECK_EQ(detached, 1);
    CHECK_EQ(cleaned, 1);
}
