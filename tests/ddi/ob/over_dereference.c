// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Dereferencing an object more often than it was referenced stops the machine.
// exit: 3
// output: object-over-dereferenced

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    HANDLE handle;
    PVOID object;
    UNREFERENCED_PARAMETER(driver);
    REQUIRE(NT_SUCCESS(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    CHECK_STATUS(ObReferenceObjectByHandle(handle, EVENT_ALL_ACCESS, *ExEventObjectType, KernelMode,
                                           &object, NULL),
                 STATUS_SUCCESS);
    ObDereferenceObject(object);
    ObDereferenceObject(object);
}
