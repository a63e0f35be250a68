// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// seh.h: what a `__try` in a driver and the runtime agree on.
//
// A `__try` puts a frame on its stack, records where to continue in it and pushes it; leaving the
// body pops it. A raise (ExRaiseStatus, MmProbeAndLockPages, ...) takes the innermost frame of the
// thread that was pushed since the current call into driver code began, stores the status in it,
// unlinks it and jumps to it. Without such a frame it is bug check 0x1E. Frames nest strictly, so
// the list is a stack and `Previous` belongs to the runtime.
//
// `Resume` is what __builtin_setjmp and __builtin_longjmp use: frame pointer, address, stack
// pointer. Every driver uses these builtins: they neither call into libc nor save the signal mask.
// Only gcc without sanitizers may optimise a function that contains one; see "Exceptions" in
// ../README.md.
#pragma once

#include "ntdef.h"

OPENWSK_C_BEGIN

// State is the driver's own (../crt/excpt.h); the runtime sets Previous and Status.
#define OPENWSK_SEH_BODY 1
#define OPENWSK_SEH_RAISED 2
#define OPENWSK_SEH_LEFT 3

typedef struct _OPENWSK_SEH_FRAME {
    struct _OPENWSK_SEH_FRAME *Previous;
    void *Resume[5];
    NTSTATUS Status;
    ULONG State;
} OPENWSK_SEH_FRAME;

OPENWSK_API VOID openwsk_seh_push(OPENWSK_SEH_FRAME *Frame);
OPENWSK_API VOID openwsk_seh_pop(OPENWSK_SEH_FRAME *Frame);

/// Raises `Status` to the next outer frame: after a filter that continues the search, and after a
/// `__finally`.
OPENWSK_API OPENWSK_NORETURN VOID openwsk_seh_continue(NTSTATUS Status);

/// Keeps the status that ended a body while its `__finally` begins; the thread has one such place.
OPENWSK_API VOID openwsk_seh_defer(NTSTATUS Status);

/// Takes what openwsk_seh_defer kept; FALSE if there is nothing, because the body ended normally.
OPENWSK_API BOOLEAN openwsk_seh_take(NTSTATUS *Status);

OPENWSK_C_END
