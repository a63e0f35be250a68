// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Counted strings: initialisers, conversions with room and without, comparison, case, numbers,
// GUIDs.

#include "check.h"

static BOOLEAN is_text(PCUNICODE_STRING s, PCWSTR expected) {
    UNICODE_STRING e;
    RtlInitUnicodeString(&e, expected);
    return RtlEqualUnicodeString(s, &e, FALSE);
}

static void initialisers(void) {
    UNICODE_STRING u;
    ANSI_STRING a;
    UTF8_STRING t;
    RtlInitUnicodeString(&u, L"driver");
    CHECK_EQ(u.Length, 12);
    CHECK_EQ(u.MaximumLength, 14);
    RtlInitUnicodeString(&u, NULL);
    CHECK(u.Buffer == NULL && u.Length == 0 && u.MaximumLength == 0);
    CHECK_STATUS(RtlInitUnicodeStringEx(&u, L"x"), STATUS_SUCCESS);
    RtlInitAnsiString(&a, "abc");
    CHECK_EQ(a.Length, 3);
    CHECK_EQ(a.MaximumLength, 4);
    RtlInitString(&a, "abcd");
    CHECK_EQ(a.Length, 4);
    CHECK_STATUS(RtlInitAnsiStringEx(&a, "ab"), STATUS_SUCCESS);
    RtlInitUTF8String(&t, "ab");
    CHECK_EQ(t.Length, 2);
    CHECK_STATUS(RtlInitUTF8StringEx(&t, NULL), STATUS_SUCCESS);
    CHECK_EQ(t.Length, 0);
}

static void conversions(void) {
    UNICODE_STRING u, small;
    ANSI_STRING a, back;
    UTF8_STRING t;
    WCHAR room[3];
    CHAR bytes[4];
    ULONG n = 0;
    RtlInitAnsiString(&a, "gr\xc3\xbc\xc3\x9f");
    CHECK_EQ(RtlxAnsiStringToUnicodeSize(&a), 10);
    CHECK_STATUS(RtlAnsiStringToUnicodeString(&u, &a, TRUE), STATUS_SUCCESS);
    CHECK(is_text(&u, L"gr\x00fc\x00df"));
    CHECK_EQ(u.Buffer[u.Length / 2], 0);
    CHECK_EQ(RtlxUnicodeStringToAnsiSize(&u), 7);
    CHECK_STATUS(RtlUnicodeStringToAnsiString(&back, &u, TRUE), STATUS_SUCCESS);
    CHECK(RtlEqualString(&back, &a, FALSE));
    RtlFreeAnsiString(&back);
    CHECK(back.Buffer == NULL);
    CHECK_STATUS(RtlUnicodeStringToUTF8String(&t, &u, TRUE), STATUS_SUCCESS);
    CHECK_EQ(t.Length, 6);
    RtlFreeUTF8String(&t);
    RtlFreeUnicodeString(&u);
    CHECK(u.Buffer == NULL && u.Length == 0);

    RtlInitEmptyUnicodeString(&small, room, sizeof room);
    CHECK_STATUS(RtlAnsiStringToUnicodeString(&small, &a, FALSE), STATUS_BUFFER_OVERFLOW);
    RtlInitUTF8String(&t, "xy");
    CHECK_STATUS(RtlUTF8StringToUnicodeString(&small, &t, FALSE), STATUS_SUCCESS);
    CHECK(is_text(&small, L"xy"));
    RtlInitUnicodeString(&u, L"long text");
    RtlInitEmptyAnsiString(&back, bytes, sizeof bytes);
    CHECK_STATUS(RtlUnicodeStringToAnsiString(&back, &u, FALSE), STATUS_BUFFER_OVERFLOW);
    CHECK_EQ(back.Length, 3);

    CHECK_STATUS(RtlUTF8ToUnicodeN(NULL, 0, &n, "abc", 3), STATUS_SUCCESS);
    CHECK_EQ(n, 6);
    CHECK_STATUS(RtlUTF8ToUnicodeN(room, 4, &n, "abc", 3), STATUS_BUFFER_TOO_SMALL);
    CHECK_EQ(n, 4);
    CHECK_STATUS(RtlUTF8ToUnicodeN(room, 6, &n, "a\xff", 2), STATUS_SOME_NOT_MAPPED);
    CHECK_EQ(room[1], 0xfffd);
    CHECK_STATUS(RtlUnicodeToUTF8N(bytes, 4, &n, L"\x00e4", 2), STATUS_SUCCESS);
    CHECK_EQ(n, 2);
    CHECK_STATUS(RtlMultiByteToUnicodeN(room, 4, &n, "abc", 3), STATUS_SUCCESS);
    CHECK_EQ(n, 4);
    CHECK_STATUS(RtlUnicodeToMultiByteN(bytes, 2, &n, L"abc", 6), STATUS_SUCCESS);
    CHECK_EQ(n, 2);
}

