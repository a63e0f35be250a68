// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// runtime.h: what a program needs of the runtime, in a few lines: exception frames of one thread,
// schedule points that only count, a check that ends the program.
#pragma once

#include <ntddk.h>

EXTERN_C_START
int puts(const char* text);
void _Exit(int code) DECLSPEC_NORETURN;

static OPENWSK_SEH_FRAME* innermost;
static NTSTATUS deferred;
static BOOLEAN is_deferred;
static int schedule_points;

volatile int openwsk_simulating;

VOID openwsk_schedule_point(const volatile VOID* Address) {
    UNREFERENCED_PARAMETER(Address);
    ++schedule_points;
}

VOID openwsk_seh_push(OPENWSK_SEH_FRAME* Frame) {
    Frame->Previous = innermost;
    innermost = Frame;
}

VOID openwsk_seh_pop(OPENWSK_SEH_FRAME* Frame) {
    innermost = Frame->Previous;
}

VOID openwsk_seh_continue(NTSTATUS Status) {
    OPENWSK_SEH_FRAME* frame = innermost;
    if (frame == NULL) {
        puts("raised without a frame");
        _Exit(3);
    }
    innermost = frame->Previous;
    frame->Status = Status;
    __builtin_longjmp(frame->Resume, 1);
}

VOID openwsk_seh_defer(NTSTATUS Status) {
    deferred = Status;
    is_deferred = TRUE;
}

BOOLEAN openwsk_seh_take(NTSTATUS* Status) {
    BOOLEAN was = is_deferred;
    *Status = deferred;
    is_deferred = FALSE;
    return was;
}

VOID ExRaiseStatus(NTSTATUS Status) {
    openwsk_seh_continue(Status);
}

PVOID MmMapLockedPagesSpecifyCache(PMDL Mdl, KPROCESSOR_MODE AccessMode,
                                   MEMORY_CACHING_TYPE CacheType, PVOID RequestedAddress,
                                   ULONG BugCheckOnFailure, ULONG Priority) {
    UNREFERENCED_PARAMETER(Mdl);
    UNREFERENCED_PARAMETER(AccessMode);
    UNREFERENCED_PARAMETER(CacheType);
    UNREFERENCED_PARAMETER(RequestedAddress);
    UNREFERENCED_PARAMETER(BugCheckOnFailure);
    UNREFERENCED_PARAMETER(Priority);
    return NULL;
}

VOID MmUnmapLockedPages(PVOID BaseAddress, PMDL Mdl) {
    UNREFERENCED_PARAMETER(BaseAddress);
    UNREFERENCED_PARAMETER(Mdl);
}

VOID RtlFailFast(ULONG Code) {
    _Exit(100 + (int)Code);
}
EXTERN_C_END

#define CHECK(Expression)                    \
    do {                                     \
        if (!(Expression)) {                 \
            puts(__FILE__ ": " #Expression); \
            _Exit(1);                        \
        }                                    \
    } while (0)
