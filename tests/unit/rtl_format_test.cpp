// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The NT formatter against the forms that drivers use: sizes, strings of both widths, counted
// strings, WPP names, truncation.

#include "rtl/format.hpp"

#include <cstdarg>
#include <string>

#include <gtest/gtest.h>

#include "wdk/abi/ntdef.h"
#include "wdk/abi/ntstatus.h"

namespace {

std::string narrow(const char* text, ...) {
    char out[512];
    va_list list;
    va_start(list, text);
    const size_t n = rtl::format(out, sizeof out, text, list);
    va_end(list);
    return std::string(out, std::min(n, sizeof out));
}

std::u16string wide(const char16_t* text, ...) {
    char16_t out[512];
    va_list list;
    va_start(list, text);
    const size_t n = rtl::format(out, 512, text, list);
    va_end(list);
    return std::u16string(out, n);
}

size_t into(char* out, size_t capacity, const char* text, ...) {
    va_list list;
    va_start(list, text);
    const size_t n = rtl::format(out, capacity, text, list);
    va_end(list);
    return n;
}

TEST(rtl_format, integers_have_the_sizes_of_windows) {
    EXPECT_EQ(narrow("%d %i %u", -5, 7, 4000000000u), "-5 7 4000000000");
    EXPECT_EQ(narrow("%lx %lu %ld", 0xffffffffffffffffull, 1ull << 32, -1ll), "ffffffff 0 -1");
    EXPECT_EQ(narrow("%I64d %I64u %I64x", -1ll, ~0ull, 0xABCull), "-1 18446744073709551615 abc");
    EXPECT_EQ(narrow("%lld %llX", -2ll, 0xabcull), "-2 ABC");
    EXPECT_EQ(narrow("%Iu %Id %zu %td %jd", ~0ull, -3ll, 4ull, -5ll, 6ll),
              "18446744073709551615 -3 4 -5 6");
    EXPECT_EQ(narrow("%I32u", 1ull << 32 | 9), "9");
    EXPECT_EQ(narrow("%hd %hhd %hu", 0x18000, 0x1ff, 0x1ffff), "-32768 -1 65535");
}

TEST(rtl_format, integers_obey_flags_width_and_precision) {
    EXPECT_EQ(narrow("[%5d][%-5d][%05d][%+d][% d]", 42, 42, 42, 42, 42),
              "[   42][42   ][00042][+42][ 42]");
    EXPECT_EQ(narrow("[%08x][%#x][%#X][%#o][%.3d][%6.3d]", 0xbeef, 255, 255, 8, 7, 7),
              "[0000beef][0xff][0XFF][010][007][   007]");
    EXPECT_EQ(narrow("[%*d][%-*d][%.*d]", 4, 1, 4, 2, 3, 5), "[   1][2   ][005]");
    EXPECT_EQ(narrow("[%*d]", -4, 1), "[1   ]");
    EXPECT_EQ(narrow("[%.0d]", 0), "[]");
    EXPECT_EQ(narrow("%d", INT32_MIN), "-2147483648");
    EXPECT_EQ(narrow("%I64d", INT64_MIN), "-9223372036854775808");
}

TEST(rtl_format, pointers_are_sixteen_digits) {
    EXPECT_EQ(narrow("%p", reinterpret_cast<void*>(0xabcdef12345)), "00000ABCDEF12345");
    EXPECT_EQ(narrow("%p", nullptr), "0000000000000000");
}

TEST(rtl_format, narrow_function_prints_strings_of_both_widths) {
    EXPECT_EQ(narrow("%s|%hs|%S|%ws|%ls", "a", "b", u"c", u"d", u"e"), "a|b|c|d|e");
    EXPECT_EQ(narrow("%c%hc%C%wc%lc", 'a', 'b', u'c', u'd', u'e'), "abcde");
    EXPECT_EQ(narrow("%ws", u"gr\u00fc\u00df \U0001f600"), "grüß 😀");
    EXPECT_EQ(narrow("[%6s][%-6ws][%.2s][%.2ws]", "abc", u"abc", "abc", u"abc"),
              "[   abc][abc   ][ab][ab]");
    EXPECT_EQ(narrow("%s %ws", nullptr, nullptr), "(null) (null)");
}

TEST(rtl_format, wide_function_swaps_the_widths) {
    EXPECT_EQ(wide(u"%s|%ls|%ws|%S|%hs", u"a", u"b", u"c", "d", "e"), u"a|b|c|d|e");
    EXPECT_EQ(wide(u"%c%C", u'x', 'y'), u"xy");
    EXPECT_EQ(wide(u"%S", "grüß"), u"gr\u00fc\u00df");
    EXPECT_EQ(wide(u"%d %08lX", -1, 0xdeadbeefu), u"-1 DEADBEEF");
}

TEST(rtl_format, counted_strings_need_no_terminator) {
    char16_t w[] = u"wide text";
    char a[] = "ansi text";
    UNICODE_STRING u{8, 20, reinterpret_cast<PWCH>(w)};
    ANSI_STRING n{4, 10, a};
    EXPECT_EQ(narrow("%wZ|%Z|%lZ|%hZ", &u, &n, &u, &n), "wide|ansi|wide|ansi");
    EXPECT_EQ(wide(u"%wZ|%Z", &u, &n), u"wide|ansi");
    EXPECT_EQ(narrow("[%10wZ][%.2Z]", &u, &n), "[      wide][an]");
    EXPECT_EQ(narrow("%wZ", nullptr), "(null)");
    UNICODE_STRING empty{0, 0, nullptr};
    EXPECT_EQ(narrow("[%wZ]", &empty), "[(null)]");
}

TEST(rtl_format, trace_names) {
    GUID g{0x12345678, 0x9abc, 0xdef0, {1, 2, 3, 4, 5, 6, 7, 8}};
    EXPECT_EQ(narrow("%!STATUS!", STATUS_ACCESS_DENIED), "0xc0000022(STATUS_ACCESS_DENIED)");
    EXPECT_EQ(narrow("%!STATUS!", 0x7fffffff), "0x7fffffff(unknown)");
    EXPECT_EQ(narrow("%!GUID!", &g), "12345678-9abc-def0-0102-030405060708");
    EXPECT_EQ(narrow("%!IPADDR! %!PORT!", 0x0100007fu, 0x5000), "127.0.0.1 80");
    EXPECT_EQ(narrow("%!bool! %!FUNC! %d", 1, 5), "TRUE FUNC 5");
    EXPECT_EQ(narrow("%!XYZ! %d", 0x10ull, 5), "XYZ(0x10) 5");
}

TEST(rtl_format, floating_point) {
    EXPECT_EQ(narrow("%.2f|%8.3e|%g", 3.14159, 12345.678, 0.5), "3.14|1.235e+04|0.5");
}

TEST(rtl_format, truncates_and_tells_the_whole_length) {
    char out[5] = {'x', 'x', 'x', 'x', 'x'};
    EXPECT_EQ(into(out, 3, "%s", "abcdef"), 6u);
    EXPECT_EQ(std::string(out, 5), "abcxx");
    EXPECT_EQ(into(nullptr, 0, "%d", 12345), 5u);
}

TEST(rtl_format, survives_broken_formats) {
    EXPECT_EQ(narrow("100%"), "100");
    EXPECT_EQ(narrow("%%d"), "%d");
    EXPECT_EQ(narrow("%y"), "y");
    EXPECT_EQ(narrow("%!STATUS", STATUS_PENDING), "0x00000103(STATUS_PENDING)");
    EXPECT_EQ(narrow("%l"), "");
    int sink = 5;
    EXPECT_EQ(narrow("a%nb", &sink), "ab");
    EXPECT_EQ(sink, 5);
}

}  // namespace