static void copies(void) {
    UNICODE_STRING u, from;
    STRING s, text;
    WCHAR room[8];
    CHAR bytes[4];
    RtlInitEmptyUnicodeString(&u, room, sizeof room);
    RtlInitUnicodeString(&from, L"abc");
    RtlCopyUnicodeString(&u, &from);
    CHECK(is_text(&u, L"abc"));
    CHECK_STATUS(RtlAppendUnicodeStringToString(&u, &from), STATUS_SUCCESS);
    CHECK_STATUS(RtlAppendUnicodeToString(&u, L"d"), STATUS_SUCCESS);
    CHECK(is_text(&u, L"abcabcd"));
    CHECK_STATUS(RtlAppendUnicodeToString(&u, L"xy"), STATUS_BUFFER_TOO_SMALL);
    CHECK(is_text(&u, L"abcabcd"));
    RtlCopyUnicodeString(&u, NULL);
    CHECK_EQ(u.Length, 0);
    RtlInitEmptyAnsiString(&s, bytes, sizeof bytes);
    RtlInitAnsiString(&text, "hello");
    RtlCopyString(&s, &text);
    CHECK_EQ(s.Length, 4);
    RtlUpperString(&s, &text);
    CHECK(bytes[0] == 'H' && bytes[3] == 'L');
    CHECK_EQ(RtlUpperChar('q'), 'Q');

    CHECK_STATUS(RtlDuplicateUnicodeString(RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE, &from, &u),
                 STATUS_SUCCESS);
    CHECK(is_text(&u, L"abc") && u.MaximumLength == 8 && u.Buffer != from.Buffer);
    RtlFreeUnicodeString(&u);
    CHECK_STATUS(RtlDuplicateUnicodeString(0, NULL, &u), STATUS_INVALID_PARAMETER);
}

static void comparisons(void) {
    UNICODE_STRING a, b, made;
    ULONG hash = 0, same = 0;
    RtlInitUnicodeString(&a, L"Path\x00c4");
    RtlInitUnicodeString(&b, L"path\x00e4/x");
    CHECK(!RtlEqualUnicodeString(&a, &b, TRUE));
    CHECK(RtlPrefixUnicodeString(&a, &b, TRUE));
    CHECK(!RtlPrefixUnicodeString(&a, &b, FALSE));
    CHECK(RtlCompareUnicodeString(&a, &b, FALSE) < 0);
    CHECK(RtlCompareUnicodeString(&b, &a, TRUE) > 0);
    RtlInitUnicodeString(&a, L"/X");
    CHECK(RtlSuffixUnicodeString(&a, &b, TRUE));
    CHECK_STATUS(RtlUpcaseUnicodeString(&made, &b, TRUE), STATUS_SUCCESS);
    CHECK(is_text(&made, L"PATH\x00c4/X"));
    CHECK_STATUS(RtlHashUnicodeString(&b, TRUE, HASH_STRING_ALGORITHM_DEFAULT, &hash),
                 STATUS_SUCCESS);
    CHECK_STATUS(RtlHashUnicodeString(&made, TRUE, HASH_STRING_ALGORITHM_X65599, &same),
                 STATUS_SUCCESS);
    CHECK_EQ(hash, same);
    CHECK_STATUS(RtlDowncaseUnicodeString(&made, &made, FALSE), STATUS_SUCCESS);
    CHECK(RtlEqualUnicodeString(&made, &b, FALSE));
    RtlFreeUnicodeString(&made);
    CHECK_EQ(RtlUpcaseUnicodeChar(0xe4), 0xc4);
    CHECK_EQ(RtlDowncaseUnicodeChar(0xc4), 0xe4);
    {
        STRING x, y;
        RtlInitString(&x, "abc");
        RtlInitString(&y, "ABD");
        CHECK(RtlCompareString(&x, &y, TRUE) < 0);
        CHECK(RtlCompareString(&x, &y, FALSE) > 0);
    }
}

