// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntdef.h: the basic NT types, as a 64-bit Windows compiler sees them.
//
// Windows is LLP64: LONG and ULONG are 32 bits wide, so they are `int` here. The 64-bit integer
// types, SIZE_T, ULONG_PTR and the standard uint64_t and size_t are one type on Windows; they are
// one type here as well: `long long` in C, and in C++, where size_t belongs to the compiler,
// `long`.
//
// WCHAR is 16 bits wide: `wchar_t` in units compiled with -fshort-wchar (every driver), else
// `char16_t` (C++) or an unsigned 16-bit integer (C). All functions have C linkage, so both views
// link.
//
// Headers in abi/ declare types, constants and prototypes only. They define no keyword, no
// annotation and no macro that a standard header could trip over, so the library may include them
// beside libstdc++; see ../README.md.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define OPENWSK_C_BEGIN extern "C" {
#define OPENWSK_C_END }
#define OPENWSK_INT64 long
#define OPENWSK_STATIC_ASSERT(Expression, Message) static_assert(Expression, Message)
#else
#define OPENWSK_C_BEGIN
#define OPENWSK_C_END
#define OPENWSK_INT64 long long
#define OPENWSK_STATIC_ASSERT(Expression, Message) _Static_assert(Expression, Message)
#endif

// Every name that the runtime exports carries this; the library is otherwise built with hidden
// visibility.
#define OPENWSK_API __attribute__((visibility("default")))
#define OPENWSK_ALIGN(Bytes) __attribute__((aligned(Bytes)))
#define OPENWSK_NORETURN __attribute__((noreturn))

#define NTAPI
#define FASTCALL

#ifndef TRUE
#define TRUE 1
#endif
#ifndef FALSE
#define FALSE 0
#endif

// ---- integers, characters, handles --------------------------------------------------------------

typedef void VOID;
typedef void *PVOID;
typedef const void *PCVOID;
typedef PVOID *PPVOID;

typedef char CHAR;
typedef char CCHAR;
typedef short SHORT;
typedef short CSHORT;
typedef int INT;
typedef int LONG;
typedef unsigned char UCHAR;
typedef unsigned short USHORT;
typedef unsigned int UINT;
typedef unsigned int ULONG;
typedef unsigned int CLONG;
typedef unsigned char BOOLEAN;
typedef ULONG LOGICAL;
typedef int BOOL;
typedef unsigned char BYTE;
typedef unsigned short WORD;
typedef unsigned int DWORD;
typedef float FLOAT;
typedef double DOUBLE;

typedef signed char INT8;
typedef short INT16;
typedef int INT32;
typedef int LONG32;
typedef unsigned char UINT8;
typedef unsigned short UINT16;
typedef unsigned int UINT32;
typedef unsigned int ULONG32;
typedef unsigned int DWORD32;

typedef OPENWSK_INT64 LONGLONG;
typedef OPENWSK_INT64 LONG64;
typedef OPENWSK_INT64 INT64;
typedef unsigned OPENWSK_INT64 ULONGLONG;
typedef unsigned OPENWSK_INT64 ULONG64;
typedef unsigned OPENWSK_INT64 UINT64;
typedef unsigned OPENWSK_INT64 DWORD64;
typedef unsigned OPENWSK_INT64 DWORDLONG;
typedef LONGLONG USN;

typedef OPENWSK_INT64 INT_PTR;
typedef OPENWSK_INT64 LONG_PTR;
typedef OPENWSK_INT64 SSIZE_T;
typedef unsigned OPENWSK_INT64 UINT_PTR;
typedef unsigned OPENWSK_INT64 ULONG_PTR;
typedef unsigned OPENWSK_INT64 DWORD_PTR;
typedef unsigned OPENWSK_INT64 SIZE_T;

#if __SIZEOF_WCHAR_T__ == 2
typedef wchar_t WCHAR;
#elif defined(__cplusplus)
typedef char16_t WCHAR;
#else
typedef uint16_t WCHAR;
#endif

