// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// prelude.h: what Microsoft's compiler knows without any header. The driver flags
// (cmake/driver_flags.txt) include it first in every unit.
//
// In C++ it starts with the standard headers that need no library, because the SAL and SEH names of
// the headers to come are names that libstdc++ uses itself.
#pragma once

#ifdef __cplusplus
#if __has_include(<bits/c++config.h>)
// Without threads: nothing here may need libstdc++.so or libc.
#include <bits/c++config.h>
#undef _GLIBCXX_HAS_GTHREADS
#undef _GLIBCXX_HAVE_LINUX_FUTEX
#include <array>
#include <atomic>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#if __cplusplus >= 202002L
#include <bit>
#include <compare>
#include <concepts>
#include <span>
#endif
#endif
#endif

// A checked build unless the caller says otherwise: ASSERT, NT_ASSERT and KdPrint are on.
#ifndef DBG
#ifdef NDEBUG
#define DBG 0
#else
#define DBG 1
#endif
#endif

#ifndef __cplusplus
#define static_assert _Static_assert
#endif

#define __int8 char
#define __int16 short
#define __int32 int
#ifdef __cplusplus
#define __int64 long
#else
#define __int64 long long
#endif

#define __cdecl
#define __stdcall
#define __fastcall
#define __thiscall
#define __vectorcall
#define __clrcall
#define _cdecl
#define _stdcall
#define _fastcall
#define __unaligned
#define __w64
#define __ptr32
#define __ptr64
#define __sptr
#define __uptr
#define __inline inline
#define _inline inline
#define __forceinline inline __attribute__((always_inline))
#define _forceinline __forceinline
#define __noop(...) ((void)0)
#define __assume(Expression) ((Expression) ? (void)0 : __builtin_unreachable())
#define __FUNCSIG__ __PRETTY_FUNCTION__
#define _alloca(Size) __builtin_alloca(Size)
#ifndef __clang__
#define __pragma(...)
#endif

// __declspec(x): neither compiler knows all of Microsoft's attributes, so each is spelt out here.
// One attribute per __declspec, with or without arguments.
#define __declspec(...) OPENWSK_DECLSPEC(__VA_ARGS__)
#define _declspec(...) OPENWSK_DECLSPEC(__VA_ARGS__)
#define OPENWSK_DECLSPEC(...) OPENWSK_DECLSPEC_##__VA_ARGS__
#define OPENWSK_DECLSPEC_align(Bytes) __attribute__((aligned(Bytes)))
#define OPENWSK_DECLSPEC_selectany __attribute__((weak))
#define OPENWSK_DECLSPEC_noreturn __attribute__((noreturn))
#define OPENWSK_DECLSPEC_noinline __attribute__((noinline))
#define OPENWSK_DECLSPEC_nothrow __attribute__((nothrow))
#define OPENWSK_DECLSPEC_deprecated
#define OPENWSK_DECLSPEC_dllimport
#define OPENWSK_DECLSPEC_dllexport __attribute__((visibility("default")))
#define OPENWSK_DECLSPEC_restrict
#define OPENWSK_DECLSPEC_noalias
#define OPENWSK_DECLSPEC_novtable
#define OPENWSK_DECLSPEC_safebuffers
#define OPENWSK_DECLSPEC_empty_bases
#define OPENWSK_DECLSPEC_guard(...)
#define OPENWSK_DECLSPEC_spectre(...)
#define OPENWSK_DECLSPEC_code_seg(...)
#define OPENWSK_DECLSPEC_allocate(...)
#define OPENWSK_DECLSPEC_uuid(...)
#define OPENWSK_DECLSPEC_allocator
#define OPENWSK_DECLSPEC_thread __thread
