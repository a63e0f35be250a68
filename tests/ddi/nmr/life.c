// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The nine functions from a C driver: one life of a pair, at PASSIVE and DISPATCH_LEVEL, and every
// function with handles that are none. NMR-197 (C linkage, C11), NMR-195 (no exception leaves
// them), NMR-037, NMR-038, NMR-106, NMR-133, NMR-138, NMR-159.

#include "check.h"

#include <netioddk.h>

static const NPIID npi = {0x11223344, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const NPI_MODULEID module_id = {
    sizeof(NPI_MODULEID), MIT_GUID, {{0x55667788, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}}}};
static LONG called[6];  // CAP PAC CDP PDC CCB PCB
static HANDLE binding;
static NTSTATUS detach_answer;
static KIRQL detach_irql;

static NTSTATUS attach_provider(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE provider) {
    PVOID provider_context = NULL;
    const VOID* provider_dispatch = NULL;
    NTSTATUS status;

    ++called[0];
    binding = handle;
    CHECK_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_EQ(provider->Number, 7);
    status =
        NmrClientAttachProvider(handle, context, &called, &provider_context, &provider_dispatch);
    CHECK_PTR(provider_context, &binding);
    CHECK_PTR(provider_dispatch, &npi);
    return status;
}

static NTSTATUS attach_client(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE client,
                              PVOID client_context, const VOID* client_dispatch,
                              PVOID* provider_context, const VOID** provider_dispatch) {
    UNREFERENCED_PARAMETER(context);
    ++called[1];
    CHECK_PTR(handle, binding);
    CHECK(NmrIsEqualNpiModuleId(client->ModuleId, &module_id));
    CHECK_PTR(client_context, &called);
    CHECK_PTR(client_dispatch, &called);
    *provider_context = &binding;
    *provider_dispatch = &npi;
    return STATUS_SUCCESS;
}

static NTSTATUS client_detach(PVOID context) {
    CHECK_PTR(context, &called);
    ++called[2];
    detach_irql = KeGetCurrentIrql();
    return detach_answer;
}
static NTSTATUS provider_detach(PVOID context) {
    CHECK_PTR(context, &binding);
    ++called[3];
    return STATUS_SUCCESS;
}
static VOID client_cleanup(PVOID context) {
    CHECK_PTR(context, &called);
    ++called[4];
}
static VOID provider_cleanup(PVOID context) {
    CHECK_PTR(context, &binding);
    ++called[5];
}

static const NPI_CLIENT_CHARACTERISTICS client = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    attach_provider,
    client_detach,
    client_cleanup,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, &module_id, 0, NULL}};
static const NPI_PROVIDER_CHARACTERISTICS provider = {
    0,
    sizeof(NPI_PROVIDER_CHARACTERISTICS),
    attach_client,
    provider_detach,
    provider_cleanup,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &npi, &module_id, 7, NULL}};

static VOID life(KIRQL irql, NTSTATUS answer) {
    HANDLE client_handle, provider_handle;
    KIRQL old;
    ULONG i;

    RtlZeroMemory(called, sizeof(called));
    detach_answer = answer;
    CHECK_STATUS(NmrRegisterProvider(&provider, NULL, &provider_handle), STATUS_SUCCESS);
    CHECK_STATUS(NmrRegisterClient(&client, &called, &client_handle), STATUS_SUCCESS);
    CHECK_EQ(called[0], 1);
    CHECK_EQ(called[1], 1);
    KeRaiseIrql(irql, &old);
    CHECK_STATUS(NmrDeregisterClient(client_handle), STATUS_PENDING);
    if (answer == STATUS_PENDING) {
        CHECK_EQ(called[4], 0);
        NmrClientDetachProviderComplete(binding);
    }
    KeLowerIrql(old);
    CHECK_EQ(detach_irql, irql);
    CHECK_STATUS(NmrWaitForClientDeregisterComplete(client_handle), STATUS_SUCCESS);
    for (i = 0; i < 6; ++i) {
        CHECK_EQ(called[i], 1);
    }
    CHECK_STATUS(NmrDeregisterProvider(provider_handle), STATUS_PENDING);
    CHECK_STATUS(NmrWaitForProviderDeregisterComplete(provider_handle), STATUS_SUCCESS);
}

static VOID run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    life(PASSIVE_LEVEL, STATUS_SUCCESS);
    life(APC_LEVEL, STATUS_SUCCESS);
    life(DISPATCH_LEVEL, STATUS_SUCCESS);
    life(PASSIVE_LEVEL, STATUS_PENDING);
    life(DISPATCH_LEVEL, STATUS_PENDING);
}
