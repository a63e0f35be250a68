// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The functions behind ObReferenceObject and its kin: each reference keeps the object, with and
// without a tag, at any IRQL up to DISPATCH_LEVEL, and the last one gone the object is gone:
// nothing is left behind.

#include "check.h"

static PVOID make_event(void) {
    HANDLE handle;
    PVOID event = NULL;
    OBJECT_ATTRIBUTES attributes;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    if (!CHECK(NT_SUCCESS(
            ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE)))) {
        return NULL;
    }
    CHECK_STATUS(ObReferenceObjectByHandle(handle, EVENT_ALL_ACCESS, *ExEventObjectType, KernelMode,
                                           &event, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(handle), STATUS_SUCCESS);
    return event;
}

static void run_checks(PDRIVER_OBJECT driver) {
    KIRQL old;
    ULONG i;
    PVOID event = make_event();
    UNREFERENCED_PARAMETER(driver);
    REQUIRE(event != NULL);

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    for (i = 0; i < 10; ++i) {
        ObfReferenceObject(event);
        ObfReferenceObjectWithTag(event, 'fRRT');
    }
    for (i = 0; i < 10; ++i) {
        ObfDereferenceObject(event);
    }
    KeLowerIrql(old);
    // The handle is closed and eleven references are left: it still is an event.
    CHECK_EQ(KeSetEvent(event, IO_NO_INCREMENT, FALSE), 0);
    CHECK_STATUS(KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    for (i = 0; i < 10; ++i) {
        ObfDereferenceObjectWithTag(event, 'fRRT');
    }
    CHECK(KeReadStateEvent(event) != 0);
    ObfDereferenceObject(event);
}
