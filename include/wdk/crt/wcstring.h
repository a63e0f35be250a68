// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wcstring.h: strings of 16-bit characters; part of string.h and wchar.h.
#pragma once

#include "crtdefs.h"

OPENWSK_CRT_BEGIN

size_t wcslen(const wchar_t *String) OPENWSK_CRT(wcslen);
size_t wcsnlen(const wchar_t *String, size_t MaximumLength) OPENWSK_CRT(wcsnlen);
wchar_t *wcscpy(wchar_t *Destination, const wchar_t *Source) OPENWSK_CRT(wcscpy);
wchar_t *wcsncpy(wchar_t *Destination, const wchar_t *Source, size_t Count) OPENWSK_CRT(wcsncpy);
wchar_t *wcscat(wchar_t *Destination, const wchar_t *Source) OPENWSK_CRT(wcscat);
wchar_t *wcsncat(wchar_t *Destination, const wchar_t *Source, size_t Count) OPENWSK_CRT(wcsncat);
int wcscmp(const wchar_t *String1, const wchar_t *String2) OPENWSK_CRT(wcscmp);
int wcsncmp(const wchar_t *String1, const wchar_t *String2, size_t Count) OPENWSK_CRT(wcsncmp);
int _wcsicmp(const wchar_t *String1, const wchar_t *String2) OPENWSK_CRT(_wcsicmp);
int _wcsnicmp(const wchar_t *String1, const wchar_t *String2, size_t Count) OPENWSK_CRT(_wcsnicmp);
wchar_t *wcschr(const wchar_t *String, wchar_t Character) OPENWSK_CRT(wcschr);
wchar_t *wcsrchr(const wchar_t *String, wchar_t Character) OPENWSK_CRT(wcsrchr);
wchar_t *wcsstr(const wchar_t *String, const wchar_t *Search) OPENWSK_CRT(wcsstr);
wchar_t *wcspbrk(const wchar_t *String, const wchar_t *Set) OPENWSK_CRT(wcspbrk);
size_t wcsspn(const wchar_t *String, const wchar_t *Set) OPENWSK_CRT(wcsspn);
size_t wcscspn(const wchar_t *String, const wchar_t *Set) OPENWSK_CRT(wcscspn);
wchar_t *_wcslwr(wchar_t *String) OPENWSK_CRT(_wcslwr);
wchar_t *_wcsupr(wchar_t *String) OPENWSK_CRT(_wcsupr);

// ---- checked copies: a destination that is too small becomes an empty string and ERANGE ---------

OPENWSK_CRT_INLINE errno_t wcsncpy_s(wchar_t *Destination, rsize_t Size, const wchar_t *Source,
                                     rsize_t Count)
{
    rsize_t length;
    if (Destination == NULL || Size == 0) {
        return EINVAL;
    }
    if (Source == NULL) {
        Destination[0] = 0;
        return Count == 0 ? 0 : EINVAL;
    }
    for (length = 0; (Count == _TRUNCATE || length < Count) && Source[length] != 0; ++length) {
        if (length + 1 == Size) {
            Destination[Count == _TRUNCATE ? length : 0] = 0;
            return Count == _TRUNCATE ? STRUNCATE : ERANGE;
        }
        Destination[length] = Source[length];
    }
    Destination[length] = 0;
    return 0;
}

OPENWSK_CRT_INLINE errno_t wcscpy_s(wchar_t *Destination, rsize_t Size, const wchar_t *Source)
{
    return Source == NULL ? (wcsncpy_s(Destination, Size, L"", 0), EINVAL)
                          : wcsncpy_s(Destination, Size, Source, ((size_t)-1) / 2);
}

OPENWSK_CRT_INLINE errno_t wcsncat_s(wchar_t *Destination, rsize_t Size, const wchar_t *Source,
                                     rsize_t Count)
{
    errno_t error;
    rsize_t used = Destination == NULL ? 0 : wcsnlen(Destination, Size);
    if (Destination == NULL || used == Size) {
        return EINVAL;
    }
    error = wcsncpy_s(Destination + used, Size - used, Source, Count);
    if (error != 0 && error != STRUNCATE) {
        Destination[0] = 0;
    }
    return error;
}

OPENWSK_CRT_INLINE errno_t wcscat_s(wchar_t *Destination, rsize_t Size, const wchar_t *Source)
{
    return wcsncat_s(Destination, Size, Source, ((size_t)-1) / 2);
}

OPENWSK_CRT_END
