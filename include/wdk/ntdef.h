// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntdef.h: the basic NT types for drivers (abi/ntdef.h) with the annotations, storage classes and
// keywords around them.
#pragma once

#include "prelude.h"

#include "crt/ctype.h"
#include "crt/excpt.h"
#include "crt/stdarg.h"
#include "crt/string.h"

#include "abi/ntdef.h"

#include "specstrings.h"

#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define NTSYSAPI
#define NTSYSCALLAPI
#define NTKERNELAPI
#define NTHALAPI
#define DECLSPEC_IMPORT
#define DECLSPEC_ADDRSAFE
#define DECLSPEC_NOTHROW __attribute__((nothrow))
#define DECLSPEC_RESTRICT
#define DECLSPEC_UUID(x)
#define DECLSPEC_NOVTABLE
#define CALLBACK
#define WINAPI
#define APIENTRY
#define PASCAL
#define CFORCEINLINE FORCEINLINE
#define FORCEINLINE static inline __attribute__((always_inline, unused))
#define NOP_FUNCTION ((void)0)
#define UNALIGNED
#define RESTRICTED_POINTER
#define POINTER_64
#define POINTER_32
#define FIRMWARE_PTR
#define DUMMYUNIONNAME
#define DUMMYUNIONNAME2
#define DUMMYUNIONNAME3
#define DUMMYSTRUCTNAME
#define DUMMYSTRUCTNAME2
#define POINTER_ALIGNMENT OPENWSK_ALIGN(8)
#define ALLOC_PRAGMA 1
#define ALLOC_DATA_PRAGMA 1

#ifdef __cplusplus
#define EXTERN_C extern "C"
#define EXTERN_C_START extern "C" {
#define EXTERN_C_END }
#else
#define EXTERN_C extern
#define EXTERN_C_START
#define EXTERN_C_END
#endif
#define STDAPICALLTYPE
#define STDMETHODCALLTYPE

#define ANYSIZE_ARRAY 1
#define ARGUMENT_PRESENT(Argument) ((CHAR *)((ULONG_PTR)(Argument)) != (CHAR *)NULL)
#define UNREFERENCED_PARAMETER(P) ((void)(P))
#define DBG_UNREFERENCED_PARAMETER(P) ((void)(P))
#define DBG_UNREFERENCED_LOCAL_VARIABLE(V) ((void)(V))
#define DEFAULT_UNREACHABLE \
    default:                \
        __builtin_unreachable()

#define RTL_NUMBER_OF(Array) (sizeof(Array) / sizeof((Array)[0]))
#define RTL_NUMBER_OF_V1(Array) RTL_NUMBER_OF(Array)
#define RTL_NUMBER_OF_V2(Array) RTL_NUMBER_OF(Array)
#define ARRAYSIZE(Array) RTL_NUMBER_OF(Array)
#define _ARRAYSIZE(Array) RTL_NUMBER_OF(Array)
#define RTL_NUMBER_OF_FIELD(Type, Field) RTL_NUMBER_OF(RTL_FIELD_TYPE(Type, Field))
#define RTL_FIELD_TYPE(Type, Field) (((Type *)0)->Field)
#define RTL_FIELD_SIZE(Type, Field) sizeof(((Type *)0)->Field)
#define FIELD_SIZE(Type, Field) RTL_FIELD_SIZE(Type, Field)
#define RTL_SIZEOF_THROUGH_FIELD(Type, Field) \
    (FIELD_OFFSET(Type, Field) + RTL_FIELD_SIZE(Type, Field))
#define RTL_CONTAINS_FIELD(Struct, Size, Field) \
    ((((PCHAR)(&(Struct)->Field)) + sizeof((Struct)->Field)) <= (((PCHAR)(Struct)) + (Size)))
#define RTL_BITS_OF(Value) (sizeof(Value) * 8)
#define RTL_BITS_OF_FIELD(Type, Field) (RTL_BITS_OF(RTL_FIELD_TYPE(Type, Field)))
#define TYPE_ALIGNMENT(Type) __alignof__(Type)