static void numbers(void) {
    UNICODE_STRING u;
    WCHAR room[24];
    ULONG value = 0;
    LONG64 wide = 0;
    PWSTR end = NULL;
    RtlInitEmptyUnicodeString(&u, room, sizeof room);
    CHECK_STATUS(RtlIntegerToUnicodeString(0xbeef, 16, &u), STATUS_SUCCESS);
    CHECK(is_text(&u, L"BEEF"));
    CHECK_STATUS(RtlInt64ToUnicodeString(10000000000ull, 10, &u), STATUS_SUCCESS);
    CHECK(is_text(&u, L"10000000000"));
    CHECK_STATUS(RtlIntegerToUnicodeString(1, 7, &u), STATUS_INVALID_PARAMETER);
    u.MaximumLength = 2;
    CHECK_STATUS(RtlIntegerToUnicodeString(10, 10, &u), STATUS_BUFFER_OVERFLOW);
    RtlInitUnicodeString(&u, L"  0x1F rest");
    CHECK_STATUS(RtlUnicodeStringToInteger(&u, 0, &value), STATUS_SUCCESS);
    CHECK_EQ(value, 0x1f);
    CHECK_STATUS(RtlUnicodeStringToInteger(&u, 3, &value), STATUS_INVALID_PARAMETER);
    RtlInitUnicodeString(&u, L"-12;");
    CHECK_STATUS(RtlUnicodeStringToInt64(&u, 10, &wide, &end), STATUS_SUCCESS);
    CHECK(wide == -12 && *end == L';');
    CHECK_STATUS(RtlCharToInteger("0b101", 0, &value), STATUS_SUCCESS);
    CHECK_EQ(value, 5);
}

static void guids(void) {
    static const GUID guid = {
        0x2227e803, 0x8d8b, 0x11d4, {0xab, 0xad, 0x00, 0x90, 0x27, 0x71, 0x9e, 0x09}};
    GUID parsed;
    UNICODE_STRING u;
    CHECK_STATUS(RtlStringFromGUID(&guid, &u), STATUS_SUCCESS);
    CHECK(is_text(&u, L"{2227E803-8D8B-11D4-ABAD-009027719E09}"));
    CHECK_STATUS(RtlGUIDFromString(&u, &parsed), STATUS_SUCCESS);
    CHECK_EQ(RtlCompareMemory(&guid, &parsed, sizeof guid), sizeof guid);
    u.Length -= 2;
    CHECK_STATUS(RtlGUIDFromString(&u, &parsed), STATUS_INVALID_PARAMETER);
    RtlFreeUnicodeString(&u);
}

static void run_checks(PDRIVER_OBJECT driver) {
    static ULONG words[4] = {7, 7, 8, 7};
    UNREFERENCED_PARAMETER(driver);
    initialisers();
    conversions();
    copies();
    comparisons();
    numbers();
    guids();
    CHECK_EQ(RtlCompareMemoryUlong(words, sizeof words, 7), 8);
}
