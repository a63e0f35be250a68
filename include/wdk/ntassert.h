// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntassert.h: assertions and debug output for drivers. With DBG 0, ASSERT and NT_ASSERT are empty
// and KdPrint prints nothing; NT_VERIFY still evaluates its expression.
#pragma once

#include "ntdef.h"

#include "abi/dbg.h"
#include "abi/ke.h"

#define OPENWSK_ASSERT_FAILED(Text, Message)                                  \
    RtlAssert((PVOID)(ULONG_PTR)(Text), (PVOID)(ULONG_PTR)__FILE__, __LINE__, \
              (PSTR)(ULONG_PTR)(Message))

#define NT_FRE_ASSERT(Expression) \
    ((Expression) ? TRUE : (OPENWSK_ASSERT_FAILED(#Expression, NULL), FALSE))
#define NT_FRE_ASSERTMSG(Message, Expression) \
    ((Expression) ? TRUE : (OPENWSK_ASSERT_FAILED(#Expression, Message), FALSE))
#define DbgRaiseAssertionFailure() OPENWSK_ASSERT_FAILED("DbgRaiseAssertionFailure", NULL)

#if DBG
#define ASSERT(Expression) ((Expression) ? (void)0 : OPENWSK_ASSERT_FAILED(#Expression, NULL))
#define ASSERTMSG(Message, Expression) \
    ((Expression) ? (void)0 : OPENWSK_ASSERT_FAILED(#Expression, Message))
#define RTL_SOFT_ASSERT(Expression) \
    ((Expression) ? TRUE : (DbgPrint("%s(%d): %s\n", __FILE__, __LINE__, #Expression), FALSE))
#define NT_ASSERT(Expression) NT_FRE_ASSERT(Expression)
#define NT_ASSERTMSG(Message, Expression) NT_FRE_ASSERTMSG(Message, Expression)
#define NT_VERIFY(Expression) NT_FRE_ASSERT(Expression)
#define NT_VERIFYMSG(Message, Expression) NT_FRE_ASSERTMSG(Message, Expression)
#define KdPrint(Arguments) DbgPrint Arguments
#define KdPrintEx(Arguments) DbgPrintEx Arguments
#define vKdPrintEx(Arguments) vDbgPrintEx Arguments
#define KdBreakPoint() DbgBreakPoint()
#define PAGED_CODE()                                                      \
    do {                                                                  \
        if (KeGetCurrentIrql() > APC_LEVEL) {                             \
            OPENWSK_ASSERT_FAILED("KeGetCurrentIrql() <= APC_LEVEL",      \
                                  "pageable code called at raised IRQL"); \
        }                                                                 \
    } while (0)
#else
#define ASSERT(Expression) ((void)0)
#define ASSERTMSG(Message, Expression) ((void)0)
#define RTL_SOFT_ASSERT(Expression) ((void)0)
#define NT_ASSERT(Expression) ((void)0)
#define NT_ASSERTMSG(Message, Expression) ((void)0)
#define NT_VERIFY(Expression) ((Expression) ? TRUE : FALSE)
#define NT_VERIFYMSG(Message, Expression) ((Expression) ? TRUE : FALSE)
#define KdPrint(Arguments)
#define KdPrintEx(Arguments)
#define vKdPrintEx(Arguments)
#define KdBreakPoint()
#define PAGED_CODE() ((void)0)
#endif

#define RTL_ASSERT ASSERT
#define RTL_ASSERTMSG ASSERTMSG
#define RTL_VERIFY NT_VERIFY
#define NT_ANALYSIS_ASSUME(Expression) ((void)0)
#define PAGED_CODE_LOCKED() ((void)0)
#define PAGED_ASSERT(Expression) ASSERT(Expression)
#define KD_DEBUGGER_ENABLED (*KdDebuggerEnabled)
#define KD_DEBUGGER_NOT_PRESENT (*KdDebuggerNotPresent)
