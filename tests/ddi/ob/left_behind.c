// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A handle and a reference that are not given back are in the report.
// exit: 1
// output: handle
// output: reference

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    HANDLE handle;
    PVOID object;
    UNREFERENCED_PARAMETER(driver);
    REQUIRE(NT_SUCCESS(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    CHECK_STATUS(ObReferenceObjectByHandle(handle, EVENT_ALL_ACCESS, *ExEventObjectType, KernelMode,
                                           &object, NULL),
                 STATUS_SUCCESS);
}
