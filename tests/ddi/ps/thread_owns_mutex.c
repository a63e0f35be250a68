// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A thread that ends with a mutex stops the machine.
// exit: 3
// output: thread-owns-mutex

#include "threads.h"

static KMUTEX mutex;

static VOID keep(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    KeInitializeMutex(&mutex, 0);
    finish_thread(start_thread(keep, NULL));
}