#define C_ASSERT(Expression) OPENWSK_C_ASSERT(Expression, __COUNTER__)
#define OPENWSK_C_ASSERT(Expression, Number) OPENWSK_C_ASSERT_(Expression, Number)
#define OPENWSK_C_ASSERT_(Expression, Number) \
    typedef char openwsk_c_assert_##Number[(Expression) ? 1 : -1] __attribute__((unused))

#define MAKEWORD(Low, High) \
    ((WORD)(((BYTE)((DWORD_PTR)(Low)&0xff)) | ((WORD)((BYTE)((DWORD_PTR)(High)&0xff))) << 8))
#define MAKELONG(Low, High) \
    ((LONG)(((WORD)((DWORD_PTR)(Low)&0xffff)) | ((DWORD)((WORD)((DWORD_PTR)(High)&0xffff))) << 16))
#define LOWORD(Value) ((WORD)((DWORD_PTR)(Value)&0xffff))
#define HIWORD(Value) ((WORD)((DWORD_PTR)(Value) >> 16))
#define LOBYTE(Value) ((BYTE)((DWORD_PTR)(Value)&0xff))
#define HIBYTE(Value) ((BYTE)((DWORD_PTR)(Value) >> 8))
#define Int32x32To64(A, B) ((LONGLONG)(LONG)(A) * (LONGLONG)(LONG)(B))
#define UInt32x32To64(A, B) ((ULONGLONG)(ULONG)(A) * (ULONGLONG)(ULONG)(B))
#define Int64ShllMod32(A, B) ((ULONGLONG)(A) << ((B)&31))
#define Int64ShraMod32(A, B) ((LONGLONG)(A) >> ((B)&31))
#define Int64ShrlMod32(A, B) ((ULONGLONG)(A) >> ((B)&31))

#define HandleToULong(H) ((ULONG)(ULONG_PTR)(H))
#define HandleToUlong(H) HandleToULong(H)
#define HandleToLong(H) ((LONG)(LONG_PTR)(H))
#define ULongToHandle(V) ((HANDLE)(ULONG_PTR)(V))
#define LongToHandle(V) ((HANDLE)(LONG_PTR)(V))
#define PtrToULong(P) ((ULONG)(ULONG_PTR)(P))
#define PtrToUlong(P) PtrToULong(P)
#define PtrToLong(P) ((LONG)(LONG_PTR)(P))
#define PtrToUint(P) ((UINT)(UINT_PTR)(P))
#define PtrToInt(P) ((INT)(INT_PTR)(P))
#define PtrToUshort(P) ((USHORT)(ULONG_PTR)(P))
#define ULongToPtr(V) ((PVOID)(ULONG_PTR)(ULONG)(V))
#define UlongToPtr(V) ULongToPtr(V)
#define LongToPtr(V) ((PVOID)(LONG_PTR)(LONG)(V))
#define UIntToPtr(V) ((PVOID)(UINT_PTR)(UINT)(V))
#define UintToPtr(V) UIntToPtr(V)
#define IntToPtr(V) ((PVOID)(INT_PTR)(INT)(V))

#ifdef __cplusplus
#define DEFINE_ENUM_FLAG_OPERATORS(Type)            \
    extern "C++" {                                  \
    inline constexpr Type operator|(Type a, Type b) \
    {                                               \
        return Type(ULONG64(a) | ULONG64(b));       \
    }                                               \
    inline constexpr Type operator&(Type a, Type b) \
    {                                               \
        return Type(ULONG64(a) & ULONG64(b));       \
    }                                               \
    inline constexpr Type operator^(Type a, Type b) \
    {                                               \
        return Type(ULONG64(a) ^ ULONG64(b));       \
    }                                               \
    inline constexpr Type operator~(Type a)         \
    {                                               \
        return Type(~ULONG64(a));                   \
    }                                               \
    inline Type &operator|=(Type &a, Type b)        \
    {                                               \
        return a = a | b;                           \
    }                                               \
    inline Type &operator&=(Type &a, Type b)        \
    {                                               \
        return a = a & b;                           \
    }                                               \
    inline Type &operator^=(Type &a, Type b)        \
    {                                               \
        return a = a ^ b;                           \
    }                                               \
    }
#else
#define DEFINE_ENUM_FLAG_OPERATORS(Type)
#endif

