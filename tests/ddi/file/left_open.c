// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A file that is not closed is in the report.
// files: a new folder
// exit: 1
// output: 1 handle
// output: made by .*left_open!run_checks

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNICODE_STRING text = RTL_CONSTANT_STRING(L"\\??\\C:\\left.txt");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    HANDLE handle;
    UNREFERENCED_PARAMETER(driver);
    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_STATUS(ZwCreateFile(&handle, GENERIC_WRITE, &attributes, &result, NULL, 0, 0, FILE_CREATE,
                              0, NULL, 0),
                 STATUS_SUCCESS);
}
