// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Network modules in the shape of the documented samples: constant characteristics, positional
// initialisers, dispatch pointers of the module's own type.
// NMR-018 NMR-036

#include <netioddk.h>
#include <ntddk.h>
#include <wsk.h>

typedef struct EXNPI_CLIENT_DISPATCH_ {
    VOID (*Function1)(PVOID Context);
} EXNPI_CLIENT_DISPATCH, *PEXNPI_CLIENT_DISPATCH;
typedef const EXNPI_CLIENT_DISPATCH* PCEXNPI_CLIENT_DISPATCH;

typedef struct BINDING_CONTEXT_ {
    HANDLE NmrBindingHandle;
    PVOID ProviderBindingContext;
    PEXNPI_CLIENT_DISPATCH ProviderDispatch;
    PCEXNPI_CLIENT_DISPATCH ConstProviderDispatch;
    LIST_ENTRY Link;
} BINDING_CONTEXT, *PBINDING_CONTEXT;

static const NPIID exnpi_id = {0x9d1f5b2a, 0x1234, 0x4567, {1, 2, 3, 4, 5, 6, 7, 8}};
static const NPI_MODULEID module_id = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x1, 0x2, 0x3, {1, 2, 3, 4, 5, 6, 7, 8}}}};
static const EXNPI_CLIENT_DISPATCH dispatch = {NULL};

static NPI_CLIENT_ATTACH_PROVIDER_FN attach;
static NPI_CLIENT_DETACH_PROVIDER_FN detach;
static NPI_CLIENT_CLEANUP_BINDING_CONTEXT_FN cleanup;

static const NPI_CLIENT_CHARACTERISTICS characteristics = {
    0,       sizeof(NPI_CLIENT_CHARACTERISTICS),
    attach,  detach,
    cleanup, {0, sizeof(NPI_REGISTRATION_INSTANCE), &exnpi_id, &module_id, 0, NULL}};

static NTSTATUS attach(HANDLE NmrBindingHandle, PVOID ClientContext,
                       PNPI_REGISTRATION_INSTANCE ProviderRegistrationInstance) {
    PBINDING_CONTEXT binding = (PBINDING_CONTEXT)ClientContext;
    NTSTATUS status;
    if (!NmrIsEqualNpiModuleId(ProviderRegistrationInstance->ModuleId, &module_id)) {
        return STATUS_NOINTERFACE;
    }
    binding->NmrBindingHandle = NmrBindingHandle;
#ifdef __cplusplus
    status = NmrClientAttachProvider(NmrBindingHandle, binding, &dispatch,
                                     &binding->ProviderBindingContext, &binding->ProviderDispatch);
    status =
        NmrClientAttachProvider(NmrBindingHandle, binding, &dispatch,
                                &binding->ProviderBindingContext, &binding->ConstProviderDispatch);
#endif
    status = NmrClientAttachProvider(NmrBindingHandle, binding, &dispatch,
                                     &binding->ProviderBindingContext,
                                     (const VOID**)&binding->ProviderDispatch);
    return status;
}

static NTSTATUS detach(PVOID ClientBindingContext) {
    NmrClientDetachProviderComplete(((PBINDING_CONTEXT)ClientBindingContext)->NmrBindingHandle);
    return STATUS_PENDING;
}

static VOID cleanup(PVOID ClientBindingContext) {
    ExFreePoolWithTag(ClientBindingContext, 'xcpN');
}

NTSTATUS register_client(PVOID Context, PHANDLE Handle);
NTSTATUS register_client(PVOID Context, PHANDLE Handle) {
    return NmrRegisterClient(&characteristics, Context, Handle);
}

PNPIID wsk_interface(void);
PNPIID wsk_interface(void) {
    return &NPI_WSK_INTERFACE_ID;
}