typedef CHAR *PCHAR, *LPCH, *PCH, *NPSTR, *LPSTR, *PSTR, *PSZ;
typedef CCHAR *PCCHAR;
typedef const CHAR *LPCCH, *PCCH, *LPCSTR, *PCSTR, *PCSZ;
typedef WCHAR *PWCHAR, *LPWCH, *PWCH, *NWPSTR, *LPWSTR, *PWSTR;
typedef const WCHAR *LPCWCH, *PCWCH, *LPCWSTR, *PCWSTR, *LPCUWSTR, *PCUWSTR;
typedef PWSTR *PZPWSTR;
typedef SHORT *PSHORT;
typedef CSHORT *PCSHORT;
typedef INT *PINT, *LPINT;
typedef LONG *PLONG, *LPLONG;
typedef UCHAR *PUCHAR;
typedef const UCHAR *PCUCHAR;
typedef USHORT *PUSHORT;
typedef UINT *PUINT;
typedef ULONG *PULONG;
typedef CLONG *PCLONG;
typedef BOOLEAN *PBOOLEAN;
typedef BOOL *PBOOL, *LPBOOL;
typedef BYTE *PBYTE, *LPBYTE;
typedef WORD *PWORD, *LPWORD;
typedef DWORD *PDWORD, *LPDWORD;
typedef void *LPVOID;
typedef const void *LPCVOID;
typedef FLOAT *PFLOAT;
typedef DOUBLE *PDOUBLE;
typedef INT8 *PINT8;
typedef INT16 *PINT16;
typedef INT32 *PINT32;
typedef LONG32 *PLONG32;
typedef UINT8 *PUINT8;
typedef UINT16 *PUINT16;
typedef UINT32 *PUINT32;
typedef ULONG32 *PULONG32;
typedef DWORD32 *PDWORD32;
typedef LONGLONG *PLONGLONG;
typedef LONG64 *PLONG64;
typedef INT64 *PINT64;
typedef ULONGLONG *PULONGLONG;
typedef ULONG64 *PULONG64;
typedef UINT64 *PUINT64;
typedef DWORD64 *PDWORD64;
typedef DWORDLONG *PDWORDLONG;
typedef INT_PTR *PINT_PTR;
typedef LONG_PTR *PLONG_PTR;
typedef SSIZE_T *PSSIZE_T;
typedef UINT_PTR *PUINT_PTR;
typedef ULONG_PTR *PULONG_PTR;
typedef DWORD_PTR *PDWORD_PTR;
typedef SIZE_T *PSIZE_T;

typedef void *HANDLE;
typedef HANDLE *PHANDLE;
typedef LONG NTSTATUS;
typedef NTSTATUS *PNTSTATUS;
typedef LONG HRESULT;
typedef ULONG LCID;
typedef PULONG PLCID;
typedef USHORT LANGID;
typedef ULONG ACCESS_MASK;
typedef ACCESS_MASK *PACCESS_MASK;
typedef PVOID PACCESS_TOKEN;
typedef PVOID PSECURITY_DESCRIPTOR;
typedef PVOID PSID;
typedef ULONG SECURITY_INFORMATION, *PSECURITY_INFORMATION;
typedef LONG KPRIORITY;
typedef ULONG_PTR KAFFINITY, *PKAFFINITY;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef UCHAR KIRQL, *PKIRQL;
typedef ULONG_PTR PFN_NUMBER, *PPFN_NUMBER;

#define NT_SUCCESS(Status) (((NTSTATUS)(Status)) >= 0)
#define NT_INFORMATION(Status) ((((ULONG)(Status)) >> 30) == 1)
#define NT_WARNING(Status) ((((ULONG)(Status)) >> 30) == 2)
#define NT_ERROR(Status) ((((ULONG)(Status)) >> 30) == 3)

