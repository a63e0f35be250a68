// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Files: making, reading, writing, the position, what is told about them, sharing.
// files: a new folder

#include "check.h"

static IO_STATUS_BLOCK result;

static NTSTATUS create(PHANDLE handle, const WCHAR* name, ACCESS_MASK access, ULONG share,
                       ULONG disposition, ULONG options) {
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    RtlInitUnicodeString(&text, name);
    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    return ZwCreateFile(handle, access, &attributes, &result, NULL, FILE_ATTRIBUTE_NORMAL, share,
                        disposition, options, NULL, 0);
}

static NTSTATUS write_text(HANDLE file, const char* text, LARGE_INTEGER* at) {
    return ZwWriteFile(file, NULL, NULL, NULL, &result, (PVOID)text, (ULONG)strlen(text), at, NULL);
}

static NTSTATUS read_text(HANDLE file, char* buffer, ULONG bytes, LARGE_INTEGER* at) {
    memset(buffer, 0, bytes);
    return ZwReadFile(file, NULL, NULL, NULL, &result, buffer, bytes - 1, at, NULL);
}

static LONGLONG size_of(HANDLE file) {
    FILE_STANDARD_INFORMATION standard;
    CHECK_STATUS(
        ZwQueryInformationFile(file, &result, &standard, sizeof standard, FileStandardInformation),
        STATUS_SUCCESS);
    CHECK_EQ(result.Information, sizeof standard);
    CHECK(!standard.Directory && standard.NumberOfLinks == 1);
    return standard.EndOfFile.QuadPart;
}

#define NAME L"\\??\\C:\\file.txt"
#define SYNC FILE_SYNCHRONOUS_IO_NONALERT

static void check_contents(void) {
    char buffer[32];
    HANDLE file;
    LARGE_INTEGER at;
    FILE_POSITION_INFORMATION position;
    CHECK_STATUS(create(&file, NAME, GENERIC_READ, 0, FILE_OPEN, SYNC),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQ(result.Information, FILE_DOES_NOT_EXIST);
    REQUIRE(NT_SUCCESS(create(&file, NAME, GENERIC_READ | GENERIC_WRITE | DELETE, 0, FILE_CREATE,
                              SYNC | FILE_NON_DIRECTORY_FILE)));
    CHECK_EQ(result.Information, FILE_CREATED);
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, NULL), STATUS_END_OF_FILE);
    CHECK_STATUS(write_text(file, "one ", NULL), STATUS_SUCCESS);
    CHECK_EQ(result.Information, 4);
    CHECK_STATUS(write_text(file, "two", NULL), STATUS_SUCCESS);
    CHECK_STATUS(
        ZwQueryInformationFile(file, &result, &position, sizeof position, FilePositionInformation),
        STATUS_SUCCESS);
    CHECK_EQ(position.CurrentByteOffset.QuadPart, 7);
    position.CurrentByteOffset.QuadPart = 4;
    CHECK_STATUS(
        ZwSetInformationFile(file, &result, &position, sizeof position, FilePositionInformation),
        STATUS_SUCCESS);
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, NULL), STATUS_SUCCESS);
    CHECK_EQ(result.Information, 3);
    CHECK_EQ(strcmp(buffer, "two"), 0);
    at.QuadPart = 0;
    CHECK_STATUS(read_text(file, buffer, 4, &at), STATUS_SUCCESS);
    CHECK_EQ(strcmp(buffer, "one"), 0);
    at.HighPart = -1;
    at.LowPart = FILE_USE_FILE_POINTER_POSITION;
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, &at), STATUS_SUCCESS);
    CHECK_EQ(strcmp(buffer, " two"), 0);
    at.LowPart = FILE_WRITE_TO_END_OF_FILE;
    CHECK_STATUS(write_text(file, "!", &at), STATUS_SUCCESS);
    CHECK_EQ(size_of(file), 8);
    at.QuadPart = 5;
    CHECK_STATUS(ZwSetInformationFile(file, &result, &at, sizeof at, FileEndOfFileInformation),
                 STATUS_SUCCESS);
    CHECK_EQ(size_of(file), 5);
    at.QuadPart = 99;
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, &at), STATUS_END_OF_FILE);
    CHECK_STATUS(ZwQueryInformationFile(file, &result, buffer, 1, FileStandardInformation),
                 STATUS_INFO_LENGTH_MISMATCH);
    CHECK_STATUS(
        ZwQueryInformationFile(file, &result, buffer, sizeof buffer, FileDirectoryInformation),
        STATUS_INVALID_INFO_CLASS);
    CHECK_STATUS(ZwClose(file), STATUS_SUCCESS);
}

