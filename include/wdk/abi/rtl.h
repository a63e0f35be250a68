// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// rtl.h: run-time library. Counted strings, conversions, generic tables, registry queries, run-once
// initialisation, random numbers, time fields, Internet addresses as text.
// Documents: "wdm.h header", "ntddk.h header", "ntifs.h header", "ip2string.h header" pages.
#pragma once

#include "io.h"
#include "ws2def.h"

OPENWSK_C_BEGIN

// ---- counted strings ----------------------------------------------------------------------------

OPENWSK_API VOID RtlInitString(PSTRING DestinationString, PCSZ SourceString);
OPENWSK_API VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString);
OPENWSK_API NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString);
OPENWSK_API VOID RtlInitUTF8String(PUTF8_STRING DestinationString, PCSZ SourceString);
OPENWSK_API NTSTATUS RtlInitUTF8StringEx(PUTF8_STRING DestinationString, PCSZ SourceString);
OPENWSK_API VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString);
OPENWSK_API NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString);

OPENWSK_API NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                                  PCANSI_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString);
OPENWSK_API NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                                  PCUNICODE_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString);
OPENWSK_API NTSTATUS RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString,
                                                  PUTF8_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString);
OPENWSK_API NTSTATUS RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString,
                                                  PCUNICODE_STRING SourceString,
                                                  BOOLEAN AllocateDestinationString);
OPENWSK_API ULONG RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString);
OPENWSK_API ULONG RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString);
OPENWSK_API NTSTATUS RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination,
                                       ULONG UnicodeStringMaxByteCount,
                                       PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                                       ULONG UTF8StringByteCount);
OPENWSK_API NTSTATUS RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                       PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                       ULONG UnicodeStringByteCount);
OPENWSK_API NTSTATUS RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                            PULONG BytesInUnicodeString,
                                            const CHAR *MultiByteString,
                                            ULONG BytesInMultiByteString);
OPENWSK_API NTSTATUS RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                            PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                            ULONG BytesInUnicodeString);
OPENWSK_API VOID RtlFreeAnsiString(PANSI_STRING AnsiString);
OPENWSK_API VOID RtlFreeUTF8String(PUTF8_STRING Utf8String);
OPENWSK_API VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString);

OPENWSK_API VOID RtlCopyString(PSTRING DestinationString, const STRING *SourceString);
OPENWSK_API VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
                                      PCUNICODE_STRING SourceString);
OPENWSK_API NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                                    PCUNICODE_STRING Source);
OPENWSK_API NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source);
OPENWSK_API LONG RtlCompareString(const STRING *String1, const STRING *String2,
                                  BOOLEAN CaseInSensitive);
OPENWSK_API BOOLEAN RtlEqualString(const STRING *String1, const STRING *String2,
                                   BOOLEAN CaseInSensitive);
OPENWSK_API LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                         BOOLEAN CaseInSensitive);
OPENWSK_API BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                          BOOLEAN CaseInSensitive);
OPENWSK_API BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                           BOOLEAN CaseInSensitive);
OPENWSK_API BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                           BOOLEAN CaseInSensitive);
OPENWSK_API NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive,
                                          ULONG HashAlgorithm, PULONG HashValue);
#define HASH_STRING_ALGORITHM_DEFAULT 0
#define HASH_STRING_ALGORITHM_X65599 1
OPENWSK_API NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString);
OPENWSK_API NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString,
                                              PCUNICODE_STRING SourceString,
                                              BOOLEAN AllocateDestinationString);
OPENWSK_API WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter);
OPENWSK_API WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter);
OPENWSK_API CHAR RtlUpperChar(CHAR Character);
OPENWSK_API VOID RtlUpperString(PSTRING DestinationString, const STRING *SourceString);
OPENWSK_API NTSTATUS RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                               PUNICODE_STRING StringOut);
#define RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE 1
#define RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING 2
OPENWSK_API NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String);
OPENWSK_API NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String);
OPENWSK_API NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value);
OPENWSK_API NTSTATUS RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number,
                                             PWSTR *EndPointer);
