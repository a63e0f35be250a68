// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A handle that is closed twice is reported, and the driver goes on.
// exit: 1
// output: handle-invalid

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    HANDLE handle;
    UNREFERENCED_PARAMETER(driver);
    REQUIRE(NT_SUCCESS(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    CHECK_STATUS(ZwClose(handle), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(handle), STATUS_INVALID_HANDLE);
}