#define MAXCHAR 0x7f
#define MAXSHORT 0x7fff
#define MAXLONG 0x7fffffff
#define MAXUCHAR 0xff
#define MAXUSHORT 0xffff
#define MAXULONG 0xffffffffU
#define MAXLONGLONG ((LONGLONG)0x7fffffffffffffff)
#define MAXULONGLONG ((ULONGLONG) ~(ULONGLONG)0)
#define MAXDWORD 0xffffffffU
#define MAXWORD 0xffff
#define MAXBYTE 0xff
#define MINCHAR 0x80
#define MINSHORT 0x8000
#define MINLONG 0x80000000
#define MAXUINT8 ((UINT8) ~(UINT8)0)
#define MAXINT8 ((INT8)(MAXUINT8 >> 1))
#define MAXUINT16 ((UINT16) ~(UINT16)0)
#define MAXINT16 ((INT16)(MAXUINT16 >> 1))
#define MAXUINT32 ((UINT32) ~(UINT32)0)
#define MAXINT32 ((INT32)(MAXUINT32 >> 1))
#define MAXUINT64 ((UINT64) ~(UINT64)0)
#define MAXINT64 ((INT64)(MAXUINT64 >> 1))
#define MAXULONG32 ((ULONG32) ~(ULONG32)0)
#define MAXULONG64 ((ULONG64) ~(ULONG64)0)
#define MAXLONG64 ((LONG64)(MAXULONG64 >> 1))
#define MAXUINT ((UINT) ~(UINT)0)
#define MAXINT ((INT)(MAXUINT >> 1))
#define MAXULONG_PTR (~(ULONG_PTR)0)
#define MAXLONG_PTR ((LONG_PTR)(MAXULONG_PTR >> 1))
#define MAXUINT_PTR (~(UINT_PTR)0)
#define MAXINT_PTR ((INT_PTR)(MAXUINT_PTR >> 1))
#define MAXDWORD_PTR (~(DWORD_PTR)0)
#define MAXSIZE_T ((SIZE_T) ~(SIZE_T)0)
#define MAXSSIZE_T ((SSIZE_T)(MAXSIZE_T >> 1))

#define MEMORY_ALLOCATION_ALIGNMENT 16
#define SYSTEM_CACHE_ALIGNMENT_SIZE 64
#define DECLSPEC_ALIGN(Bytes) OPENWSK_ALIGN(Bytes)
#define DECLSPEC_CACHEALIGN OPENWSK_ALIGN(SYSTEM_CACHE_ALIGNMENT_SIZE)
#define DECLSPEC_NORETURN OPENWSK_NORETURN
#define DECLSPEC_NOINLINE __attribute__((noinline))
#define DECLSPEC_SELECTANY __attribute__((weak))

#define FIELD_OFFSET(Type, Field) ((LONG) __builtin_offsetof(Type, Field))
#define UFIELD_OFFSET(Type, Field) ((ULONG) __builtin_offsetof(Type, Field))
#define CONTAINING_RECORD(Address, Type, Field) \
    ((Type *)((PCHAR)(Address) - (ULONG_PTR) __builtin_offsetof(Type, Field)))

// ---- large integers, lists, strings -------------------------------------------------------------