OPENWSK_API NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value);
OPENWSK_API NTSTATUS RtlStringFromGUID(const GUID *Guid, PUNICODE_STRING GuidString);
OPENWSK_API NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID *Guid);

// ---- memory -------------------------------------------------------------------------------------

OPENWSK_API SIZE_T RtlCompareMemory(const VOID *Source1, const VOID *Source2, SIZE_T Length);
OPENWSK_API SIZE_T RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern);

// ---- generic tables -----------------------------------------------------------------------------

typedef enum _TABLE_SEARCH_RESULT {
    TableEmptyTree,
    TableFoundNode,
    TableInsertAsLeft,
    TableInsertAsRight
} TABLE_SEARCH_RESULT;

typedef enum _RTL_GENERIC_COMPARE_RESULTS {
    GenericLessThan,
    GenericGreaterThan,
    GenericEqual
} RTL_GENERIC_COMPARE_RESULTS;

typedef struct _RTL_SPLAY_LINKS {
    struct _RTL_SPLAY_LINKS *Parent;
    struct _RTL_SPLAY_LINKS *LeftChild;
    struct _RTL_SPLAY_LINKS *RightChild;
} RTL_SPLAY_LINKS, *PRTL_SPLAY_LINKS;

struct _RTL_GENERIC_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS RTL_GENERIC_COMPARE_ROUTINE(struct _RTL_GENERIC_TABLE *Table,
                                                                PVOID FirstStruct,
                                                                PVOID SecondStruct);
typedef RTL_GENERIC_COMPARE_ROUTINE *PRTL_GENERIC_COMPARE_ROUTINE;
typedef PVOID RTL_GENERIC_ALLOCATE_ROUTINE(struct _RTL_GENERIC_TABLE *Table, CLONG ByteSize);
typedef RTL_GENERIC_ALLOCATE_ROUTINE *PRTL_GENERIC_ALLOCATE_ROUTINE;
typedef VOID RTL_GENERIC_FREE_ROUTINE(struct _RTL_GENERIC_TABLE *Table, PVOID Buffer);
typedef RTL_GENERIC_FREE_ROUTINE *PRTL_GENERIC_FREE_ROUTINE;

typedef struct _RTL_GENERIC_TABLE {
    PRTL_SPLAY_LINKS TableRoot;
    LIST_ENTRY InsertOrderList;
    PLIST_ENTRY OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine;
    PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_GENERIC_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_GENERIC_TABLE, *PRTL_GENERIC_TABLE;

OPENWSK_API VOID RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table,
                                           PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                           PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                           PRTL_GENERIC_FREE_ROUTINE FreeRoutine,
                                           PVOID TableContext);
OPENWSK_API PVOID RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer,
                                               CLONG BufferSize, PBOOLEAN NewElement);
OPENWSK_API BOOLEAN RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer);
OPENWSK_API PVOID RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer);
OPENWSK_API PVOID RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart);
OPENWSK_API PVOID RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table,
                                                          PVOID *RestartKey);
OPENWSK_API PVOID RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG I);
OPENWSK_API ULONG RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table);
OPENWSK_API BOOLEAN RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table);

typedef struct _RTL_BALANCED_LINKS {
    struct _RTL_BALANCED_LINKS *Parent;
    struct _RTL_BALANCED_LINKS *LeftChild;
    struct _RTL_BALANCED_LINKS *RightChild;
    CHAR Balance;
    UCHAR Reserved[3];
} RTL_BALANCED_LINKS, *PRTL_BALANCED_LINKS;

struct _RTL_AVL_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS RTL_AVL_COMPARE_ROUTINE(struct _RTL_AVL_TABLE *Table,
                                                            PVOID FirstStruct, PVOID SecondStruct);
