// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that unloads without deregistering is told so, with the place that registered.
// NMR-173, NMR-174
// exit: 1
// output: 1 registration: NMR client, NPI aabbccdd-0001-0002, registered
// output: 1 registration: NMR provider, NPI aabbccdd-0003-0004, drained
// output: made by .*left_registered.c

#include "check.h"

#include <netioddk.h>

static const NPIID client_npi = {0xaabbccdd, 1, 2, {3, 4, 5, 6, 7, 8, 9, 10}};
static const NPIID provider_npi = {0xaabbccdd, 3, 4, {3, 4, 5, 6, 7, 8, 9, 10}};

static NTSTATUS attach_provider(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE provider) {
    UNREFERENCED_PARAMETER(handle);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(provider);
    return STATUS_NOINTERFACE;
}
static NTSTATUS attach_client(HANDLE handle, PVOID context, PNPI_REGISTRATION_INSTANCE client,
                              PVOID client_context, const VOID* client_dispatch,
                              PVOID* provider_context, const VOID** provider_dispatch) {
    UNREFERENCED_PARAMETER(handle);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(client);
    UNREFERENCED_PARAMETER(client_context);
    UNREFERENCED_PARAMETER(client_dispatch);
    UNREFERENCED_PARAMETER(provider_context);
    UNREFERENCED_PARAMETER(provider_dispatch);
    return STATUS_NOINTERFACE;
}
static NTSTATUS detach(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    return STATUS_SUCCESS;
}

static const NPI_CLIENT_CHARACTERISTICS client = {
    0,
    sizeof(NPI_CLIENT_CHARACTERISTICS),
    attach_provider,
    detach,
    NULL,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &client_npi, NULL, 0, NULL}};
static const NPI_PROVIDER_CHARACTERISTICS provider = {
    0,
    sizeof(NPI_PROVIDER_CHARACTERISTICS),
    attach_client,
    detach,
    NULL,
    {0, sizeof(NPI_REGISTRATION_INSTANCE), &provider_npi, NULL, 0, NULL}};

static VOID run_checks(PDRIVER_OBJECT driver) {
    HANDLE handle;

    UNREFERENCED_PARAMETER(driver);
    CHECK_STATUS(NmrRegisterClient(&client, NULL, &handle), STATUS_SUCCESS);
    CHECK_STATUS(NmrRegisterProvider(&provider, NULL, &handle), STATUS_SUCCESS);
    CHECK_STATUS(NmrDeregisterProvider(handle), STATUS_PENDING);  // and no wait
}
