// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// guiddef.h: declaring, defining and comparing GUIDs. DEFINE_GUID declares, or after <initguid.h>
// defines; a definition is weak, so that several units may hold it.
#ifndef OPENWSK_GUIDDEF_H
#define OPENWSK_GUIDDEF_H

#include "prelude.h"

#include "crt/string.h"

#include "abi/ntdef.h"

#ifdef __cplusplus
#define REFGUID const GUID &
#define REFIID const IID &
#define REFCLSID const CLSID &
#else
#define REFGUID const GUID *
#define REFIID const IID *
#define REFCLSID const CLSID *
#endif

#ifdef __cplusplus
extern "C++" {
inline int InlineIsEqualGUID(REFGUID Guid1, REFGUID Guid2)
{
    return __builtin_memcmp(&Guid1, &Guid2, sizeof(GUID)) == 0;
}

inline int IsEqualGUID(REFGUID Guid1, REFGUID Guid2)
{
    return __builtin_memcmp(&Guid1, &Guid2, sizeof(GUID)) == 0;
}

inline bool operator==(REFGUID Guid1, REFGUID Guid2)
{
    return IsEqualGUID(Guid1, Guid2) != 0;
}

inline bool operator!=(REFGUID Guid1, REFGUID Guid2)
{
    return IsEqualGUID(Guid1, Guid2) == 0;
}
}
#else
#define InlineIsEqualGUID(Guid1, Guid2) (__builtin_memcmp(Guid1, Guid2, sizeof(GUID)) == 0)
#define IsEqualGUID(Guid1, Guid2) (__builtin_memcmp(Guid1, Guid2, sizeof(GUID)) == 0)
#endif
#define IsEqualIID(Iid1, Iid2) IsEqualGUID(Iid1, Iid2)
#define IsEqualCLSID(Clsid1, Clsid2) IsEqualGUID(Clsid1, Clsid2)

#endif

// A repeatable header from here on: <initguid.h> includes it again to turn declarations into definitions.
#undef DEFINE_GUID
#undef OPENWSK_EXTERN_GUID
#ifdef __cplusplus
#define OPENWSK_EXTERN_GUID extern "C" const GUID
#else
#define OPENWSK_EXTERN_GUID extern const GUID
#endif
#ifdef INITGUID
#ifdef __cplusplus
#define DEFINE_GUID(Name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    extern "C" const GUID Name __attribute__((weak)) = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#else
#define DEFINE_GUID(Name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) \
    const GUID Name __attribute__((weak)) = {l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}
#endif
#else
#define DEFINE_GUID(Name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8) OPENWSK_EXTERN_GUID Name
#endif