typedef RTL_AVL_COMPARE_ROUTINE *PRTL_AVL_COMPARE_ROUTINE;
typedef PVOID RTL_AVL_ALLOCATE_ROUTINE(struct _RTL_AVL_TABLE *Table, CLONG ByteSize);
typedef RTL_AVL_ALLOCATE_ROUTINE *PRTL_AVL_ALLOCATE_ROUTINE;
typedef VOID RTL_AVL_FREE_ROUTINE(struct _RTL_AVL_TABLE *Table, PVOID Buffer);
typedef RTL_AVL_FREE_ROUTINE *PRTL_AVL_FREE_ROUTINE;
typedef NTSTATUS RTL_AVL_MATCH_FUNCTION(struct _RTL_AVL_TABLE *Table, PVOID UserData,
                                        PVOID MatchData);
typedef RTL_AVL_MATCH_FUNCTION *PRTL_AVL_MATCH_FUNCTION;

typedef struct _RTL_AVL_TABLE {
    RTL_BALANCED_LINKS BalancedRoot;
    PVOID OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    ULONG DepthOfTree;
    PRTL_BALANCED_LINKS RestartKey;
    ULONG DeleteCount;
    PRTL_AVL_COMPARE_ROUTINE CompareRoutine;
    PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_AVL_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_AVL_TABLE, *PRTL_AVL_TABLE;

OPENWSK_API VOID RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table,
                                              PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                              PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine,
                                              PRTL_AVL_FREE_ROUTINE FreeRoutine,
                                              PVOID TableContext);
OPENWSK_API PVOID RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                  CLONG BufferSize, PBOOLEAN NewElement);
OPENWSK_API PVOID RtlInsertElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                      CLONG BufferSize, PBOOLEAN NewElement,
                                                      PVOID NodeOrParent,
                                                      TABLE_SEARCH_RESULT SearchResult);
OPENWSK_API BOOLEAN RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer);
OPENWSK_API PVOID RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer);
OPENWSK_API PVOID RtlLookupElementGenericTableFullAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                      PVOID *NodeOrParent,
                                                      TABLE_SEARCH_RESULT *SearchResult);
OPENWSK_API PVOID RtlLookupFirstMatchingElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer,
                                                               PVOID *RestartKey);
OPENWSK_API PVOID RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart);
OPENWSK_API PVOID RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table,
                                                             PVOID *RestartKey);
OPENWSK_API PVOID RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG I);
OPENWSK_API ULONG RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table);
OPENWSK_API BOOLEAN RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table);

// ---- registry -----------------------------------------------------------------------------------

#define REG_NONE 0U
#define REG_SZ 1U
#define REG_EXPAND_SZ 2U
#define REG_BINARY 3U
#define REG_DWORD 4U
#define REG_DWORD_LITTLE_ENDIAN 4U
#define REG_DWORD_BIG_ENDIAN 5U
#define REG_LINK 6U
#define REG_MULTI_SZ 7U
#define REG_RESOURCE_LIST 8U
#define REG_FULL_RESOURCE_DESCRIPTOR 9U
#define REG_RESOURCE_REQUIREMENTS_LIST 10U
#define REG_QWORD 11U
#define REG_QWORD_LITTLE_ENDIAN 11U

#define RTL_REGISTRY_ABSOLUTE 0
#define RTL_REGISTRY_SERVICES 1
#define RTL_REGISTRY_CONTROL 2
#define RTL_REGISTRY_WINDOWS_NT 3
#define RTL_REGISTRY_DEVICEMAP 4
#define RTL_REGISTRY_USER 5
#define RTL_REGISTRY_MAXIMUM 6
#define RTL_REGISTRY_HANDLE 0x40000000
#define RTL_REGISTRY_OPTIONAL 0x80000000

