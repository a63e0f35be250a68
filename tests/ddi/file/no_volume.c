// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Without a folder for them there are no files.

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNICODE_STRING text = RTL_CONSTANT_STRING(L"\\??\\C:\\etc\\passwd");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    HANDLE handle;
    UNREFERENCED_PARAMETER(driver);
    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_STATUS(ZwOpenFile(&handle, GENERIC_READ, &attributes, &result, 0, 0),
                 STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_PTR(handle, NULL);
}
