// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// An interlocked insertion into a list that was never initialized stops the machine.
// exit: 3
// output: list-corrupt

#include "check.h"

static LIST_ENTRY head;
static LIST_ENTRY entry;
static KSPIN_LOCK lock;

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK(TRUE);
    ExInterlockedInsertTailList(&head, &entry, &lock);
}