#define RTL_QUERY_REGISTRY_SUBKEY 0x00000001
#define RTL_QUERY_REGISTRY_TOPKEY 0x00000002
#define RTL_QUERY_REGISTRY_REQUIRED 0x00000004
#define RTL_QUERY_REGISTRY_NOVALUE 0x00000008
#define RTL_QUERY_REGISTRY_NOEXPAND 0x00000010
#define RTL_QUERY_REGISTRY_DIRECT 0x00000020
#define RTL_QUERY_REGISTRY_DELETE 0x00000040
#define RTL_QUERY_REGISTRY_NOSTRING 0x00000080
#define RTL_QUERY_REGISTRY_TYPECHECK 0x00000100
#define RTL_QUERY_REGISTRY_TYPECHECK_SHIFT 24
#define RTL_QUERY_REGISTRY_TYPECHECK_MASK (0xffU << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT)

typedef NTSTATUS RTL_QUERY_REGISTRY_ROUTINE(PWSTR ValueName, ULONG ValueType, PVOID ValueData,
                                            ULONG ValueLength, PVOID Context, PVOID EntryContext);
typedef RTL_QUERY_REGISTRY_ROUTINE *PRTL_QUERY_REGISTRY_ROUTINE;

typedef struct _RTL_QUERY_REGISTRY_TABLE {
    PRTL_QUERY_REGISTRY_ROUTINE QueryRoutine;
    ULONG Flags;
    PWSTR Name;
    PVOID EntryContext;
    ULONG DefaultType;
    PVOID DefaultData;
    ULONG DefaultLength;
} RTL_QUERY_REGISTRY_TABLE, *PRTL_QUERY_REGISTRY_TABLE;

OPENWSK_API NTSTATUS RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                            PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                            PVOID Environment);
OPENWSK_API NTSTATUS RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                           ULONG ValueType, PVOID ValueData, ULONG ValueLength);
OPENWSK_API NTSTATUS RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName);
OPENWSK_API NTSTATUS RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path);
OPENWSK_API NTSTATUS RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path);

// ---- run once, random numbers, time, version ----------------------------------------------------

typedef union _RTL_RUN_ONCE {
    PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE;

#define RTL_RUN_ONCE_INIT \
    {                     \
        0                 \
    }
#define RTL_RUN_ONCE_CHECK_ONLY 0x00000001U
#define RTL_RUN_ONCE_ASYNC 0x00000002U
#define RTL_RUN_ONCE_INIT_FAILED 0x00000004U
#define RTL_RUN_ONCE_CTX_RESERVED_BITS 2

typedef ULONG RTL_RUN_ONCE_INIT_FN(PRTL_RUN_ONCE RunOnce, PVOID Parameter, PVOID *Context);
typedef RTL_RUN_ONCE_INIT_FN *PRTL_RUN_ONCE_INIT_FN;

OPENWSK_API VOID RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce);
OPENWSK_API NTSTATUS RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn,
                                           PVOID Parameter, PVOID *Context);
OPENWSK_API NTSTATUS RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID *Context);
OPENWSK_API NTSTATUS RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context);

OPENWSK_API ULONG RtlRandom(PULONG Seed);
OPENWSK_API ULONG RtlRandomEx(PULONG Seed);
OPENWSK_API ULONG RtlUniform(PULONG Seed);

typedef struct _TIME_FIELDS {
    CSHORT Year;
    CSHORT Month;
    CSHORT Day;
    CSHORT Hour;
    CSHORT Minute;
    CSHORT Second;
    CSHORT Milliseconds;
    CSHORT Weekday;
} TIME_FIELDS, *PTIME_FIELDS;

OPENWSK_API VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields);
OPENWSK_API BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time);

typedef struct _OSVERSIONINFOW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
} OSVERSIONINFOW, *POSVERSIONINFOW, *LPOSVERSIONINFOW, RTL_OSVERSIONINFOW, *PRTL_OSVERSIONINFOW;

