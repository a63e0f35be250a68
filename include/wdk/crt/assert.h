// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// assert.h for drivers: a failed assertion is reported like a failed NT_ASSERT.
#pragma once

#include "../abi/dbg.h"

#undef assert
#ifdef NDEBUG
#define assert(Expression) ((void)0)
#else
#define assert(Expression)                                                                \
    ((Expression) ? (void)0                                                               \
                  : RtlAssert((PVOID)(ULONG_PTR) #Expression, (PVOID)(ULONG_PTR)__FILE__, \
                              __LINE__, (PSTR)0))
#endif
