// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Wide literals are UTF-16 and land in WCHAR buffers; counted strings take their size from them.

#include <ntddk.h>

C_ASSERT(sizeof(L"ab") == 6);
C_ASSERT(sizeof(L'a') == 2);
C_ASSERT((WCHAR)-1 > 0);

DECLARE_CONST_UNICODE_STRING(device_name, L"\\Device\\Echo");
static const UNICODE_STRING constant = RTL_CONSTANT_STRING(L"abc");
static const ANSI_STRING narrow = RTL_CONSTANT_STRING("abc");

USHORT lengths(PCWSTR Text);
USHORT lengths(PCWSTR Text) {
    DECLARE_UNICODE_STRING_SIZE(name, 32);
    UNICODE_STRING initialised = RTL_CONSTANT_STRING(L"on the stack");
    WCHAR array[] = L"array";
    wchar_t* plain = array;
    PCWSTR literal = L"literal";
    return (USHORT)(device_name.Length + constant.Length + narrow.Length + name.MaximumLength +
                    initialised.Length + wcslen(Text) + wcslen(plain) + wcslen(literal));
}