typedef struct _OSVERSIONINFOEXW {
    ULONG dwOSVersionInfoSize;
    ULONG dwMajorVersion;
    ULONG dwMinorVersion;
    ULONG dwBuildNumber;
    ULONG dwPlatformId;
    WCHAR szCSDVersion[128];
    USHORT wServicePackMajor;
    USHORT wServicePackMinor;
    USHORT wSuiteMask;
    UCHAR wProductType;
    UCHAR wReserved;
} OSVERSIONINFOEXW, *POSVERSIONINFOEXW, *LPOSVERSIONINFOEXW, RTL_OSVERSIONINFOEXW,
    *PRTL_OSVERSIONINFOEXW;

#define VER_NT_WORKSTATION 0x0000001
#define VER_NT_DOMAIN_CONTROLLER 0x0000002
#define VER_NT_SERVER 0x0000003

OPENWSK_API NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation);

OPENWSK_API PVOID RtlGetCallersAddress(PVOID *CallersAddress, PVOID *CallersCaller);
OPENWSK_API USHORT RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture,
                                            PVOID *BackTrace, PULONG BackTraceHash);
OPENWSK_API OPENWSK_NORETURN VOID RtlRaiseException(PVOID ExceptionRecord);
OPENWSK_API OPENWSK_NORETURN VOID RtlFailFast(ULONG Code);

// ---- Internet addresses as text -----------------------------------------------------------------

OPENWSK_API PSTR RtlIpv4AddressToStringA(const struct in_addr *Addr, PSTR S);
OPENWSK_API PWSTR RtlIpv4AddressToStringW(const struct in_addr *Addr, PWSTR S);
OPENWSK_API NTSTATUS RtlIpv4AddressToStringExA(const struct in_addr *Address, USHORT Port,
                                               PSTR AddressString, PULONG AddressStringLength);
OPENWSK_API NTSTATUS RtlIpv4AddressToStringExW(const struct in_addr *Address, USHORT Port,
                                               PWSTR AddressString, PULONG AddressStringLength);
OPENWSK_API NTSTATUS RtlIpv4StringToAddressA(PCSTR S, BOOLEAN Strict, PCSTR *Terminator,
                                             struct in_addr *Addr);
OPENWSK_API NTSTATUS RtlIpv4StringToAddressW(PCWSTR S, BOOLEAN Strict, PCWSTR *Terminator,
                                             struct in_addr *Addr);
OPENWSK_API NTSTATUS RtlIpv4StringToAddressExA(PCSTR AddressString, BOOLEAN Strict,
                                               struct in_addr *Address, PUSHORT Port);
OPENWSK_API NTSTATUS RtlIpv4StringToAddressExW(PCWSTR AddressString, BOOLEAN Strict,
                                               struct in_addr *Address, PUSHORT Port);
OPENWSK_API PSTR RtlIpv6AddressToStringA(const struct in6_addr *Addr, PSTR S);
OPENWSK_API PWSTR RtlIpv6AddressToStringW(const struct in6_addr *Addr, PWSTR S);
OPENWSK_API NTSTATUS RtlIpv6AddressToStringExA(const struct in6_addr *Address, ULONG ScopeId,
                                               USHORT Port, PSTR AddressString,
                                               PULONG AddressStringLength);
OPENWSK_API NTSTATUS RtlIpv6AddressToStringExW(const struct in6_addr *Address, ULONG ScopeId,
                                               USHORT Port, PWSTR AddressString,
                                               PULONG AddressStringLength);
OPENWSK_API NTSTATUS RtlIpv6StringToAddressA(PCSTR S, PCSTR *Terminator, struct in6_addr *Addr);
OPENWSK_API NTSTATUS RtlIpv6StringToAddressW(PCWSTR S, PCWSTR *Terminator, struct in6_addr *Addr);
OPENWSK_API NTSTATUS RtlIpv6StringToAddressExA(PCSTR AddressString, struct in6_addr *Address,
                                               PULONG ScopeId, PUSHORT Port);
OPENWSK_API NTSTATUS RtlIpv6StringToAddressExW(PCWSTR AddressString, struct in6_addr *Address,
                                               PULONG ScopeId, PUSHORT Port);

OPENWSK_C_END
