// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// stdio.h for drivers: formatted output into buffers, with NT's formats (crtdefs.h). There are no
// streams.
#pragma once

#include "crtdefs.h"

OPENWSK_CRT_BEGIN

int sprintf(char *Buffer, const char *Format, ...) OPENWSK_CRT(sprintf);
int vsprintf(char *Buffer, const char *Format, va_list Arguments) OPENWSK_CRT(vsprintf);
int _snprintf(char *Buffer, size_t Count, const char *Format, ...) OPENWSK_CRT(_snprintf);
int _vsnprintf(char *Buffer, size_t Count, const char *Format, va_list Arguments)
    OPENWSK_CRT(_vsnprintf);
int snprintf(char *Buffer, size_t Count, const char *Format, ...) OPENWSK_CRT(snprintf);
int vsnprintf(char *Buffer, size_t Count, const char *Format, va_list Arguments)
    OPENWSK_CRT(vsnprintf);
int _vscprintf(const char *Format, va_list Arguments) OPENWSK_CRT(_vscprintf);
int swprintf(wchar_t *Buffer, const wchar_t *Format, ...) OPENWSK_CRT(swprintf);
int vswprintf(wchar_t *Buffer, const wchar_t *Format, va_list Arguments) OPENWSK_CRT(vswprintf);
int _snwprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, ...) OPENWSK_CRT(_snwprintf);
int _vsnwprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, va_list Arguments)
    OPENWSK_CRT(_vsnwprintf);
int _vscwprintf(const wchar_t *Format, va_list Arguments) OPENWSK_CRT(_vscwprintf);

/// Fails with an empty string when the text does not fit.
OPENWSK_CRT_INLINE int vsprintf_s(char *Buffer, size_t Size, const char *Format, va_list Arguments)
{
    int length = Buffer == NULL || Size == 0 || Format == NULL
                     ? -1
                     : _vsnprintf(Buffer, Size, Format, Arguments);
    if (length < 0 || (size_t)length >= Size) {
        if (Buffer != NULL && Size != 0) {
            Buffer[0] = 0;
        }
        return -1;
    }
    return length;
}

OPENWSK_CRT_INLINE int sprintf_s(char *Buffer, size_t Size, const char *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = vsprintf_s(Buffer, Size, Format, arguments);
    va_end(arguments);
    return length;
}

/// Writes at most Count characters and a terminator; _TRUNCATE writes what fits. Cut text is
/// reported as -1.
OPENWSK_CRT_INLINE int _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format,
                                    va_list Arguments)
{
    size_t room = Count < Size ? Count + 1 : Size;
    int length;
    if (Buffer == NULL || Size == 0 || Format == NULL) {
        return -1;
    }
    length = _vsnprintf(Buffer, room, Format, Arguments);
    if (length < 0 || (size_t)length >= room) {
        Buffer[Count == _TRUNCATE || Count < Size ? room - 1 : 0] = 0;
        return -1;
    }
    return length;
}

OPENWSK_CRT_INLINE int _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = _vsnprintf_s(Buffer, Size, Count, Format, arguments);
    va_end(arguments);
    return length;
}

OPENWSK_CRT_INLINE int _scprintf(const char *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = _vscprintf(Format, arguments);
    va_end(arguments);
    return length;
}

/// Fails with an empty string when the text does not fit.
OPENWSK_CRT_INLINE int vswprintf_s(wchar_t *Buffer, size_t Size, const wchar_t *Format,
                                   va_list Arguments)
{
    int length = Buffer == NULL || Size == 0 || Format == NULL
                     ? -1
                     : _vsnwprintf(Buffer, Size, Format, Arguments);
    if (length < 0 || (size_t)length >= Size) {
        if (Buffer != NULL && Size != 0) {
            Buffer[0] = 0;
        }
        return -1;
    }
    return length;
}

OPENWSK_CRT_INLINE int swprintf_s(wchar_t *Buffer, size_t Size, const wchar_t *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = vswprintf_s(Buffer, Size, Format, arguments);
    va_end(arguments);
    return length;
}

/// Writes at most Count characters and a terminator; _TRUNCATE writes what fits. Cut text is
/// reported as -1.
OPENWSK_CRT_INLINE int _vsnwprintf_s(wchar_t *Buffer, size_t Size, size_t Count,
                                     const wchar_t *Format, va_list Arguments)
{
    size_t room = Count < Size ? Count + 1 : Size;
    int length;
    if (Buffer == NULL || Size == 0 || Format == NULL) {
        return -1;
    }
    length = _vsnwprintf(Buffer, room, Format, Arguments);
    if (length < 0 || (size_t)length >= room) {
        Buffer[Count == _TRUNCATE || Count < Size ? room - 1 : 0] = 0;
        return -1;
    }
    return length;
}

OPENWSK_CRT_INLINE int _snwprintf_s(wchar_t *Buffer, size_t Size, size_t Count,
                                    const wchar_t *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = _vsnwprintf_s(Buffer, Size, Count, Format, arguments);
    va_end(arguments);
    return length;
}

OPENWSK_CRT_INLINE int _scwprintf(const wchar_t *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = _vscwprintf(Format, arguments);
    va_end(arguments);
    return length;
}

OPENWSK_CRT_END

#ifdef __cplusplus
// The form of swprintf that is told the size, as the C++ headers of the WDK have it.
OPENWSK_CRT_INLINE int swprintf(wchar_t *Buffer, size_t Count, const wchar_t *Format, ...)
{
    int length;
    va_list arguments;
    va_start(arguments, Format);
    length = _vsnwprintf(Buffer, Count, Format, arguments);
    va_end(arguments);
    return length;
}
#endif
