// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// The client module: "Attaching a Client Module to a Provider Module".
//
// After the client has registered, the registrar calls ClientAttachProvider once for each provider
// of the NPI: for those that are there before NmrRegisterClient returns, for others when they
// register.

#include "exnpi.h"

#define EXNPI_CLIENT_TAG 'cnxE'

// The binding to a provider. Calls into the provider are counted ("Programming Considerations"):
// the detach is complete when no call is in progress and none can begin.
typedef struct _CLIENT_BINDING {
    HANDLE NmrBindingHandle;
    PVOID ProviderBindingContext;
    const EXNPI_PROVIDER_DISPATCH* ProviderDispatch;
    LONG InProgress;    // guarded by ClientLock
    BOOLEAN Detaching;  // guarded by ClientLock
} CLIENT_BINDING;

static HANDLE ClientHandle;
static EXNPI_OPTIONS ClientOptions;
static KSPIN_LOCK ClientLock;
static CLIENT_BINDING* ClientBinding;  // guarded by ClientLock; the one provider that is used

static VOID ClientTextArrived(PVOID ClientBindingContext, const char* Text) {
    UNREFERENCED_PARAMETER(ClientBindingContext);
    DbgPrint("client: heard \"%s\"\n", Text);
}

static EXNPI_CLIENT_DISPATCH ClientDispatchTables[] = {{2, ClientTextArrived},
                                                       {1, ClientTextArrived}};

// The binding, with one more call in progress; NULL when there is none to call.
static CLIENT_BINDING* ClientBeginCall(VOID) {
    CLIENT_BINDING* Binding;
    KIRQL Irql;

    KeAcquireSpinLock(&ClientLock, &Irql);
    Binding = ClientBinding;
    if (Binding != NULL) {
        ++Binding->InProgress;
    }
    KeReleaseSpinLock(&ClientLock, Irql);
    return Binding;
}

static VOID ClientEndCall(CLIENT_BINDING* Binding) {
    HANDLE Complete = NULL;
    KIRQL Irql;

    KeAcquireSpinLock(&ClientLock, &Irql);
    if (--Binding->InProgress == 0 && Binding->Detaching) {
        Complete = Binding->NmrBindingHandle;
    }
    KeReleaseSpinLock(&ClientLock, Irql);
    if (Complete != NULL) {
        // The binding may be cleaned up inside this call: it is not touched any more.
        DbgPrint("client: the last call has ended\n");
        NmrClientDetachProviderComplete(Complete);
    }
}

// Tries one version after the other. Each attempt reaches the provider afresh.
static NTSTATUS ClientTry(HANDLE NmrBindingHandle, CLIENT_BINDING* Binding) {
    NTSTATUS Status = STATUS_NOINTERFACE;
    ULONG i;

    for (i = 0; i < RTL_NUMBER_OF(ClientDispatchTables) && Status == STATUS_NOINTERFACE; ++i) {
        if (ClientDispatchTables[i].Version > ClientOptions.ClientVersion) {
            continue;
        }
        Status = NmrClientAttachProvider(NmrBindingHandle, Binding, &ClientDispatchTables[i],
                                         &Binding->ProviderBindingContext,
                                         (const VOID**)&Binding->ProviderDispatch);
        if (Status == STATUS_SUCCESS) {
            DbgPrint("client: attached with version %u\n", ClientDispatchTables[i].Version);
        }
    }
    return Status;
}

static NTSTATUS ClientAttachProvider(HANDLE NmrBindingHandle, PVOID ClientContext,
                                     PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance) {
    const EXNPI_PROVIDER_CHARACTERISTICS* Provider =
        (const EXNPI_PROVIDER_CHARACTERISTICS*)
            ProviderRegistrationInstance->NpiSpecificCharacteristics;
    CLIENT_BINDING* Binding;
    NTSTATUS Status;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(ClientContext);
    // A client that does not want the provider says so without a further call.
    if (ClientOptions.ClientVersion < Provider->LowestVersion) {
        DbgPrint("client: declines a provider that speaks %u to %u\n", Provider->LowestVersion,
                 Provider->HighestVersion);
        return STATUS_NOINTERFACE;
    }
    Binding =
        (CLIENT_BINDING*)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Binding), EXNPI_CLIENT_TAG);
    if (Binding == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Binding->NmrBindingHandle = NmrBindingHandle;
    Status = ClientTry(NmrBindingHandle, Binding);
    if (Status == STATUS_SUCCESS) {
        // Published only now: before, the binding is not complete.
        KeAcquireSpinLock(&ClientLock, &Irql);
        ClientBinding = Binding;
        KeReleaseSpinLock(&ClientLock, Irql);
    } else {
        // Not attached: no callback about this binding will come, so the context is freed here.
        DbgPrint("client: not attached, status %08x\n", Status);
        ExFreePoolWithTag(Binding, EXNPI_CLIENT_TAG);
    }
    return Status;  // always what the last NmrClientAttachProvider returned
}

static NTSTATUS ClientDetachProvider(PVOID ClientBindingContext) {
    CLIENT_BINDING* Binding = (CLIENT_BINDING*)ClientBindingContext;
    BOOLEAN Busy;
    KIRQL Irql;

    KeAcquireSpinLock(&ClientLock, &Irql);
    ClientBinding = NULL;  // no call begins after this
    Binding->Detaching = TRUE;
    Busy = Binding->InProgress != 0;
    KeReleaseSpinLock(&ClientLock, Irql);
    DbgPrint("client: detaches%s\n", Busy ? ", a call is in progress" : "");
    return Busy ? STATUS_PENDING : STATUS_SUCCESS;
}

static VOID ClientCleanupBindingContext(PVOID ClientBindingContext) {
    ExFreePoolWithTag(ClientBindingContext, EXNPI_CLIENT_TAG);
}

static const NPI_MODULEID ClientModuleId = {
    sizeof(NPI_MODULEID),
    MIT_GUID,
    {{0x7c1e0f42, 0x6d2a, 0x4c8f, {0x8b, 0x1d, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11}}}};

static const NPI_CLIENT_CHARACTERISTICS ClientCharacteristics = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    ClientAttachProvider,
    ClientDetachProvider,
    ClientCleanupBindingContext,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &EXNPI_ID, &ClientModuleId, 0, NULL}};

NTSTATUS ExnpiClientStart(const EXNPI_OPTIONS* Options) {
    ClientOptions = *Options;
    KeInitializeSpinLock(&ClientLock);
    return NmrRegisterClient(&ClientCharacteristics, NULL, &ClientHandle);
}

BOOLEAN ExnpiClientIsAttached(VOID) {
    CLIENT_BINDING* Binding = ClientBeginCall();
    if (Binding == NULL) {
        return FALSE;
    }
    ClientEndCall(Binding);
    return TRUE;
}

NTSTATUS ExnpiClientSay(const char* Text) {
    CLIENT_BINDING* Binding = ClientBeginCall();
    NTSTATUS Status;

    if (Binding == NULL) {
        return STATUS_DEVICE_NOT_READY;
    }
    Status = Binding->ProviderDispatch->SendText(Binding->ProviderBindingContext, Text);
    ClientEndCall(Binding);
    return Status;
}

VOID ExnpiClientStop(VOID) {
    CLIENT_BINDING* Held = ClientOptions.SlowDetach ? ClientBeginCall() : NULL;
    const NTSTATUS Status = NmrDeregisterClient(ClientHandle);

    if (Held != NULL) {
        ClientEndCall(Held);  // completes the detach that pended on it
    }
    if (Status == STATUS_PENDING) {
        (void)NmrWaitForClientDeregisterComplete(ClientHandle);
    }
}
