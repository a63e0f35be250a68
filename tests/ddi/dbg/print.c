// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the functions of the DbgPrint family print, at any IRQL, and that they return
// STATUS_SUCCESS.
//
// run: --no-prefix
// output: ^plain 42 fffffffe 123456789abcdef0$
// output: ^wide counted and wide, narrow counted$
// output: ^status .*STATUS_PENDING
// output: ^at level 2$
// output: ^component error$
// output: ^from a list 7$
// output: ^prefix: from a list 8$
// output: ^one line in two parts$

#include <stdarg.h>

#include "check.h"

static ULONG print_list(int prefixed, const char* format, ...) {
    va_list arguments;
    ULONG status;
    va_start(arguments, format);
    status = prefixed ? vDbgPrintExWithPrefix("prefix: ", DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL,
                                              format, arguments)
                      : vDbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL, format, arguments);
    va_end(arguments);
    return status;
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNICODE_STRING wide = {14, 16, (PWSTR)L"counted"};
    ANSI_STRING narrow = {7, 8, (PCHAR) "counted"};
    ULONG number = 0xfffffffe;
    UNREFERENCED_PARAMETER(driver);

    CHECK_EQ(DbgPrint("plain %d %lx %I64x\n", 42, number, 0x123456789abcdef0ULL), STATUS_SUCCESS);
    CHECK_EQ(DbgPrint("wide %wZ and %ws, narrow %Z\n", &wide, L"wide", &narrow), STATUS_SUCCESS);
    CHECK_EQ(DbgPrint("status %!STATUS!\n", STATUS_PENDING), STATUS_SUCCESS);
    CHECK_EQ(DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL, "component error\n"),
             STATUS_SUCCESS);
    CHECK_EQ(print_list(0, "from a list %d\n", 7), STATUS_SUCCESS);
    CHECK_EQ(print_list(1, "from a list %d\n", 8), STATUS_SUCCESS);
    DbgPrint("one line ");
    DbgPrint("in two parts\n");
    KIRQL old = KeRaiseIrqlToDpcLevel();
    DbgPrint("at level %d\n", KeGetCurrentIrql());
    KeLowerIrql(old);
}
