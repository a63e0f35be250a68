// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// System threads: ending them, identity, queries, information.

#include "threads.h"

static HANDLE seen_id;
static LONG steps;

static VOID by_return(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    seen_id = PsGetCurrentThreadId();
    InterlockedIncrement(&steps);
}

static __attribute__((noinline)) LONG deeper(LONG depth) {
    volatile UCHAR room[64];
    room[depth] = 1;
    if (depth > 0) {
        InterlockedAdd(&steps, deeper(depth - 1));
    }
    InterlockedIncrement(&steps);
    PsTerminateSystemThread(STATUS_CANCELLED);
    return -1000 + room[depth];
}

static VOID by_terminate(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    deeper(10);
}

static void check_identity(void) {
    PETHREAD self = PsGetCurrentThread();
    PETHREAD found;
    PEPROCESS process;
    LARGE_INTEGER now;
    ULONG major;
    ULONG minor;
    ULONG build;
    UNICODE_STRING pack;

    CHECK_PTR(PsGetThreadId(self), PsGetCurrentThreadId());
    CHECK_EQ((ULONG_PTR)PsGetCurrentThreadId() % 4, 0);
    CHECK_PTR(PsGetCurrentProcessId(), (HANDLE)4);
    CHECK_PTR(PsGetThreadProcessId(self), PsGetCurrentProcessId());
    CHECK_PTR(PsGetProcessId(PsGetCurrentProcess()), PsGetCurrentProcessId());
    CHECK_PTR(PsInitialSystemProcess, PsGetCurrentProcess());
    CHECK_PTR(IoGetCurrentProcess(), PsGetCurrentProcess());
    CHECK(PsIsSystemThread(self));
    CHECK(!PsIsThreadTerminating(self));
    KeQuerySystemTime(&now);
    CHECK(PsGetThreadCreateTime(self) <= now.QuadPart);
    CHECK(PsGetProcessCreateTimeQuadPart(PsGetCurrentProcess()) <= now.QuadPart);
    CHECK(PsGetProcessStartKey(PsGetCurrentProcess()) != 0);
    CHECK_STATUS(PsLookupThreadByThreadId(PsGetCurrentThreadId(), &found), STATUS_SUCCESS);
    CHECK_PTR(found, self);
    ObDereferenceObject(found);
    CHECK_STATUS(PsLookupThreadByThreadId((HANDLE)2, &found), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(PsLookupProcessByProcessId((HANDLE)4, &process), STATUS_SUCCESS);
    CHECK_PTR(process, PsInitialSystemProcess);
    ObDereferenceObject(process);
    CHECK_STATUS(PsLookupProcessByProcessId((HANDLE)8, &process), STATUS_INVALID_PARAMETER);
    CHECK(!PsGetVersion(&major, &minor, &build, &pack));
    CHECK_EQ(major, 10);
    CHECK_EQ(minor, 0);
    CHECK(build >= 17763);
    CHECK_EQ(pack.Length, 0);
}

static void check_endings(void) {
    PVOID thread = start_thread(by_return, NULL);
    HANDLE handle;

    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    CHECK_PTR(PsGetThreadId(thread), seen_id);
    CHECK_STATUS(PsGetThreadExitStatus(thread), STATUS_SUCCESS);
    CHECK(PsIsThreadTerminating(thread));
    finish_thread(thread);
    CHECK_EQ(steps, 1);

    thread = start_thread(by_terminate, NULL);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
    CHECK_STATUS(PsGetThreadExitStatus(thread), STATUS_CANCELLED);
    finish_thread(thread);
    CHECK_EQ(steps, 2);  // only the innermost call came so far

    CHECK_STATUS(IoCreateSystemThread(PsGetCurrentProcess(), &handle, THREAD_ALL_ACCESS, NULL, NULL,
                                      NULL, by_return, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_SUCCESS);
    ZwClose(handle);
    CHECK_EQ(steps, 3);
    CHECK_STATUS(PsTerminateSystemThread(STATUS_SUCCESS), STATUS_INVALID_PARAMETER);
}

static NTSTATUS set(THREADINFOCLASS kind, PVOID value, ULONG bytes) {
    return ZwSetInformationThread(ZwCurrentThread(), kind, value, bytes);
}

static void check_information(void) {
    KPRIORITY priority = 12;
    LONG increment = 2;
    KAFFINITY one = 2;
    KAFFINITY all = KeQueryActiveProcessors();
    KAFFINITY none = 0;
    ULONG ideal = 1;

    CHECK_STATUS(set(ThreadPriority, &priority, sizeof priority), STATUS_SUCCESS);
    CHECK_EQ(KeQueryPriorityThread(KeGetCurrentThread()), 12);
    priority = 99;
    CHECK_STATUS(set(ThreadPriority, &priority, sizeof priority), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(set(ThreadPriority, &priority, 1), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(set(ThreadBasePriority, &increment, sizeof increment), STATUS_SUCCESS);
    CHECK_STATUS(set(ThreadAffinityMask, &one, sizeof one), STATUS_SUCCESS);
    CHECK_EQ(KeGetCurrentProcessorNumber(), 1);
    CHECK_STATUS(set(ThreadAffinityMask, &none, sizeof none), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(set(ThreadAffinityMask, &all, sizeof all), STATUS_SUCCESS);
    CHECK_STATUS(set(ThreadIdealProcessor, &ideal, sizeof ideal), STATUS_SUCCESS);
    CHECK_STATUS(set((THREADINFOCLASS)200, &ideal, sizeof ideal), STATUS_INVALID_INFO_CLASS);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    check_identity();
    check_endings();
    check_information();
}
