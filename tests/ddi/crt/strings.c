// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The C runtime as a driver uses it: wide strings, bytes, checked and bounded copies, conversions.
// output: wide 10, narrow 12345, long ffffffff, status .*STATUS_PENDING

#include "check.h"

#include <ntstrsafe.h>
#include <stdlib.h>
#include <wchar.h>

static void wide_strings(void) {
    WCHAR text[16];
    PWCHAR end = NULL;
    PCWSTR constant = L"\\Device\\Echo";
    CHECK_EQ(wcslen(constant), 12);
    CHECK_PTR(wcscpy(text, L"abc"), text);
    CHECK_EQ(wcscmp(wcscat(text, L"DEF"), L"abcDEF"), 0);
    CHECK_EQ(_wcsicmp(text, L"ABCdef"), 0);
    CHECK_PTR(wcschr(text, L'D'), text + 3);
    CHECK_PTR(wcsstr(constant, L"Echo"), (PWCHAR)constant + 8);
    CHECK_EQ(wcscmp(_wcsupr(text), L"ABCDEF"), 0);
    CHECK_EQ(wcstoul(L"0x10z", &end, 0), 16);
    CHECK_EQ(*end, L'z');
    CHECK_EQ(_wtoi(L"-7"), -7);
    CHECK_EQ(wcscpy_s(text, 4, L"abc"), 0);
    CHECK_EQ(wcscat_s(text, 4, L"d"), ERANGE);
    CHECK_EQ(text[0], 0);
}

static void formats(void) {
    char text[32];
    WCHAR wide[32];
    UNICODE_STRING counted = RTL_CONSTANT_STRING(L"counted");
    DECLARE_UNICODE_STRING_SIZE(made, 8);
    ULONG minus_one = (ULONG)-1;
    CHECK_EQ(_snprintf(text, sizeof(text), "%wZ/%ws/%hs", &counted, L"w", "n"), 11);
    CHECK_EQ(strcmp(text, "counted/w/n"), 0);
    CHECK_EQ(swprintf(wide, L"%S-%d", "narrow", 5), 8);
    CHECK_EQ(wcscmp(wide, L"narrow-5"), 0);
    CHECK_EQ(sprintf_s(text, 4, "%d", 12345), -1);
    CHECK_EQ(text[0], 0);
    CHECK_STATUS(RtlStringCbPrintfA(text, sizeof(text), "%lx", minus_one), STATUS_SUCCESS);
    CHECK_EQ(strcmp(text, "ffffffff"), 0);
    CHECK_STATUS(RtlStringCchPrintfW(wide, 4, L"%d", 12345), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(wcscmp(wide, L"123"), 0);
    CHECK_STATUS(RtlUnicodeStringPrintf(&made, L"%wZ", &counted), STATUS_SUCCESS);
    CHECK_EQ(made.Length, counted.Length);
    CHECK_STATUS(RtlUnicodeStringPrintf(&made, L"%wZ%wZ", &counted, &counted),
                 STATUS_BUFFER_OVERFLOW);
    DbgPrint("wide %Iu, narrow %I64u, long %lx, status %!STATUS!\n", (SIZE_T)10, 12345ULL,
             minus_one, STATUS_PENDING);
}

static int descending(const void* a, const void* b) {
    return *(const int*)b - *(const int*)a;
}

static void bytes(void) {
    int numbers[] = {3, 1, 2};
    char text[8];
    qsort(numbers, RTL_NUMBER_OF(numbers), sizeof(int), descending);
    CHECK_EQ(numbers[0] * 100 + numbers[1] * 10 + numbers[2], 321);
    RtlFillMemory(text, sizeof(text), 'x');
    RtlCopyMemory(text, "abc", 4);
    CHECK(RtlEqualMemory(text, "abc\0xxxx", 8));
    CHECK_EQ(strlen(text), 3);
    CHECK_EQ(_stricmp(text, "ABC"), 0);
    CHECK_EQ(atoi("42"), 42);
    RtlSecureZeroMemory(text, sizeof(text));
    CHECK_EQ(text[7], 0);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    wide_strings();
    formats();
    bytes();
}
