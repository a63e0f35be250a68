// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Waits for several objects: any, all, with and without a wait block array, timeouts.

#include "threads.h"

#define MANY 10

static KEVENT events[MANY];
static PVOID objects[MANY];
static KWAIT_BLOCK blocks[MANY];

static NTSTATUS wait(ULONG count, WAIT_TYPE type, LONGLONG timeout) {
    LARGE_INTEGER t;
    t.QuadPart = -timeout;
    return KeWaitForMultipleObjects(count, objects, type, Executive, KernelMode, FALSE, &t,
                                    count > THREAD_WAIT_OBJECTS ? blocks : NULL);
}

static VOID set_last(PVOID context) {
    KeSetEvent(context, IO_NO_INCREMENT, FALSE);
}

static void run_checks(PDRIVER_OBJECT driver) {
    ULONG i;
    PVOID thread;
    UNREFERENCED_PARAMETER(driver);

    for (i = 0; i < MANY; ++i) {
        KeInitializeEvent(&events[i], SynchronizationEvent, FALSE);
        objects[i] = &events[i];
    }
    CHECK_STATUS(wait(3, WaitAny, 0), STATUS_TIMEOUT);
    CHECK_STATUS(wait(MANY, WaitAny, 10000), STATUS_TIMEOUT);
    KeSetEvent(&events[7], IO_NO_INCREMENT, FALSE);
    KeSetEvent(&events[9], IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(wait(MANY, WaitAny, 10000), STATUS_WAIT_0 + 7);
    CHECK_STATUS(wait(MANY, WaitAny, 10000), STATUS_WAIT_0 + 9);

    for (i = 0; i + 1 < MANY; ++i) {
        KeSetEvent(&events[i], IO_NO_INCREMENT, FALSE);
    }
    CHECK_STATUS(wait(MANY, WaitAll, 10000), STATUS_TIMEOUT);
    CHECK_EQ(KeReadStateEvent(&events[0]), 1);
    thread = start_thread(set_last, &events[MANY - 1]);
    CHECK_STATUS(KeWaitForMultipleObjects(MANY, objects, WaitAll, Executive, KernelMode, FALSE,
                                          NULL, blocks),
                 STATUS_SUCCESS);
    for (i = 0; i < MANY; ++i) {
        CHECK_EQ(KeReadStateEvent(&events[i]), 0);
    }
    finish_thread(thread);
}
