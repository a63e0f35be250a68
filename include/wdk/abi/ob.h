// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ob.h: handles, object references, system threads and processes. Documents: "wdm.h header",
// "ntddk.h header", "ntifs.h header" reference pages. The macros without Obf and Ps...WithTag forms
// are those of the WDK, which exports the functions they name.
#pragma once

#include "io.h"

OPENWSK_C_BEGIN

#define DELETE 0x00010000U
#define READ_CONTROL 0x00020000U
#define WRITE_DAC 0x00040000U
#define WRITE_OWNER 0x00080000U
#define SYNCHRONIZE 0x00100000U
#define STANDARD_RIGHTS_REQUIRED 0x000F0000U
#define STANDARD_RIGHTS_READ READ_CONTROL
#define STANDARD_RIGHTS_WRITE READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE READ_CONTROL
#define STANDARD_RIGHTS_ALL 0x001F0000U
#define SPECIFIC_RIGHTS_ALL 0x0000FFFFU
#define ACCESS_SYSTEM_SECURITY 0x01000000U
#define MAXIMUM_ALLOWED 0x02000000U
#define GENERIC_READ 0x80000000U
#define GENERIC_WRITE 0x40000000U
#define GENERIC_EXECUTE 0x20000000U
#define GENERIC_ALL 0x10000000U

#define THREAD_TERMINATE 0x0001
#define THREAD_SUSPEND_RESUME 0x0002
#define THREAD_ALERT 0x0004
#define THREAD_GET_CONTEXT 0x0008
#define THREAD_SET_CONTEXT 0x0010
#define THREAD_SET_INFORMATION 0x0020
#define THREAD_QUERY_INFORMATION 0x0040
#define THREAD_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define PROCESS_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xFFFF)
#define EVENT_QUERY_STATE 0x0001
#define EVENT_MODIFY_STATE 0x0002
#define EVENT_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0x3)

typedef struct _GENERIC_MAPPING {
    ACCESS_MASK GenericRead;
    ACCESS_MASK GenericWrite;
    ACCESS_MASK GenericExecute;
    ACCESS_MASK GenericAll;
} GENERIC_MAPPING, *PGENERIC_MAPPING;

typedef struct _OBJECT_HANDLE_INFORMATION {
    ULONG HandleAttributes;
    ACCESS_MASK GrantedAccess;
} OBJECT_HANDLE_INFORMATION, *POBJECT_HANDLE_INFORMATION;

OPENWSK_API extern POBJECT_TYPE *ExEventObjectType;
OPENWSK_API extern POBJECT_TYPE *ExSemaphoreObjectType;
OPENWSK_API extern POBJECT_TYPE *IoFileObjectType;
OPENWSK_API extern POBJECT_TYPE *PsThreadType;
OPENWSK_API extern POBJECT_TYPE *PsProcessType;
OPENWSK_API extern POBJECT_TYPE *SeTokenObjectType;
OPENWSK_API extern PEPROCESS PsInitialSystemProcess;

OPENWSK_API NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                               POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                               PVOID *Object,
                                               POBJECT_HANDLE_INFORMATION HandleInformation);
OPENWSK_API NTSTATUS ObReferenceObjectByHandleWithTag(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                                      POBJECT_TYPE ObjectType,
                                                      KPROCESSOR_MODE AccessMode, ULONG Tag,
                                                      PVOID *Object,
                                                      POBJECT_HANDLE_INFORMATION HandleInformation);
OPENWSK_API NTSTATUS ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK DesiredAccess,
                                                POBJECT_TYPE ObjectType,
                                                KPROCESSOR_MODE AccessMode);
OPENWSK_API NTSTATUS ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK DesiredAccess,
                                                       POBJECT_TYPE ObjectType,
                                                       KPROCESSOR_MODE AccessMode, ULONG Tag);
struct _ACCESS_STATE;
OPENWSK_API NTSTATUS ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                                           struct _ACCESS_STATE *PassedAccessState,
                                           ACCESS_MASK DesiredAccess, POBJECT_TYPE ObjectType,
                                           KPROCESSOR_MODE AccessMode, PHANDLE Handle);
OPENWSK_API LONG_PTR ObfReferenceObject(PVOID Object);
OPENWSK_API LONG_PTR ObfReferenceObjectWithTag(PVOID Object, ULONG Tag);
OPENWSK_API LONG_PTR ObfDereferenceObject(PVOID Object);
OPENWSK_API LONG_PTR ObfDereferenceObjectWithTag(PVOID Object, ULONG Tag);
OPENWSK_API VOID ObDereferenceObjectDeferDelete(PVOID Object);
OPENWSK_API VOID ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG Tag);
OPENWSK_API NTSTATUS ObCloseHandle(HANDLE Handle, KPROCESSOR_MODE PreviousMode);
#define ObReferenceObject(Object) ObfReferenceObject(Object)
#define ObReferenceObjectWithTag(Object, Tag) ObfReferenceObjectWithTag(Object, Tag)
#define ObDereferenceObject(Object) ObfDereferenceObject(Object)
#define ObDereferenceObjectWithTag(Object, Tag) ObfDereferenceObjectWithTag(Object, Tag)

// ---- threads and processes ----------------------------------------------------------------------

typedef VOID KSTART_ROUTINE(PVOID StartContext);
typedef KSTART_ROUTINE *PKSTART_ROUTINE;

OPENWSK_API NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                          POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                          PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                          PVOID StartContext);
OPENWSK_API NTSTATUS IoCreateSystemThread(PVOID IoObject, PHANDLE ThreadHandle, ULONG DesiredAccess,
                                          POBJECT_ATTRIBUTES ObjectAttributes, HANDLE ProcessHandle,
                                          PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                          PVOID StartContext);
OPENWSK_API NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus);
OPENWSK_API BOOLEAN PsIsSystemThread(PETHREAD Thread);
OPENWSK_API BOOLEAN PsIsThreadTerminating(PETHREAD Thread);
OPENWSK_API PETHREAD PsGetCurrentThread(void);
OPENWSK_API HANDLE PsGetCurrentThreadId(void);
OPENWSK_API HANDLE PsGetThreadId(PETHREAD Thread);
OPENWSK_API HANDLE PsGetThreadProcessId(PETHREAD Thread);
OPENWSK_API LONGLONG PsGetThreadCreateTime(PETHREAD Thread);
OPENWSK_API NTSTATUS PsGetThreadExitStatus(PETHREAD Thread);
OPENWSK_API HANDLE PsGetCurrentProcessId(void);
OPENWSK_API PEPROCESS PsGetCurrentProcess(void);
OPENWSK_API HANDLE PsGetProcessId(PEPROCESS Process);
OPENWSK_API ULONGLONG PsGetProcessStartKey(PEPROCESS Process);
OPENWSK_API LONGLONG PsGetProcessCreateTimeQuadPart(PEPROCESS Process);
OPENWSK_API NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD *Thread);
OPENWSK_API NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS *Process);
OPENWSK_API BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                                 PUNICODE_STRING CSDVersion);

OPENWSK_C_END
