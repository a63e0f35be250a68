// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The C runtime of drivers: 16-bit strings, numbers, and the three rules of formatted output.

#include <climits>
#include <cstdarg>
#include <string>

#include <gtest/gtest.h>

#include "wdk/abi/crt.h"

namespace {

TEST(ddi_crt, lengths_count_sixteen_bit_characters) {
    EXPECT_EQ(openwsk_wcslen(u"hello"), 5U);
    EXPECT_EQ(openwsk_wcslen(u""), 0U);
    EXPECT_EQ(openwsk_wcsnlen(u"hello", 3), 3U);
    EXPECT_EQ(openwsk_wcsnlen(u"hello", 9), 5U);
}

TEST(ddi_crt, copies_terminate_and_pad) {
    WCHAR text[8];
    EXPECT_EQ(openwsk_wcscpy(text, u"abc"), text);
    EXPECT_EQ(std::u16string(text), u"abc");
    EXPECT_EQ(std::u16string(openwsk_wcscat(text, u"de")), u"abcde");
    EXPECT_EQ(std::u16string(openwsk_wcsncat(text, u"fgh", 1)), u"abcdef");
    text[3] = u'x';
    openwsk_wcsncpy(text, u"z", 3);
    EXPECT_EQ(std::u16string(text, 4), std::u16string(u"z\0\0x", 4));
    openwsk_wcsncpy(text, u"long", 2);
    EXPECT_EQ(std::u16string(text, 3), std::u16string(u"lo\0", 3));
}

TEST(ddi_crt, comparisons_order_and_stop_at_the_limit) {
    EXPECT_EQ(openwsk_wcscmp(u"abc", u"abc"), 0);
    EXPECT_LT(openwsk_wcscmp(u"abc", u"abd"), 0);
    EXPECT_GT(openwsk_wcscmp(u"\xffff", u"a"), 0);
    EXPECT_GT(openwsk_wcscmp(u"ab", u"a"), 0);
    EXPECT_EQ(openwsk_wcsncmp(u"abX", u"abY", 2), 0);
    EXPECT_NE(openwsk_wcsncmp(u"abX", u"abY", 3), 0);
    EXPECT_EQ(openwsk__wcsicmp(u"Device", u"dEVICE"), 0);
    EXPECT_LT(openwsk__wcsicmp(u"a", u"B"), 0);
    EXPECT_EQ(openwsk__wcsnicmp(u"ABx", u"aby", 2), 0);
    EXPECT_NE(openwsk__wcsicmp(u"\u00c4", u"\u00e4"), 0) << "only A to Z have two cases";
}

TEST(ddi_crt, searches_find_the_first_and_the_last) {
    const WCHAR* text = u"a.b.c";
    EXPECT_EQ(openwsk_wcschr(text, u'.'), text + 1);
    EXPECT_EQ(openwsk_wcsrchr(text, u'.'), text + 3);
    EXPECT_EQ(openwsk_wcschr(text, 0), text + 5);
    EXPECT_EQ(openwsk_wcschr(text, u'x'), nullptr);
    EXPECT_EQ(openwsk_wcsrchr(text, u'x'), nullptr);
    EXPECT_EQ(openwsk_wcsstr(text, u"b."), text + 2);
    EXPECT_EQ(openwsk_wcsstr(text, u""), text);
    EXPECT_EQ(openwsk_wcsstr(text, u"c."), nullptr);
    EXPECT_EQ(openwsk_wcspbrk(text, u"cb"), text + 2);
    EXPECT_EQ(openwsk_wcspbrk(text, u"xy"), nullptr);
    EXPECT_EQ(openwsk_wcsspn(text, u"a."), 2U);
    EXPECT_EQ(openwsk_wcscspn(text, u"bc"), 2U);
}

TEST(ddi_crt, case_changes_in_place) {
    WCHAR text[] = u"MiXed-1";
    EXPECT_EQ(std::u16string(openwsk__wcslwr(text)), u"mixed-1");
    EXPECT_EQ(std::u16string(openwsk__wcsupr(text)), u"MIXED-1");
    EXPECT_EQ(openwsk_towlower(u'Q'), u'q');
    EXPECT_EQ(openwsk_towupper(u'q'), u'Q');
    EXPECT_EQ(openwsk_towupper(u'1'), u'1');
}

TEST(ddi_crt, numbers_saturate_and_tell_where_they_end) {
    EXPECT_EQ(openwsk__wtoi(u"  -42x"), -42);
    EXPECT_EQ(openwsk__wtoi(u"99999999999"), INT_MAX);
    EXPECT_EQ(openwsk__wtoi(u"-99999999999"), INT_MIN);
    EXPECT_EQ(openwsk__wtoi(u"none"), 0);
    EXPECT_EQ(openwsk__wtoi64(u"99999999999"), 99999999999);
    EXPECT_EQ(openwsk__wtoi64(u"-99999999999999999999"), INT64_MIN);
    WCHAR text[] = u"0x1F tail";
    WCHAR* end = nullptr;
    EXPECT_EQ(openwsk_wcstoul(text, &end, 0), 31U);
    EXPECT_EQ(end, text + 4);
    EXPECT_EQ(openwsk_wcstoul(u"017", nullptr, 0), 15U);
    EXPECT_EQ(openwsk_wcstoul(u"-1", nullptr, 10), UINT_MAX);
    EXPECT_EQ(openwsk_wcstoul(u"4294967296", nullptr, 10), UINT_MAX);
    WCHAR none[] = u"zz";
    EXPECT_EQ(openwsk_wcstoul(none, &end, 10), 0U);
    EXPECT_EQ(end, none);
    WCHAR prefix[] = u"0xg";
    EXPECT_EQ(openwsk_wcstoul(prefix, &end, 16), 0U);
    EXPECT_EQ(end, prefix + 1);
}

TEST(ddi_crt, legacy_output_does_not_terminate_a_full_buffer) {
    char text[6] = "xxxxx";
    EXPECT_EQ(openwsk__snprintf(text, 4, "%d", 123), 3);
    EXPECT_STREQ(text, "123");
    text[4] = 'x';
    EXPECT_EQ(openwsk__snprintf(text, 4, "%d", 1234), 4);
    EXPECT_EQ(std::string(text, 5), "1234x");
    EXPECT_EQ(openwsk__snprintf(text, 4, "%d", 56789), -1);
    EXPECT_EQ(std::string(text, 5), "5678x");
    EXPECT_EQ(openwsk__snprintf(nullptr, 0, "%d", 56789), 5);
    WCHAR wide[4];
    EXPECT_EQ(openwsk__snwprintf(wide, 4, u"%s", u"abc"), 3);
    EXPECT_EQ(std::u16string(wide), u"abc");
    EXPECT_EQ(openwsk__snwprintf(wide, 4, u"%s", u"abcde"), -1);
}

TEST(ddi_crt, standard_output_always_terminates) {
    char text[4];
    EXPECT_EQ(openwsk_snprintf(text, sizeof text, "%d", 56789), 5);
    EXPECT_STREQ(text, "567");
    EXPECT_EQ(openwsk_snprintf(nullptr, 0, "%d", 56789), 5);
    EXPECT_EQ(openwsk_snprintf(text, 1, "%d", 5), 1);
    EXPECT_STREQ(text, "");
}

TEST(ddi_crt, unbounded_output_takes_formats_of_nt) {
    char text[64];
    EXPECT_EQ(openwsk_sprintf(text, "%ws %I64u %lx", u"wide", 1ULL << 40, -1L), 27);
    EXPECT_STREQ(text, "wide 1099511627776 ffffffff");
    WCHAR wide[64];
    UNICODE_STRING counted{6, 6, const_cast<PWCH>(u"abcdef")};
    EXPECT_EQ(openwsk_swprintf(wide, u"%wZ-%S", &counted, "narrow"), 10);
    EXPECT_EQ(std::u16string(wide), u"abc-narrow");
}

int list_of_narrow(char* buffer, size_t count, const char* format, ...) {
    va_list a;
    va_list b;
    va_list c;
    va_list d;
    va_start(a, format);
    va_copy(b, a);
    va_copy(c, a);
    va_copy(d, a);
    const int length = openwsk__vscprintf(format, a);
    EXPECT_EQ(openwsk_vsnprintf(buffer, count, format, b), length);
    EXPECT_EQ(openwsk__vsnprintf(buffer, count, format, c), length);
    EXPECT_EQ(openwsk_vsprintf(buffer, format, d), length);
    va_end(a);
    va_end(b);
    va_end(c);
    va_end(d);
    return length;
}

int list_of_wide(WCHAR* buffer, size_t count, const WCHAR* format, ...) {
    va_list a;
    va_list b;
    va_list c;
    va_start(a, format);
    va_copy(b, a);
    va_copy(c, a);
    const int length = openwsk__vscwprintf(format, a);
    EXPECT_EQ(openwsk__vsnwprintf(buffer, count, format, b), length);
    EXPECT_EQ(openwsk_vswprintf(buffer, format, c), length);
    va_end(a);
    va_end(b);
    va_end(c);
    return length;
}

TEST(ddi_crt, list_forms_agree_with_the_length_asked_for) {
    char text[32];
    EXPECT_EQ(list_of_narrow(text, sizeof text, "%u-%s", 7U, "seven"), 7);
    EXPECT_STREQ(text, "7-seven");
    WCHAR wide[32];
    EXPECT_EQ(list_of_wide(wide, 32, u"%u-%s", 7U, u"seven"), 7);
    EXPECT_EQ(std::u16string(wide), u"7-seven");
}

}  // namespace