static void check_dispositions(void) {
    HANDLE file;
    CHECK_STATUS(create(&file, NAME, GENERIC_WRITE, 0, FILE_CREATE, SYNC),
                 STATUS_OBJECT_NAME_COLLISION);
    CHECK_EQ(result.Information, FILE_EXISTS);
    REQUIRE(NT_SUCCESS(create(&file, NAME, GENERIC_WRITE, 0, FILE_OPEN_IF, SYNC)));
    CHECK_EQ(result.Information, FILE_OPENED);
    CHECK_EQ(size_of(file), 5);
    ZwClose(file);
    REQUIRE(NT_SUCCESS(create(&file, NAME, GENERIC_WRITE, 0, FILE_OVERWRITE, SYNC)));
    CHECK_EQ(result.Information, FILE_OVERWRITTEN);
    CHECK_EQ(size_of(file), 0);
    ZwClose(file);
    REQUIRE(NT_SUCCESS(create(&file, NAME, GENERIC_WRITE, 0, FILE_SUPERSEDE, SYNC)));
    CHECK_EQ(result.Information, FILE_SUPERSEDED);
    ZwClose(file);
    REQUIRE(NT_SUCCESS(create(&file, L"\\??\\C:\\gone.txt", GENERIC_WRITE | DELETE, 0,
                              FILE_OVERWRITE_IF, SYNC | FILE_DELETE_ON_CLOSE)));
    CHECK_EQ(result.Information, FILE_CREATED);
    ZwClose(file);
    CHECK_STATUS(create(&file, L"\\??\\C:\\gone.txt", GENERIC_WRITE, 0, FILE_OVERWRITE, SYNC),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}

static void check_appending(void) {
    HANDLE file;
    LARGE_INTEGER at;
    char buffer[32];
    UNICODE_STRING text;
    OBJECT_ATTRIBUTES attributes;
    RtlInitUnicodeString(&text, NAME);
    InitializeObjectAttributes(&attributes, &text, OBJ_KERNEL_HANDLE, NULL, NULL);
    REQUIRE(NT_SUCCESS(ZwOpenFile(&file, FILE_APPEND_DATA | SYNCHRONIZE, &attributes, &result,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE, SYNC)));
    at.QuadPart = 0;
    CHECK_STATUS(write_text(file, "abc", NULL), STATUS_SUCCESS);
    CHECK_STATUS(write_text(file, "def", &at), STATUS_SUCCESS);  // not at 0 all the same
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, &at), STATUS_ACCESS_DENIED);
    ZwClose(file);
    REQUIRE(NT_SUCCESS(ZwOpenFile(&file, FILE_READ_DATA, &attributes, &result, 0, 0)));
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(read_text(file, buffer, sizeof buffer, &at), STATUS_SUCCESS);
    CHECK_EQ(strcmp(buffer, "abcdef"), 0);
    CHECK_STATUS(write_text(file, "x", &at), STATUS_ACCESS_DENIED);
    ZwClose(file);
}

static void check_event_and_sharing(void) {
    HANDLE file;
    HANDLE other;
    HANDLE event;
    LARGE_INTEGER at;
    LARGE_INTEGER now;
    PVOID object;
    char buffer[8];
    at.QuadPart = now.QuadPart = 0;
    REQUIRE(NT_SUCCESS(create(&file, NAME, GENERIC_READ, FILE_SHARE_READ, FILE_OPEN, 0)));
    CHECK_STATUS(create(&other, NAME, GENERIC_WRITE, FILE_SHARE_READ, FILE_OPEN, SYNC),
                 STATUS_SHARING_VIOLATION);
    CHECK_STATUS(create(&other, NAME, GENERIC_READ, 0, FILE_OPEN, SYNC), STATUS_SHARING_VIOLATION);
    CHECK_STATUS(create(&other, NAME, GENERIC_READ, FILE_SHARE_READ, FILE_OPEN, SYNC),
                 STATUS_SUCCESS);
    ZwClose(other);
    CHECK_STATUS(create(&other, NAME, FILE_READ_ATTRIBUTES, 0, FILE_OPEN, 0), STATUS_SUCCESS);
    ZwClose(other);
    REQUIRE(NT_SUCCESS(ZwCreateEvent(&event, EVENT_ALL_ACCESS, NULL, NotificationEvent, FALSE)));
    CHECK_STATUS(ZwReadFile(file, event, NULL, NULL, &result, buffer, 3, &at, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(event, FALSE, &now), STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(file, FALSE, &now), STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(file, 0, *IoFileObjectType, KernelMode, &object, NULL),
                 STATUS_SUCCESS);
    CHECK(((PFILE_OBJECT)object)->Type == IO_TYPE_FILE && ((PFILE_OBJECT)object)->ReadAccess &&
          !((PFILE_OBJECT)object)->WriteAccess);
    ObDereferenceObject(object);
    CHECK_STATUS(ZwReadFile(event, NULL, NULL, NULL, &result, buffer, 3, &at, NULL),
                 STATUS_OBJECT_TYPE_MISMATCH);
    ZwClose(event);
    ZwClose(file);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    check_contents();
    check_dispositions();
    check_appending();
    check_event_and_sharing();
}
