// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// EXNPI: a network programming interface of our own, as the documents use it in their examples. An
// NPI is an agreement between modules: an id, what each side tells the other about itself, and the
// functions each side may call. The registrar knows only the id.

#pragma once

#include <netioddk.h>
#include <ntddk.h>

// What a provider tells clients before they decide: the range of versions it speaks.
typedef struct _EXNPI_PROVIDER_CHARACTERISTICS {
    USHORT LowestVersion;
    USHORT HighestVersion;
} EXNPI_PROVIDER_CHARACTERISTICS;

// What the client offers: its version, and a callback for text that arrives.
typedef struct _EXNPI_CLIENT_DISPATCH {
    USHORT Version;
    VOID (*TextArrived)(PVOID ClientBindingContext, const char* Text);
} EXNPI_CLIENT_DISPATCH;

// What the provider offers: a function that takes text. It answers through TextArrived.
typedef struct _EXNPI_PROVIDER_DISPATCH {
    NTSTATUS (*SendText)(PVOID ProviderBindingContext, const char* Text);
} EXNPI_PROVIDER_DISPATCH;

extern const NPIID EXNPI_ID;

// ---- the two modules of this driver -------------------------------------------------------------

typedef struct _EXNPI_OPTIONS {
    ULONG ProviderFirst;  // 1: the provider registers before the client
    ULONG ClientVersion;  // the version the client would like
    ULONG ProviderFails;  // 1: the provider has no memory for its context
    ULONG SlowDetach;     // 1: the client's detach pends until a call in progress has ended
} EXNPI_OPTIONS;

NTSTATUS ExnpiProviderStart(const EXNPI_OPTIONS* Options);
VOID ExnpiProviderStop(VOID);

NTSTATUS ExnpiClientStart(const EXNPI_OPTIONS* Options);
VOID ExnpiClientStop(VOID);
BOOLEAN ExnpiClientIsAttached(VOID);
NTSTATUS ExnpiClientSay(const char* Text);
