// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wctype.h for drivers: 16-bit characters, simple case mapping.
#pragma once

#include "crtdefs.h"

OPENWSK_CRT_BEGIN

wint_t towlower(wint_t Character) OPENWSK_CRT(towlower);
wint_t towupper(wint_t Character) OPENWSK_CRT(towupper);

OPENWSK_CRT_INLINE int iswdigit(wint_t c)
{
    return c >= L'0' && c <= L'9';
}

OPENWSK_CRT_INLINE int iswxdigit(wint_t c)
{
    return iswdigit(c) || (c >= L'a' && c <= L'f') || (c >= L'A' && c <= L'F');
}

OPENWSK_CRT_INLINE int iswspace(wint_t c)
{
    return c == L' ' || (c >= L'\t' && c <= L'\r');
}

OPENWSK_CRT_INLINE int iswupper(wint_t c)
{
    return towlower(c) != c;
}

OPENWSK_CRT_INLINE int iswlower(wint_t c)
{
    return towupper(c) != c;
}

OPENWSK_CRT_INLINE int iswalpha(wint_t c)
{
    return iswupper(c) || iswlower(c);
}

OPENWSK_CRT_INLINE int iswalnum(wint_t c)
{
    return iswalpha(c) || iswdigit(c);
}

OPENWSK_CRT_END
