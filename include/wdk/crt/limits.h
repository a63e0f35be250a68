// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// limits.h for drivers, with the limits of the Windows types: `long` is what the compiler says it
// is, LONG is not.
#pragma once

#define CHAR_BIT 8
#define SCHAR_MIN (-128)
#define SCHAR_MAX 127
#define UCHAR_MAX 255
#define CHAR_MIN SCHAR_MIN
#define CHAR_MAX SCHAR_MAX
#define MB_LEN_MAX 5
#define SHRT_MIN (-32768)
#define SHRT_MAX 32767
#define USHRT_MAX 65535
#define INT_MIN (-2147483647 - 1)
#define INT_MAX 2147483647
#define UINT_MAX 4294967295U
#define LLONG_MIN (-9223372036854775807LL - 1)
#define LLONG_MAX 9223372036854775807LL
#define ULLONG_MAX 18446744073709551615ULL
#define _I8_MIN (-127 - 1)
#define _I8_MAX 127
#define _UI8_MAX 255U
#define _I16_MIN (-32767 - 1)
#define _I16_MAX 32767
#define _UI16_MAX 65535U
#define _I32_MIN (-2147483647 - 1)
#define _I32_MAX 2147483647
#define _UI32_MAX 4294967295U
#define _I64_MIN LLONG_MIN
#define _I64_MAX LLONG_MAX
#define _UI64_MAX ULLONG_MAX

// A driver means LONG when it writes LONG_MAX, and stores into 32 bits.
#define LONG_MIN (-2147483647 - 1)
#define LONG_MAX 2147483647
#define ULONG_MAX 4294967295U

#ifndef SIZE_MAX
#define SIZE_MAX ULLONG_MAX
#endif
