// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntstrsafe.h: bounded string functions ("ntstrsafe.h header"). Sizes are counted in characters
// (Cch) or bytes (Cb); a destination always ends in a zero; text that does not fit is cut and
// reported as STATUS_BUFFER_OVERFLOW, a useless argument as STATUS_INVALID_PARAMETER. The Ex forms
// also return where the text ended and what room is left, and take flags for filling.
#pragma once

#include "ntdef.h"

#include "crt/stdio.h"

#include "abi/ntstatus.h"

#define NTSTRSAFE_MAX_CCH 2147483647
#define NTSTRSAFE_MAX_LENGTH (NTSTRSAFE_MAX_CCH - 1)
#define NTSTRSAFE_UNICODE_STRING_MAX_CCH (0xffff / sizeof(WCHAR))
#define STRSAFE_IGNORE_NULLS 0x00000100
#define STRSAFE_FILL_BEHIND_NULL 0x00000200
#define STRSAFE_FILL_ON_FAILURE 0x00000400
#define STRSAFE_NULL_ON_FAILURE 0x00000800
#define STRSAFE_NO_TRUNCATION 0x00001000
#define STRSAFE_FILL_BYTE(Value) ((ULONG)(((Value)&0x000000FF) | STRSAFE_FILL_BEHIND_NULL))
#define STRSAFE_FAILURE_BYTE(Value) ((ULONG)(((Value)&0x000000FF) | STRSAFE_FILL_ON_FAILURE))

typedef char *NTSTRSAFE_PSTR;
typedef const char *NTSTRSAFE_PCSTR;
typedef wchar_t *NTSTRSAFE_PWSTR;
typedef const wchar_t *NTSTRSAFE_PCWSTR;
typedef const wchar_t *NTSTRSAFE_PCUWSTR;

// Short names only while the body is included; whatever they meant before is put back.
#pragma push_macro("T")
#pragma push_macro("F")
#pragma push_macro("VPRINTF")
#undef T
#undef F
#undef VPRINTF
#define T char
#define F(Name) Name##A
#define VPRINTF _vsnprintf
#include "ntstrsafe.inc"
#undef T
#undef F
#undef VPRINTF
#define T wchar_t
#define F(Name) Name##W
#define VPRINTF _vsnwprintf
#include "ntstrsafe.inc"
#pragma pop_macro("T")
#pragma pop_macro("F")
#pragma pop_macro("VPRINTF")

// ---- UNICODE_STRING: counted, not terminated -----------------------------------------------------

FORCEINLINE NTSTATUS RtlUnicodeStringValidate(const UNICODE_STRING *String)
{
    BOOLEAN valid = String != NULL && String->Length % sizeof(WCHAR) == 0 &&
                    String->MaximumLength % sizeof(WCHAR) == 0 &&
                    String->Length <= String->MaximumLength &&
                    (String->Buffer != NULL || String->MaximumLength == 0);
    return valid ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

FORCEINLINE NTSTATUS RtlUnicodeStringInit(PUNICODE_STRING Destination, const wchar_t *Source)
{
    size_t length = 0;
    Destination->Length = Destination->MaximumLength = 0;
    Destination->Buffer = NULL;
    if (Source != NULL) {
        if (!NT_SUCCESS(RtlStringCchLengthW(Source, NTSTRSAFE_UNICODE_STRING_MAX_CCH, &length))) {
            return STATUS_INVALID_PARAMETER;
        }
        Destination->Length = (USHORT)(length * sizeof(WCHAR));
        Destination->MaximumLength = (USHORT)((length + 1) * sizeof(WCHAR));
        Destination->Buffer = (PWCH)(ULONG_PTR)Source;
    }
    return STATUS_SUCCESS;
}

// Puts Count characters behind the first Used ones.
FORCEINLINE NTSTATUS openwsk_unicode_put(PUNICODE_STRING Destination, size_t Used,
                                         const wchar_t *Source, size_t Count)
{
    NTSTATUS status = STATUS_SUCCESS;
    size_t room = Destination->MaximumLength / sizeof(WCHAR) - Used;
    if (Count > room) {
        Count = room;
        status = STATUS_BUFFER_OVERFLOW;
    }
    if (Count != 0) {
        memmove(Destination->Buffer + Used, Source, Count * sizeof(WCHAR));
    }
    Destination->Length = (USHORT)((Used + Count) * sizeof(WCHAR));
    return status;
}

FORCEINLINE NTSTATUS RtlUnicodeStringCopyString(PUNICODE_STRING Destination, const wchar_t *Source)
{
    if (Source == NULL || !NT_SUCCESS(RtlUnicodeStringValidate(Destination))) {
        return STATUS_INVALID_PARAMETER;
    }
    return openwsk_unicode_put(Destination, 0, Source, wcslen(Source));
}

FORCEINLINE NTSTATUS RtlUnicodeStringCopy(PUNICODE_STRING Destination, const UNICODE_STRING *Source)
{
    if (!NT_SUCCESS(RtlUnicodeStringValidate(Destination)) ||
        !NT_SUCCESS(RtlUnicodeStringValidate(Source))) {
        return STATUS_INVALID_PARAMETER;
    }
    return openwsk_unicode_put(Destination, 0, Source->Buffer, Source->Length / sizeof(WCHAR));
}

FORCEINLINE NTSTATUS RtlUnicodeStringCatString(PUNICODE_STRING Destination, const wchar_t *Source)
{
    if (Source == NULL || !NT_SUCCESS(RtlUnicodeStringValidate(Destination))) {
        return STATUS_INVALID_PARAMETER;
    }
    return openwsk_unicode_put(Destination, Destination->Length / sizeof(WCHAR), Source,
                               wcslen(Source));
}

FORCEINLINE NTSTATUS RtlUnicodeStringCat(PUNICODE_STRING Destination, const UNICODE_STRING *Source)
{
    if (!NT_SUCCESS(RtlUnicodeStringValidate(Destination)) ||
        !NT_SUCCESS(RtlUnicodeStringValidate(Source))) {
        return STATUS_INVALID_PARAMETER;
    }
    return openwsk_unicode_put(Destination, Destination->Length / sizeof(WCHAR), Source->Buffer,
                               Source->Length / sizeof(WCHAR));
}

FORCEINLINE NTSTATUS RtlUnicodeStringVPrintf(PUNICODE_STRING Destination, const wchar_t *Format,
                                             va_list Arguments)
{
    size_t size;
    int length;
    if (Format == NULL || !NT_SUCCESS(RtlUnicodeStringValidate(Destination))) {
        return STATUS_INVALID_PARAMETER;
    }
    size = Destination->MaximumLength / sizeof(WCHAR);
    length = _vsnwprintf(Destination->Buffer, size, Format, Arguments);
    if (length < 0 || (size_t)length > size) {
        Destination->Length = (USHORT)(size * sizeof(WCHAR));
        return STATUS_BUFFER_OVERFLOW;
    }
    Destination->Length = (USHORT)((size_t)length * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

OPENWSK_CRT_INLINE NTSTATUS RtlUnicodeStringPrintf(PUNICODE_STRING Destination,
                                                   const wchar_t *Format, ...)
{
    NTSTATUS status;
    va_list arguments;
    va_start(arguments, Format);
    status = RtlUnicodeStringVPrintf(Destination, Format, arguments);
    va_end(arguments);
    return status;
}
