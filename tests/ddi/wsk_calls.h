// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WSK calls of drivers that test them: a registration with a captured provider NPI, and one IRP
// that every call uses in turn.

#pragma once

#include "check.h"

#include <wsk.h>

static WSK_REGISTRATION wsk_registration;
static WSK_PROVIDER_NPI wsk;
static PIRP wsk_irp;
static KEVENT wsk_done;
static volatile LONG wsk_completions;
static IO_STATUS_BLOCK wsk_result;

static IO_COMPLETION_ROUTINE wsk_completed;
static NTSTATUS wsk_completed(PDEVICE_OBJECT device, PIRP irp, PVOID context) {
    UNREFERENCED_PARAMETER(device);
    UNREFERENCED_PARAMETER(context);
    wsk_result = irp->IoStatus;
    InterlockedIncrement(&wsk_completions);
    KeSetEvent(&wsk_done, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

/// The IRP, fresh for a call.
static inline PIRP wsk_ready(void) {
    IoReuseIrp(wsk_irp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(wsk_irp, wsk_completed, NULL, TRUE, TRUE, TRUE);
    KeClearEvent(&wsk_done);
    wsk_completions = 0;
    return wsk_irp;
}

/// A call was made with the IRP and returned this; yields what it came to.
static inline NTSTATUS wsk_wait(NTSTATUS returned) {
    if (returned == STATUS_PENDING) {
        KeWaitForSingleObject(&wsk_done, Executive, KernelMode, FALSE, NULL);
    } else {
        CHECK_STATUS(wsk_result.Status, returned);
    }
    CHECK_EQ(wsk_completions, 1);
    return wsk_result.Status;
}

/// A call with the IRP (wsk_ready()) comes to this in the end.
#define CALL_GIVES(Call, Wanted) CHECK_STATUS(wsk_wait(Call), (Wanted))

/// A call with the IRP is refused inside: it returns the status and has completed the IRP with it.
#define CALL_REFUSED(Call, Wanted)                 \
    do {                                           \
        CHECK_STATUS(Call, (Wanted));              \
        CHECK_EQ(wsk_completions, 1);              \
        CHECK_STATUS(wsk_result.Status, (Wanted)); \
        CHECK_EQ(wsk_result.Information, 0);       \
    } while (0)

static inline void wsk_begin(void) {
    static const WSK_CLIENT_DISPATCH dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI client = {NULL, &dispatch};
    KeInitializeEvent(&wsk_done, SynchronizationEvent, FALSE);
    wsk_irp = IoAllocateIrp(1, FALSE);
    CHECK_STATUS(WskRegister(&client, &wsk_registration), STATUS_SUCCESS);
    CHECK_STATUS(WskCaptureProviderNPI(&wsk_registration, WSK_INFINITE_WAIT, &wsk), STATUS_SUCCESS);
}

static inline void wsk_end(void) {
    WskReleaseProviderNPI(&wsk_registration);
    WskDeregister(&wsk_registration);
    IoFreeIrp(wsk_irp);
}

static inline PWSK_SOCKET wsk_socket(ULONG flags) {
    CALL_GIVES(wsk.Dispatch->WskSocket(wsk.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, flags, NULL,
                                       NULL, NULL, NULL, NULL, wsk_ready()),
               STATUS_SUCCESS);
    return (PWSK_SOCKET)wsk_result.Information;
}

static inline const WSK_PROVIDER_BASIC_DISPATCH* wsk_basic(PWSK_SOCKET s) {
    return (const WSK_PROVIDER_BASIC_DISPATCH*)s->Dispatch;
}

static inline void wsk_close(PWSK_SOCKET s) {
    CALL_GIVES(wsk_basic(s)->WskCloseSocket(s, wsk_ready()), STATUS_SUCCESS);
}

static inline SOCKADDR_IN wsk_loopback(USHORT port) {
    SOCKADDR_IN a;
    RtlZeroMemory(&a, sizeof a);
    a.sin_family = AF_INET;
    a.sin_port = RtlUshortByteSwap(port);
    a.sin_addr.s_addr = RtlUlongByteSwap(0x7f000001);
    return a;
}
