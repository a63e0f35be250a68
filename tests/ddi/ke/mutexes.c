// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Mutexes: owned by a thread, recursive, passed on, and raising when the caller is not the owner.

#include "threads.h"

static KMUTEX mutex;
static KEVENT acquired;
static KEVENT release;
static LONG guarded;

static NTSTATUS wait(PVOID object) {
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, NULL);
}

static VOID owner(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    wait(&mutex);
    KeSetEvent(&acquired, IO_NO_INCREMENT, FALSE);
    wait(&release);
    guarded = 1;
    KeReleaseMutex(&mutex, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID thread;
    LARGE_INTEGER zero;
    NTSTATUS raised = STATUS_SUCCESS;
    UNREFERENCED_PARAMETER(driver);
    zero.QuadPart = 0;

    KeInitializeMutex(&mutex, 0);
    KeInitializeEvent(&acquired, SynchronizationEvent, FALSE);
    KeInitializeEvent(&release, SynchronizationEvent, FALSE);
    CHECK_EQ(KeReadStateMutex(&mutex), 1);
    CHECK_STATUS(wait(&mutex), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForMutexObject(&mutex, Executive, KernelMode, FALSE, &zero), STATUS_SUCCESS);
    CHECK(KeAreApcsDisabled());
    CHECK_EQ(KeReleaseMutex(&mutex, FALSE), -1);
    CHECK_EQ(KeReleaseMutex(&mutex, FALSE), 0);
    CHECK(!KeAreApcsDisabled());

    thread = start_thread(owner, NULL);
    wait(&acquired);
    CHECK_STATUS(KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, &zero),
                 STATUS_TIMEOUT);
    __try {
        KeReleaseMutex(&mutex, FALSE);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        raised = GetExceptionCode();
    }
    CHECK_STATUS(raised, STATUS_MUTANT_NOT_OWNED);
    KeSetEvent(&release, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(wait(&mutex), STATUS_SUCCESS);
    CHECK_EQ(guarded, 1);
    KeReleaseMutex(&mutex, FALSE);
    finish_thread(thread);
}
