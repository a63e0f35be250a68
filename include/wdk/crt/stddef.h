// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// stddef.h for drivers. In C, size_t is the 64-bit integer type that ntdef.h uses; in C++ it is the
// compiler's.
#pragma once

#ifdef __cplusplus
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
#ifndef _GXX_NULLPTR_T
#define _GXX_NULLPTR_T
typedef decltype(nullptr) nullptr_t;
#endif
#else
typedef unsigned long long size_t;
typedef long long ptrdiff_t;
typedef __WCHAR_TYPE__ wchar_t;
#endif

typedef struct {
    long long openwsk_integer __attribute__((__aligned__(__alignof__(long long))));
    long double openwsk_float __attribute__((__aligned__(__alignof__(long double))));
} max_align_t;
#define _GCC_MAX_ALIGN_T
#define __CLANG_MAX_ALIGN_T_DEFINED

#undef NULL
#ifdef __cplusplus
#define NULL __null
#else
#define NULL ((void *)0)
#endif

#undef offsetof
#define offsetof(Type, Member) __builtin_offsetof(Type, Member)
