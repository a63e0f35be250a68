// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// RtlQueryRegistryValues and its relatives: routines, direct queries, defaults, subkeys, types.
//
// run: --param Number=42 --param Text=hello

#include "check.h"

static PWSTR parameters = L"ddi_rtl_registry\\Parameters";

static NTSTATUS count_values(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context,
                             PVOID entry_context) {
    CHECK(name != NULL && data != NULL && length >= 4);
    CHECK(type == REG_DWORD || type == REG_SZ);
    CHECK_PTR(context, &parameters);
    ++*(PULONG)entry_context;
    return STATUS_SUCCESS;
}

static NTSTATUS collect_strings(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context,
                                PVOID entry_context) {
    UNREFERENCED_PARAMETER(name);
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(length);
    UNREFERENCED_PARAMETER(context);
    CHECK_EQ(type, REG_SZ);
    ++*(PULONG)entry_context;
    return STATUS_SUCCESS;
}

static NTSTATUS refuse(PWSTR name, ULONG type, PVOID data, ULONG length, PVOID context,
                       PVOID entry_context) {
    UNREFERENCED_PARAMETER(name);
    UNREFERENCED_PARAMETER(type);
    UNREFERENCED_PARAMETER(data);
    UNREFERENCED_PARAMETER(length);
    UNREFERENCED_PARAMETER(context);
    UNREFERENCED_PARAMETER(entry_context);
    return STATUS_ACCESS_DENIED;
}

static NTSTATUS query(RTL_QUERY_REGISTRY_TABLE entry, PVOID context) {
    RTL_QUERY_REGISTRY_TABLE table[2] = {entry, {0}};
    return RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, parameters, table, context, NULL);
}

static void direct(void) {
    ULONG number = 0, absent = 0, fallback = 7;
    UNICODE_STRING text = {0};
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {NULL, RTL_QUERY_REGISTRY_DIRECT, L"Number", &number, REG_NONE, NULL, 0},
        {NULL, RTL_QUERY_REGISTRY_DIRECT, L"Text", &text, REG_NONE, NULL, 0},
        {NULL, RTL_QUERY_REGISTRY_DIRECT, L"Absent", &absent, REG_DWORD, &fallback,
         sizeof fallback},
        {0}};
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, parameters, table, NULL, NULL),
                 STATUS_SUCCESS);
    CHECK_EQ(number, 42);
    CHECK_EQ(absent, 7);
    CHECK_EQ(text.Length, 10);
    RtlFreeUnicodeString(&text);

    RTL_QUERY_REGISTRY_TABLE typed = {
        NULL,    RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK,     L"Text",
        &number, (REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_NONE, NULL,
        0};
    CHECK_STATUS(query(typed, NULL), STATUS_OBJECT_TYPE_MISMATCH);
    // The type that is wanted is not a default: an absent value is left alone.
    typed.Name = L"Absent";
    number = 43;
    CHECK_STATUS(query(typed, NULL), STATUS_SUCCESS);
    CHECK_EQ(number, 43);
    RTL_QUERY_REGISTRY_TABLE required = {
        NULL,      RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_REQUIRED,
        L"Absent", &number,
        REG_NONE,  NULL,
        0};
    CHECK_STATUS(query(required, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void routines(void) {
    ULONG seen = 0;
    static const WCHAR several[] = L"one\0two\0three\0";
    RTL_QUERY_REGISTRY_TABLE all = {count_values, 0, NULL, &seen, REG_NONE, NULL, 0};
    CHECK_STATUS(query(all, &parameters), STATUS_SUCCESS);
    CHECK_EQ(seen, 2);
    RTL_QUERY_REGISTRY_TABLE failing = {refuse, 0, L"Number", NULL, REG_NONE, NULL, 0};
    CHECK_STATUS(query(failing, NULL), STATUS_ACCESS_DENIED);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, parameters, L"Several", REG_MULTI_SZ,
                                       (PVOID)several, sizeof several),
                 STATUS_SUCCESS);
    seen = 0;
    RTL_QUERY_REGISTRY_TABLE strings = {
        collect_strings, RTL_QUERY_REGISTRY_REQUIRED, L"Several", &seen, REG_NONE, NULL, 0};
    CHECK_STATUS(query(strings, NULL), STATUS_SUCCESS);
    CHECK_EQ(seen, 3);
    CHECK_STATUS(RtlDeleteRegistryValue(RTL_REGISTRY_SERVICES, parameters, L"Several"),
                 STATUS_SUCCESS);
    CHECK_STATUS(query(strings, NULL), STATUS_OBJECT_NAME_NOT_FOUND);
}

static void keys(void) {
    ULONG number = 1, found = 0;
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"ddi_rtl_registry\\Sub"),
                 STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_STATUS(RtlCreateRegistryKey(RTL_REGISTRY_SERVICES, L"ddi_rtl_registry\\Sub"),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlCheckRegistryKey(RTL_REGISTRY_SERVICES, L"ddi_rtl_registry\\Sub"),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlWriteRegistryValue(RTL_REGISTRY_SERVICES, L"ddi_rtl_registry\\Sub", L"Value",
                                       REG_DWORD, &number, sizeof number),
                 STATUS_SUCCESS);
    RTL_QUERY_REGISTRY_TABLE table[] = {
        {NULL, RTL_QUERY_REGISTRY_SUBKEY, L"Sub", NULL, REG_NONE, NULL, 0},
        {NULL, RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_REQUIRED, L"Value", &found, REG_NONE,
         NULL, 0},
        {0}};
    CHECK_STATUS(
        RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"ddi_rtl_registry", table, NULL, NULL),
        STATUS_SUCCESS);
    CHECK_EQ(found, 1);
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES | RTL_REGISTRY_OPTIONAL, L"nobody",
                                        table, NULL, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"nobody", table, NULL, NULL),
                 STATUS_OBJECT_NAME_NOT_FOUND);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    direct();
    routines();
    keys();
}
