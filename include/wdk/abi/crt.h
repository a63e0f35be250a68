// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// crt.h: the C runtime functions that OpenWSK implements for drivers, under the assembler names
// that ../crt gives them.
//
// Wide functions count in 16-bit units. Formatted output takes NT's formats (%wZ, %ws, %I64u,
// 32-bit %lx). _snprintf and its relatives return a negative value and do not terminate when the
// text does not fit; snprintf and vsnprintf follow the C standard; _vsc*printf return the length
// that the text would have.
#pragma once

#include <stdarg.h>

#include "ntdef.h"

OPENWSK_C_BEGIN

OPENWSK_API SIZE_T openwsk_wcslen(const WCHAR *String);
OPENWSK_API SIZE_T openwsk_wcsnlen(const WCHAR *String, SIZE_T MaximumLength);
OPENWSK_API WCHAR *openwsk_wcscpy(WCHAR *Destination, const WCHAR *Source);
OPENWSK_API WCHAR *openwsk_wcsncpy(WCHAR *Destination, const WCHAR *Source, SIZE_T Count);
OPENWSK_API WCHAR *openwsk_wcscat(WCHAR *Destination, const WCHAR *Source);
OPENWSK_API WCHAR *openwsk_wcsncat(WCHAR *Destination, const WCHAR *Source, SIZE_T Count);
OPENWSK_API int openwsk_wcscmp(const WCHAR *String1, const WCHAR *String2);
OPENWSK_API int openwsk_wcsncmp(const WCHAR *String1, const WCHAR *String2, SIZE_T Count);
OPENWSK_API int openwsk__wcsicmp(const WCHAR *String1, const WCHAR *String2);
OPENWSK_API int openwsk__wcsnicmp(const WCHAR *String1, const WCHAR *String2, SIZE_T Count);
OPENWSK_API WCHAR *openwsk_wcschr(const WCHAR *String, WCHAR Character);
OPENWSK_API WCHAR *openwsk_wcsrchr(const WCHAR *String, WCHAR Character);
OPENWSK_API WCHAR *openwsk_wcsstr(const WCHAR *String, const WCHAR *Search);
OPENWSK_API WCHAR *openwsk_wcspbrk(const WCHAR *String, const WCHAR *Set);
OPENWSK_API SIZE_T openwsk_wcsspn(const WCHAR *String, const WCHAR *Set);
OPENWSK_API SIZE_T openwsk_wcscspn(const WCHAR *String, const WCHAR *Set);
OPENWSK_API WCHAR *openwsk__wcslwr(WCHAR *String);
OPENWSK_API WCHAR *openwsk__wcsupr(WCHAR *String);

OPENWSK_API USHORT openwsk_towlower(USHORT Character);
OPENWSK_API USHORT openwsk_towupper(USHORT Character);

OPENWSK_API int openwsk__wtoi(const WCHAR *String);
OPENWSK_API LONGLONG openwsk__wtoi64(const WCHAR *String);
OPENWSK_API unsigned int openwsk_wcstoul(const WCHAR *String, WCHAR **End, int Base);

OPENWSK_API int openwsk_sprintf(char *Buffer, const char *Format, ...);
OPENWSK_API int openwsk_vsprintf(char *Buffer, const char *Format, va_list Arguments);
OPENWSK_API int openwsk__snprintf(char *Buffer, SIZE_T Count, const char *Format, ...);
OPENWSK_API int openwsk__vsnprintf(char *Buffer, SIZE_T Count, const char *Format,
                                   va_list Arguments);
OPENWSK_API int openwsk_snprintf(char *Buffer, SIZE_T Count, const char *Format, ...);
OPENWSK_API int openwsk_vsnprintf(char *Buffer, SIZE_T Count, const char *Format,
                                  va_list Arguments);
OPENWSK_API int openwsk__vscprintf(const char *Format, va_list Arguments);
OPENWSK_API int openwsk_swprintf(WCHAR *Buffer, const WCHAR *Format, ...);
OPENWSK_API int openwsk_vswprintf(WCHAR *Buffer, const WCHAR *Format, va_list Arguments);
OPENWSK_API int openwsk__snwprintf(WCHAR *Buffer, SIZE_T Count, const WCHAR *Format, ...);
OPENWSK_API int openwsk__vsnwprintf(WCHAR *Buffer, SIZE_T Count, const WCHAR *Format,
                                    va_list Arguments);
OPENWSK_API int openwsk__vscwprintf(const WCHAR *Format, va_list Arguments);

/* Only compilers call these: an array on the stack was overrun, a pure virtual function called. */
OPENWSK_API DECLSPEC_NORETURN void __stack_chk_fail(void);
OPENWSK_API DECLSPEC_NORETURN void __cxa_pure_virtual(void);

OPENWSK_C_END
