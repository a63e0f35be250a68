// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What names of files mean, and which are refused.
// files: a new folder

#include "check.h"

static HANDLE root;  // what names are relative to, or NULL

static NTSTATUS make(const WCHAR* name, ULONG disposition, ULONG options, PHANDLE out) {
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    HANDLE handle = NULL;
    NTSTATUS status;
    RtlInitUnicodeString(&text, name);
    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE, root, NULL);
    status =
        ZwCreateFile(&handle, GENERIC_READ, &attributes, &result, NULL, FILE_ATTRIBUTE_NORMAL,
                     FILE_SHARE_READ, disposition, options | FILE_SYNCHRONOUS_IO_NONALERT, NULL, 0);
    if (NT_SUCCESS(status) && out == NULL) {
        ZwClose(handle);
    } else if (out != NULL) {
        *out = handle;
    }
    return status;
}

static NTSTATUS make_folder(const WCHAR* name) {
    return make(name, FILE_CREATE, FILE_DIRECTORY_FILE, NULL);
}
static NTSTATUS make_file(const WCHAR* name) {
    return make(name, FILE_CREATE, FILE_NON_DIRECTORY_FILE, NULL);
}
static NTSTATUS open_any(const WCHAR* name) {
    return make(name, FILE_OPEN, 0, NULL);
}

static void check_found(void) {
    CHECK_STATUS(make_folder(L"\\??\\C:\\Windows"), STATUS_SUCCESS);
    CHECK_STATUS(make_folder(L"\\??\\C:\\Windows\\System32"), STATUS_SUCCESS);
    CHECK_STATUS(make_file(L"\\SystemRoot\\System32\\caf\x00e9.bin"), STATUS_SUCCESS);
    CHECK_STATUS(open_any(L"\\??\\C:\\windows\\SYSTEM32\\Caf\x00e9.BIN"), STATUS_SUCCESS);
    CHECK_STATUS(open_any(L"\\DosDevices\\c:\\Windows\\System32\\"), STATUS_SUCCESS);
    CHECK_STATUS(open_any(L"\\GLOBAL\?\?\\C:\\Windows"), STATUS_SUCCESS);
    CHECK_STATUS(open_any(L"\\SystemRoot"), STATUS_SUCCESS);
    CHECK_STATUS(open_any(L"\\??\\C:\\"), STATUS_SUCCESS);
    // An exact match comes before one of another case.
    CHECK_STATUS(make_file(L"\\??\\C:\\same"), STATUS_SUCCESS);
    CHECK_STATUS(make_file(L"\\??\\C:\\SAME"), STATUS_OBJECT_NAME_COLLISION);
    REQUIRE(NT_SUCCESS(make(L"\\SystemRoot\\System32", FILE_OPEN, FILE_DIRECTORY_FILE, &root)));
    CHECK_STATUS(open_any(L"caf\x00e9.bin"), STATUS_SUCCESS);
    CHECK_STATUS(make_file(L"other"), STATUS_SUCCESS);
    CHECK_STATUS(open_any(L"\\??\\C:\\same"), STATUS_INVALID_PARAMETER);
    ZwClose(root);
    root = NULL;
    CHECK_STATUS(open_any(L"\\SystemRoot\\System32\\other"), STATUS_SUCCESS);
}

static void check_refused(void) {
    CHECK_STATUS(open_any(L"same"), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(open_any(L""), STATUS_OBJECT_PATH_SYNTAX_BAD);
    CHECK_STATUS(open_any(L"\\??\\D:\\same"), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(open_any(L"\\SystemRootX\\same"), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(open_any(L"\\??\\C:\\none"), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(open_any(L"\\??\\C:\\none\\same"), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(open_any(L"\\??\\C:\\same\\none"), STATUS_OBJECT_PATH_NOT_FOUND);
    CHECK_STATUS(open_any(L"\\??\\C:\\Windows\\..\\same"), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(open_any(L"\\??\\C:\\.\\same"), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(open_any(L"\\??\\C:\\\\same"), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(open_any(L"\\??\\C:\\Windows/System32"), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(open_any(L"\\??\\C:\\wh*t"), STATUS_OBJECT_NAME_INVALID);
    CHECK_STATUS(make(L"\\??\\C:\\Windows", FILE_OPEN, FILE_NON_DIRECTORY_FILE, NULL),
                 STATUS_FILE_IS_A_DIRECTORY);
    CHECK_STATUS(make(L"\\??\\C:\\same", FILE_OPEN, FILE_DIRECTORY_FILE, NULL),
                 STATUS_NOT_A_DIRECTORY);
    CHECK_STATUS(
        make(L"\\??\\C:\\same", FILE_OPEN, FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE, NULL),
        STATUS_INVALID_PARAMETER);
    CHECK_STATUS(make(L"\\??\\C:\\same", 99, 0, NULL), STATUS_INVALID_PARAMETER);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    check_found();
    check_refused();
}