typedef union _LARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        LONG HighPart;
    };
    struct {
        ULONG LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef union _ULARGE_INTEGER {
    __extension__ struct {
        ULONG LowPart;
        ULONG HighPart;
    };
    struct {
        ULONG LowPart;
        ULONG HighPart;
    } u;
    ULONGLONG QuadPart;
} ULARGE_INTEGER, *PULARGE_INTEGER;

typedef LARGE_INTEGER PHYSICAL_ADDRESS, *PPHYSICAL_ADDRESS;

typedef struct _LUID {
    ULONG LowPart;
    LONG HighPart;
} LUID, *PLUID;

typedef struct _LIST_ENTRY {
    struct _LIST_ENTRY *Flink;
    struct _LIST_ENTRY *Blink;
} LIST_ENTRY, *PLIST_ENTRY, *PRLIST_ENTRY;

typedef struct _SINGLE_LIST_ENTRY {
    struct _SINGLE_LIST_ENTRY *Next;
} SINGLE_LIST_ENTRY, *PSINGLE_LIST_ENTRY;

typedef struct OPENWSK_ALIGN(16) _SLIST_ENTRY {
    struct _SLIST_ENTRY *Next;
} SLIST_ENTRY, *PSLIST_ENTRY;

typedef union OPENWSK_ALIGN(16) _SLIST_HEADER {
    __extension__ struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} SLIST_HEADER, *PSLIST_HEADER;

typedef struct _STRING {
    USHORT Length;
    USHORT MaximumLength;
    PCHAR Buffer;
} STRING, *PSTRING, ANSI_STRING, *PANSI_STRING, OEM_STRING, *POEM_STRING, UTF8_STRING,
    *PUTF8_STRING;
typedef const STRING *PCSTRING, *PCANSI_STRING, *PCOEM_STRING, *PCUTF8_STRING;

typedef struct _UNICODE_STRING {
    USHORT Length;
    USHORT MaximumLength;
    PWCH Buffer;
} UNICODE_STRING, *PUNICODE_STRING;
typedef const UNICODE_STRING *PCUNICODE_STRING;

#ifndef GUID_DEFINED
#define GUID_DEFINED
typedef struct _GUID {
    UINT32 Data1;
    UINT16 Data2;
    UINT16 Data3;
    UINT8 Data4[8];
} GUID;
#endif
typedef GUID *LPGUID;
typedef const GUID *LPCGUID;
typedef GUID IID, CLSID, FMTID, UUID;

typedef struct _OBJECT_ATTRIBUTES {
    ULONG Length;
    HANDLE RootDirectory;
    PUNICODE_STRING ObjectName;
    ULONG Attributes;
    PVOID SecurityDescriptor;
    PVOID SecurityQualityOfService;
} OBJECT_ATTRIBUTES, *POBJECT_ATTRIBUTES;
typedef const OBJECT_ATTRIBUTES *PCOBJECT_ATTRIBUTES;

#define OBJ_INHERIT 0x00000002
#define OBJ_PERMANENT 0x00000010
#define OBJ_EXCLUSIVE 0x00000020
#define OBJ_CASE_INSENSITIVE 0x00000040
#define OBJ_OPENIF 0x00000080
#define OBJ_OPENLINK 0x00000100
#define OBJ_KERNEL_HANDLE 0x00000200
#define OBJ_FORCE_ACCESS_CHECK 0x00000400
#define OBJ_VALID_ATTRIBUTES 0x000007F2

typedef enum _EVENT_TYPE { NotificationEvent, SynchronizationEvent } EVENT_TYPE;
typedef enum _TIMER_TYPE { NotificationTimer, SynchronizationTimer } TIMER_TYPE;
typedef enum _WAIT_TYPE { WaitAll, WaitAny, WaitNotification, WaitDequeue, WaitDpc } WAIT_TYPE;

typedef struct _PROCESSOR_NUMBER {
    USHORT Group;
    UCHAR Number;
    UCHAR Reserved;
} PROCESSOR_NUMBER, *PPROCESSOR_NUMBER;

typedef struct _GROUP_AFFINITY {
    KAFFINITY Mask;
    USHORT Group;
    USHORT Reserved[3];
} GROUP_AFFINITY, *PGROUP_AFFINITY;

typedef struct _CLIENT_ID {
    HANDLE UniqueProcess;
    HANDLE UniqueThread;
} CLIENT_ID, *PCLIENT_ID;

// Objects that only the runtime looks into.
typedef struct _KTHREAD *PKTHREAD, *PRKTHREAD;
typedef struct _KPROCESS *PKPROCESS, *PRKPROCESS;
typedef struct _KTHREAD *PETHREAD;
typedef struct _KPROCESS *PEPROCESS;
typedef struct _OBJECT_TYPE *POBJECT_TYPE;
