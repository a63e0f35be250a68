// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Starting and finishing a thread, for tests written as drivers.

#pragma once

#include "check.h"

/// Starts routine(context) on a system thread; a referenced thread object, or NULL.
static inline PVOID start_thread(PKSTART_ROUTINE routine, PVOID context) {
    HANDLE handle;
    PVOID thread = NULL;
    NTSTATUS s =
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, routine, context);
    if (CHECK(NT_SUCCESS(s))) {
        s = ObReferenceObjectByHandle(handle, THREAD_ALL_ACCESS, *PsThreadType, KernelMode, &thread,
                                      NULL);
        CHECK(NT_SUCCESS(s));
        ZwClose(handle);
    }
    return thread;
}

/// Waits until the thread has ended and gives back the reference.
static inline void finish_thread(PVOID thread) {
    if (thread != NULL) {
        KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, NULL);
        ObDereferenceObject(thread);
    }
}
