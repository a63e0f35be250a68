// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A resource that is not deleted before unload is in the report.
// exit: 1
// output: lock

#include "check.h"

static ERESOURCE resource;

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    CHECK_STATUS(ExInitializeResourceLite(&resource), STATUS_SUCCESS);
}
