// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Events: both types, all calls, waits with zero, finite and no timeout.

#include "check.h"

static LARGE_INTEGER relative(LONGLONG milliseconds) {
    LARGE_INTEGER t;
    t.QuadPart = -milliseconds * 10000;
    return t;
}

static NTSTATUS wait(PVOID object, PLARGE_INTEGER timeout) {
    return KeWaitForSingleObject(object, Executive, KernelMode, FALSE, timeout);
}

static void notification(void) {
    KEVENT e;
    LARGE_INTEGER zero = relative(0);
    LARGE_INTEGER little = relative(2);

    KeInitializeEvent(&e, NotificationEvent, FALSE);
    CHECK_EQ(KeReadStateEvent(&e), 0);
    CHECK_STATUS(wait(&e, &zero), STATUS_TIMEOUT);
    CHECK_STATUS(wait(&e, &little), STATUS_TIMEOUT);
    CHECK_EQ(KeSetEvent(&e, IO_NO_INCREMENT, FALSE), 0);
    CHECK_EQ(KeSetEvent(&e, IO_NO_INCREMENT, FALSE), 1);
    CHECK_EQ(KeReadStateEvent(&e), 1);
    CHECK_STATUS(wait(&e, NULL), STATUS_SUCCESS);
    CHECK_STATUS(wait(&e, &zero), STATUS_SUCCESS);
    CHECK_EQ(KeResetEvent(&e), 1);
    CHECK_EQ(KeResetEvent(&e), 0);
    KeSetEvent(&e, IO_NO_INCREMENT, FALSE);
    KeClearEvent(&e);
    CHECK_EQ(KeReadStateEvent(&e), 0);
    CHECK_EQ(KePulseEvent(&e, IO_NO_INCREMENT, FALSE), 0);
    CHECK_STATUS(wait(&e, &zero), STATUS_TIMEOUT);
}

static void synchronization(void) {
    KEVENT e;
    LARGE_INTEGER zero = relative(0);
    KIRQL old;

    KeInitializeEvent(&e, SynchronizationEvent, TRUE);
    CHECK_STATUS(wait(&e, NULL), STATUS_SUCCESS);
    CHECK_STATUS(wait(&e, &zero), STATUS_TIMEOUT);
    CHECK_EQ(KeReadStateEvent(&e), 0);

    // At DISPATCH_LEVEL events can be set and polled.
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeSetEvent(&e, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(wait(&e, &zero), STATUS_SUCCESS);
    CHECK_STATUS(wait(&e, &zero), STATUS_TIMEOUT);
    KeLowerIrql(old);
}

static void absolute_time(void) {
    KEVENT e;
    LARGE_INTEGER t;

    KeInitializeEvent(&e, NotificationEvent, FALSE);
    KeQuerySystemTime(&t);
    CHECK_STATUS(wait(&e, &t), STATUS_TIMEOUT);
    t.QuadPart += 30000;  // 3 ms from now
    CHECK_STATUS(wait(&e, &t), STATUS_TIMEOUT);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    notification();
    synchronization();
    absolute_time();
}
