// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// crtdefs.h: what the other C runtime headers share.
//
// A driver's C runtime is libc for plain bytes (memcpy, strlen) and OpenWSK for everything that
// depends on a 16-bit wchar_t or on NT's formats: such a function is declared with the assembler
// name openwsk_<name>, which the runtime exports (../abi/crt.h). A driver that was built against
// libc's headers would import libc's functions and is refused.
#pragma once

#include "errno.h"
#include "stdarg.h"
#include "stddef.h"

#include "../sal.h"

#ifdef __cplusplus
#define OPENWSK_CRT_BEGIN extern "C" {
#define OPENWSK_CRT_END }
#else
#define OPENWSK_CRT_BEGIN
#define OPENWSK_CRT_END
#endif

// The parameter types of libc: the compiler knows these functions under exactly these types.
#define OPENWSK_SIZE __SIZE_TYPE__
#define OPENWSK_CRT(Name) __asm__("openwsk_" #Name)
#define OPENWSK_LIBC(Name) __asm__(#Name)
#define OPENWSK_CRT_INLINE static inline __attribute__((unused))

typedef size_t rsize_t;
typedef unsigned short wint_t;
typedef unsigned short wctype_t;

#ifndef _TRUNCATE
#define _TRUNCATE ((size_t)-1)
#endif
