// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Sections with and without a name, of memory and of files, and their views.
// files: a new folder

#include "check.h"

static UNICODE_STRING name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\shared");
static OBJECT_ATTRIBUTES named;

static NTSTATUS map(HANDLE section, PVOID* base, SIZE_T bytes, LONGLONG offset, ULONG protection) {
    LARGE_INTEGER at;
    at.QuadPart = offset;
    *base = NULL;
    return ZwMapViewOfSection(section, NtCurrentProcess(), base, 0, 0, &at, &bytes, ViewUnmap, 0,
                              protection);
}

static NTSTATUS unmap(PVOID base) {
    return ZwUnmapViewOfSection(NtCurrentProcess(), base);
}

static void check_shared(void) {
    HANDLE made;
    HANDLE opened;
    PVOID one;
    PVOID two;
    SIZE_T bytes = 0;
    LARGE_INTEGER size;
    size.QuadPart = 100000;
    CHECK_STATUS(ZwOpenSection(&opened, SECTION_MAP_READ, &named), STATUS_OBJECT_NAME_NOT_FOUND);
    REQUIRE(NT_SUCCESS(ZwCreateSection(&made, SECTION_ALL_ACCESS, &named, &size, PAGE_READWRITE,
                                       SEC_COMMIT, NULL)));
    CHECK_STATUS(ZwCreateSection(&opened, SECTION_ALL_ACCESS, &named, &size, PAGE_READWRITE,
                                 SEC_COMMIT, NULL),
                 STATUS_OBJECT_NAME_COLLISION);
    REQUIRE(NT_SUCCESS(ZwOpenSection(&opened, SECTION_MAP_READ, &named)));
    CHECK_STATUS(map(made, &one, 0, 0, PAGE_READWRITE), STATUS_SUCCESS);
    two = NULL;
    CHECK_STATUS(ZwMapViewOfSection(opened, NtCurrentProcess(), &two, 0, 0, NULL, &bytes, ViewUnmap,
                                    0, PAGE_READONLY),
                 STATUS_SUCCESS);
    CHECK_EQ(bytes, 102400);  // whole pages
    REQUIRE(one != NULL && two != NULL && one != two);
    CHECK_EQ(((PUCHAR)one)[99999], 0);
    ((PUCHAR)one)[99999] = 7;
    CHECK_EQ(((PUCHAR)two)[99999], 7);
    // Views outlive the handles and the name.
    CHECK_STATUS(ZwClose(made), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(opened), STATUS_SUCCESS);
    ((PUCHAR)one)[0] = 9;
    CHECK_EQ(((PUCHAR)two)[0], 9);
    CHECK_STATUS(ZwOpenSection(&opened, SECTION_MAP_READ, &named), STATUS_SUCCESS);
    ZwClose(opened);
    CHECK_STATUS(unmap((PUCHAR)one + 5000), STATUS_SUCCESS);  // any address in the view
    CHECK_STATUS(unmap(two), STATUS_SUCCESS);
    CHECK_STATUS(unmap(two), STATUS_NOT_MAPPED_VIEW);
    CHECK_STATUS(ZwOpenSection(&opened, SECTION_MAP_READ, &named), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void check_refused(void) {
    HANDLE section;
    PVOID base;
    SIZE_T bytes = 0;
    LARGE_INTEGER size;
    size.QuadPart = 0;
    CHECK_STATUS(ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE,
                                 SEC_COMMIT, NULL),
                 STATUS_INVALID_PARAMETER_4);
    size.QuadPart = 200000;
    CHECK_STATUS(
        ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE, 0, NULL),
        STATUS_INVALID_PARAMETER_6);
    CHECK_STATUS(
        ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, 0x1234, SEC_COMMIT, NULL),
        STATUS_INVALID_PAGE_PROTECTION);
    REQUIRE(NT_SUCCESS(ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READONLY,
                                       SEC_COMMIT, NULL)));
    CHECK_STATUS(map(section, &base, 0, 0, PAGE_READWRITE), STATUS_SECTION_PROTECTION);
    CHECK_STATUS(map(section, &base, 0, 4096, PAGE_READONLY), STATUS_MAPPED_ALIGNMENT);
    CHECK_STATUS(map(section, &base, 0, 65536 * 4, PAGE_READONLY), STATUS_INVALID_VIEW_SIZE);
    CHECK_STATUS(map(section, &base, 200000, 65536, PAGE_READONLY), STATUS_INVALID_VIEW_SIZE);
    base = (PVOID)(ULONG_PTR)0x10000;
    CHECK_STATUS(ZwMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, NULL, &bytes,
                                    ViewUnmap, 0, PAGE_READONLY),
                 STATUS_CONFLICTING_ADDRESSES);
    CHECK_STATUS(ZwMapViewOfSection(section, section, &base, 0, 0, NULL, &bytes, ViewUnmap, 0,
                                    PAGE_READONLY),
                 STATUS_OBJECT_TYPE_MISMATCH);
    // A private view: what is written there nobody else sees.
    CHECK_STATUS(map(section, &base, 4096, 65536, PAGE_WRITECOPY), STATUS_SUCCESS);
    *(PUCHAR)base = 1;
    CHECK_STATUS(unmap(base), STATUS_SUCCESS);
    CHECK_STATUS(map(section, &base, 4096, 65536, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_EQ(*(PUCHAR)base, 0);
    CHECK_STATUS(unmap(base), STATUS_SUCCESS);
    ZwClose(section);
}

static void check_file(void) {
    UNICODE_STRING text = RTL_CONSTANT_STRING(L"\\??\\C:\\mapped");
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    LARGE_INTEGER size;
    LARGE_INTEGER at;
    HANDLE file;
    HANDLE section;
    PVOID base;
    char buffer[4] = {0};
    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE, NULL, NULL);
    REQUIRE(NT_SUCCESS(ZwCreateFile(&file, GENERIC_READ | GENERIC_WRITE, &attributes, &result, NULL,
                                    0, 0, FILE_CREATE, 0, NULL, 0)));
    CHECK_STATUS(
        ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, NULL, PAGE_READONLY, SEC_COMMIT, file),
        STATUS_MAPPED_FILE_SIZE_ZERO);
    size.QuadPart = 10;
    CHECK_STATUS(
        ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READONLY, SEC_COMMIT, file),
        STATUS_SECTION_TOO_BIG);
    REQUIRE(NT_SUCCESS(ZwCreateSection(&section, SECTION_ALL_ACCESS, NULL, &size, PAGE_READWRITE,
                                       SEC_COMMIT, file)));
    CHECK_STATUS(map(section, &base, 0, 0, PAGE_READWRITE), STATUS_SUCCESS);
    memcpy(base, "map", 3);
    at.QuadPart = 0;
    CHECK_STATUS(ZwReadFile(file, NULL, NULL, NULL, &result, buffer, 3, &at, NULL), STATUS_SUCCESS);
    CHECK_EQ(strcmp(buffer, "map"), 0);
    CHECK_STATUS(unmap(base), STATUS_SUCCESS);
    ZwClose(section);
    ZwClose(file);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    InitializeObjectAttributes(&named, &name, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL, NULL);
    check_shared();
    check_refused();
    check_file();
}
