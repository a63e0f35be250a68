// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Registry keys by handle: opening, values in every form, buffers that are too small.
// run: --param Answer=42

#include "check.h"

static UNICODE_STRING answer = RTL_CONSTANT_STRING(L"Answer");
static UNICODE_STRING text = RTL_CONSTANT_STRING(L"Text");

static NTSTATUS open_sub(HANDLE root, PCWSTR name, PHANDLE handle) {
    UNICODE_STRING s;
    OBJECT_ATTRIBUTES attributes;
    RtlInitUnicodeString(&s, name);
    InitializeObjectAttributes(&attributes, &s, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, root,
                               NULL);
    return ZwOpenKey(handle, KEY_READ, &attributes);
}

static void parameters(PDRIVER_OBJECT driver) {
    HANDLE key;
    ULONG needed = 0;
    UCHAR room[64];
    PKEY_VALUE_PARTIAL_INFORMATION partial = (PVOID)room;

    CHECK_STATUS(IoOpenDriverRegistryKey(driver, DriverRegKeyParameters, KEY_READ, 0, &key),
                 STATUS_SUCCESS);
    CHECK_STATUS(
        ZwQueryValueKey(key, &answer, KeyValuePartialInformation, partial, sizeof room, &needed),
        STATUS_SUCCESS);
    CHECK_EQ(partial->Type, REG_DWORD);
    CHECK_EQ(partial->DataLength, 4);
    CHECK_EQ(*(ULONG*)partial->Data, 42);
    CHECK_EQ(needed, 16);
    CHECK_STATUS(ZwQueryValueKey(key, &answer, KeyValuePartialInformation, NULL, 0, &needed),
                 STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(needed, 16);
    CHECK_STATUS(ZwQueryValueKey(key, &answer, KeyValuePartialInformation, partial, 12, &needed),
                 STATUS_BUFFER_OVERFLOW);
    CHECK_STATUS(
        ZwQueryValueKey(key, &text, KeyValuePartialInformation, partial, sizeof room, &needed),
        STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwClose(key), STATUS_SUCCESS);
}

static void own_key(void) {
    HANDLE services;
    HANDLE key;
    HANDLE again;
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    ULONG disposition = 0;
    ULONG needed;
    ULONG dword = 7;
    union {
        UCHAR room[128];
        KEY_VALUE_FULL_INFORMATION full;
        KEY_VALUE_BASIC_INFORMATION basic;
    } u;

    CHECK_STATUS(
        open_sub(NULL, L"\\Registry\\Machine\\System\\CurrentControlSet\\Services", &services),
        STATUS_SUCCESS);
    CHECK_STATUS(open_sub(services, L"NoSuchService", &key), STATUS_OBJECT_NAME_NOT_FOUND);
    RtlInitUnicodeString(&name, L"Mine");
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, services, NULL);
    CHECK_STATUS(ZwCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, NULL, REG_OPTION_NON_VOLATILE,
                             &disposition),
                 STATUS_SUCCESS);
    CHECK_EQ(disposition, REG_CREATED_NEW_KEY);
    CHECK_STATUS(ZwCreateKey(&again, KEY_ALL_ACCESS, &attributes, 0, NULL, 0, &disposition),
                 STATUS_SUCCESS);
    CHECK_EQ(disposition, REG_OPENED_EXISTING_KEY);
    ZwClose(again);

    CHECK_STATUS(ZwSetValueKey(key, &answer, 0, REG_DWORD, &dword, sizeof dword), STATUS_SUCCESS);
    CHECK_STATUS(ZwSetValueKey(key, &text, 0, REG_SZ, L"hi", 6), STATUS_SUCCESS);
    CHECK_STATUS(ZwFlushKey(key), STATUS_SUCCESS);
    CHECK_STATUS(ZwEnumerateValueKey(key, 1, KeyValueFullInformation, &u, sizeof u, &needed),
                 STATUS_SUCCESS);
    CHECK_EQ(u.full.Type, REG_SZ);
    CHECK_EQ(u.full.NameLength, 8);
    CHECK_EQ(u.full.DataLength, 6);
    CHECK(RtlEqualMemory(u.full.Name, L"Text", 8));
    CHECK(RtlEqualMemory(u.room + u.full.DataOffset, L"hi", 6));
    CHECK_EQ(needed, u.full.DataOffset + u.full.DataLength);
    CHECK_STATUS(ZwEnumerateValueKey(key, 0, KeyValueBasicInformation, &u, sizeof u, &needed),
                 STATUS_SUCCESS);
    CHECK_EQ(u.basic.NameLength, 12);
    CHECK_STATUS(ZwEnumerateValueKey(key, 2, KeyValueBasicInformation, &u, sizeof u, &needed),
                 STATUS_NO_MORE_ENTRIES);
    CHECK_STATUS(ZwDeleteValueKey(key, &text), STATUS_SUCCESS);
    CHECK_STATUS(ZwDeleteValueKey(key, &text), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(ZwClose(key), STATUS_SUCCESS);
    CHECK_STATUS(ZwFlushKey(services), STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(services), STATUS_SUCCESS);
}

static void run_checks(PDRIVER_OBJECT driver) {
    parameters(driver);
    own_key();
}
