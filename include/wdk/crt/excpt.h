// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// excpt.h: structured exception handling for statuses that the runtime raises (../abi/seh.h,
// "Exceptions" in ../README.md).
//
// `__try { body } __except (filter) { handler }` becomes an `if` with an initialiser in C++ and a
// `for` in C, so in C `break` and `continue` in body or handler leave the statement, not the loop
// around it. `__finally` runs after the body ended or raised, but a `return`, `goto` or `break` out
// of the body skips it. A filter sees the status; there is no machine context.
//
//     BODY     the body runs, the frame is linked
//     RAISED   the runtime unlinked the frame, stored the status and resumed here
//     LEFT     __leave unlinked the frame and resumed here
#pragma once

#include "../abi/ntstatus.h"
#include "../abi/seh.h"

#define EXCEPTION_EXECUTE_HANDLER 1
#define EXCEPTION_CONTINUE_SEARCH 0
#define EXCEPTION_CONTINUE_EXECUTION (-1)

#define EXCEPTION_NONCONTINUABLE 0x1
#define EXCEPTION_MAXIMUM_PARAMETERS 15

typedef enum _EXCEPTION_DISPOSITION {
    ExceptionContinueExecution,
    ExceptionContinueSearch,
    ExceptionNestedException,
    ExceptionCollidedUnwind
} EXCEPTION_DISPOSITION;

typedef struct _EXCEPTION_RECORD {
    NTSTATUS ExceptionCode;
    ULONG ExceptionFlags;
    struct _EXCEPTION_RECORD *ExceptionRecord;
    PVOID ExceptionAddress;
    ULONG NumberParameters;
    ULONG_PTR ExceptionInformation[EXCEPTION_MAXIMUM_PARAMETERS];
} EXCEPTION_RECORD, *PEXCEPTION_RECORD;

typedef struct _EXCEPTION_POINTERS {
    PEXCEPTION_RECORD ExceptionRecord;
    struct _CONTEXT *ContextRecord;
} EXCEPTION_POINTERS, *PEXCEPTION_POINTERS;

typedef struct _OPENWSK_TRY {
    OPENWSK_SEH_FRAME Frame;
    EXCEPTION_RECORD Record;
    EXCEPTION_POINTERS Pointers;
} OPENWSK_TRY;

// Links the frame; the caller evaluates __builtin_setjmp right after.
static inline __attribute__((unused)) void openwsk_try_begin(OPENWSK_TRY *Try)
{
    Try->Frame.State = OPENWSK_SEH_BODY;
    openwsk_seh_push(&Try->Frame);
}

static inline __attribute__((unused)) void openwsk_try_end(OPENWSK_TRY *Try)
{
    if (Try->Frame.State == OPENWSK_SEH_BODY) {
        openwsk_seh_pop(&Try->Frame);
    }
}

// What a filter calls GetExceptionInformation.
static inline __attribute__((unused)) PEXCEPTION_POINTERS openwsk_try_information(OPENWSK_TRY *Try)
{
    Try->Record.ExceptionCode = Try->Frame.Status;
    Try->Record.ExceptionFlags = EXCEPTION_NONCONTINUABLE;
    Try->Record.ExceptionRecord = 0;
    Try->Record.ExceptionAddress = 0;
    Try->Record.NumberParameters = 0;
    Try->Pointers.ExceptionRecord = &Try->Record;
    Try->Pointers.ContextRecord = 0;
    return &Try->Pointers;
}

// Asked where __builtin_setjmp returned a second time: was it a raise? Then the runtime has unlinked
// the frame.
static inline __attribute__((unused)) int openwsk_try_raised(OPENWSK_TRY *Try)
{
    if (Try->Frame.State == OPENWSK_SEH_BODY) {
        Try->Frame.State = OPENWSK_SEH_RAISED;
    }
    return Try->Frame.State == OPENWSK_SEH_RAISED;
}

// Acts on a filter's value; returns only to execute the handler.
static inline __attribute__((unused)) int openwsk_try_filter(OPENWSK_TRY *Try, int Disposition)
{
    if (Disposition > 0) {
        return 1;
    }
    openwsk_seh_continue(Disposition == 0 ? Try->Frame.Status : STATUS_NONCONTINUABLE_EXCEPTION);
}

// __leave: a jump to the own frame, made by another function as __builtin_longjmp wants it.
static __attribute__((noinline, unused, noreturn)) void openwsk_try_leave(OPENWSK_TRY *Try)
{
    openwsk_seh_pop(&Try->Frame);
    Try->Frame.State = OPENWSK_SEH_LEFT;
    __builtin_longjmp(Try->Frame.Resume, 1);
}

// The part of a __finally that comes after its block: goes on raising what the body raised.
typedef struct _OPENWSK_FINALLY {
    NTSTATUS Status;
    BOOLEAN Raised;
    BOOLEAN More;
} OPENWSK_FINALLY;

static inline __attribute__((unused)) OPENWSK_FINALLY openwsk_finally_begin(void)
{
    OPENWSK_FINALLY finally = {0, FALSE, TRUE};
    finally.Raised = openwsk_seh_take(&finally.Status);
    return finally;
}

static inline __attribute__((unused)) void openwsk_finally_end(OPENWSK_FINALLY *Finally)
{
    if (Finally->Raised && !Finally->More) {
        openwsk_seh_continue(Finally->Status);
    }
}

#define OPENWSK_TRY_BODY \
    (openwsk_try_begin(&openwsk_try_), __builtin_setjmp(openwsk_try_.Frame.Resume) == 0)

// libstdc++ has a macro of this name for its own headers, which the prelude has included.
#undef __try

#ifdef __cplusplus
struct openwsk_try : OPENWSK_TRY {
    openwsk_try() {}
    ~openwsk_try() { openwsk_try_end(this); }
};
#define __try if (openwsk_try openwsk_try_; OPENWSK_TRY_BODY)
#else
#define __try                                                                \
    for (OPENWSK_TRY openwsk_try_ __attribute__((cleanup(openwsk_try_end))), \
         *openwsk_once_ = &openwsk_try_;                                     \
         openwsk_once_ != NULL; openwsk_once_ = NULL)                        \
        if (OPENWSK_TRY_BODY)
#endif

#define __except(Filter)   \
    else if (openwsk_try_raised(&openwsk_try_) && \
             openwsk_try_filter(&openwsk_try_, (Filter)))

#define __finally                                                                 \
    else if (openwsk_try_raised(&openwsk_try_))                      \
    {                                                                             \
        openwsk_seh_defer(openwsk_try_.Frame.Status);                             \
    }                                                                             \
    for (OPENWSK_FINALLY openwsk_finally_                                         \
         __attribute__((cleanup(openwsk_finally_end))) = openwsk_finally_begin(); \
         openwsk_finally_.More; openwsk_finally_.More = FALSE)

#define __leave openwsk_try_leave(&openwsk_try_)

#define GetExceptionCode() (openwsk_try_.Frame.Status)
#define GetExceptionInformation() openwsk_try_information(&openwsk_try_)
#define AbnormalTermination() (openwsk_finally_.Raised)
#define _exception_code() GetExceptionCode()
#define exception_code() GetExceptionCode()
#define _exception_info() GetExceptionInformation()
#define exception_info() GetExceptionInformation()
#define _abnormal_termination() AbnormalTermination()
#define abnormal_termination() AbnormalTermination()