#define DECLARE_HANDLE(Name) \
    struct Name##__ {        \
        int unused;          \
    };                       \
    typedef struct Name##__ *Name

#define RTL_CONSTANT_STRING(Literal)                                                      \
    {                                                                                     \
        sizeof(Literal) - sizeof((Literal)[0]), sizeof(Literal), OPENWSK_LITERAL(Literal) \
    }
#ifdef __cplusplus
extern "C++" {
template <typename Character> constexpr Character *openwsk_literal(const Character *literal)
{
    return const_cast<Character *>(literal);
}
}
#define OPENWSK_LITERAL(Literal) openwsk_literal(Literal)
#else
#define OPENWSK_LITERAL(Literal) (Literal)
#endif

#define DECLARE_CONST_UNICODE_STRING(Name, Literal)                                \
    static const WCHAR Name##_buffer[] = Literal;                                  \
    const UNICODE_STRING Name = {sizeof(Literal) - sizeof(WCHAR), sizeof(Literal), \
                                 (PWCH)Name##_buffer}
#define DECLARE_GLOBAL_CONST_UNICODE_STRING(Name, Literal) \
    DECLARE_CONST_UNICODE_STRING(Name, Literal)
#define DECLARE_UNICODE_STRING_SIZE(Name, Characters) \
    WCHAR Name##_buffer[Characters];                  \
    UNICODE_STRING Name = {0, (Characters) * sizeof(WCHAR), Name##_buffer}

#define InitializeObjectAttributes(p, n, a, r, s)                                                  \
    do {                                                                                           \
        (p)->Length = sizeof(OBJECT_ATTRIBUTES);                                                   \
        (p)->RootDirectory = (r);                                                                  \
        (p)->Attributes = (a);                                                                     \
        (p)->ObjectName = (n);                                                                     \
        (p)->SecurityDescriptor = (s);                                                             \
        (p)->SecurityQualityOfService = NULL;                                                      \
    } while (0)
#define RTL_CONSTANT_OBJECT_ATTRIBUTES(Name, Flags)                                 \
    {                                                                               \
        sizeof(OBJECT_ATTRIBUTES), NULL, (PUNICODE_STRING)(Name), Flags, NULL, NULL \
    }
#define RTL_INIT_OBJECT_ATTRIBUTES(Name, Flags) RTL_CONSTANT_OBJECT_ATTRIBUTES(Name, Flags)

#define S_OK ((HRESULT)0)
#define S_FALSE ((HRESULT)1)
#define E_FAIL ((HRESULT)0x80004005)
#define E_NOINTERFACE ((HRESULT)0x80004002)
#define NO_ERROR 0
#define SUCCEEDED(Result) (((HRESULT)(Result)) >= 0)
#define FAILED(Result) (((HRESULT)(Result)) < 0)

#ifndef NOMINMAX
#ifdef __cplusplus
extern "C++" {
template <typename A, typename B> constexpr auto min(A a, B b)
{
    return a < b ? a : b;
}

template <typename A, typename B> constexpr auto max(A a, B b)
{
    return a > b ? a : b;
}
}
#else
#ifndef min
#define min(A, B) (((A) < (B)) ? (A) : (B))
#endif
#ifndef max
#define max(A, B) (((A) > (B)) ? (A) : (B))
#endif
#endif
#endif

#ifndef MAX_PATH
#define MAX_PATH 260
#endif
#ifndef _TCHAR_DEFINED
#define _TCHAR_DEFINED
#ifdef UNICODE
typedef WCHAR TCHAR, *PTCHAR, TBYTE, *PTBYTE;
typedef LPWSTR LPTCH, PTCH, PTSTR, LPTSTR;
typedef LPCWSTR PCTSTR, LPCTSTR;
#else
typedef char TCHAR, *PTCHAR;
typedef unsigned char TBYTE, *PTBYTE;
typedef LPSTR LPTCH, PTCH, PTSTR, LPTSTR;
typedef LPCSTR PCTSTR, LPCTSTR;
#endif
#endif

#define UNICODE_NULL ((WCHAR)0)
#define ANSI_NULL ((CHAR)0)
#define UNICODE_STRING_MAX_BYTES ((USHORT)65534)
#define UNICODE_STRING_MAX_CHARS (32767)

#include "guiddef.h"
