// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Addresses to text and back, in both widths, with what surrounds them.

#include "rtl/address_string.hpp"

#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace {

struct v6 {
    uint8_t bytes[16];
};

v6 reference(const char* text) {
    v6 out{};
    EXPECT_EQ(inet_pton(AF_INET6, text, out.bytes), 1) << text;
    return out;
}

std::string to_text(const v6& a) {
    char out[rtl::ipv6_text_max];
    const size_t n = rtl::ipv6_to_text(a.bytes, out);
    EXPECT_EQ(out[n], 0);
    return std::string(out, n);
}

TEST(rtl_address_string, ipv6_is_written_shortest) {
    const char* same[] = {"::",
                          "::1",
                          "1::",
                          "fe80::1",
                          "2001:db8::8:800:200c:417a",
                          "2001:db8:1:2:3:4:5:6",
                          "1:0:2:3:4:5:6:7",
                          "1:0:0:2::3",
                          "1::2:0:0:3",
                          "ff02::1:ff00:0",
                          "::ffff:1.2.3.4",
                          "::13.1.68.3",
                          "::ffff:0:1.2.3.4",
                          "fe80::5efe:1.2.3.4",
                          "2001:db8::200:5efe:10.0.0.1"};
    for (const char* text : same) {
        EXPECT_EQ(to_text(reference(text)), text);
        const char* end = nullptr;
        v6 parsed{};
        EXPECT_TRUE(rtl::text_to_ipv6(text, &end, parsed.bytes)) << text;
        EXPECT_EQ(*end, 0) << text;
        EXPECT_EQ(to_text(parsed), text);
    }
}

TEST(rtl_address_string, ipv6_parser_agrees_with_the_host) {
    const char* good[] = {"0:0:0:0:0:0:0:0",
                          "ABCD:EF01:2345:6789:abcd:ef01:2345:6789",
                          "1:2:3:4:5:6:1.2.3.4",
                          "::1.2.3.4",
                          "1::8",
                          "::2:3:4:5:6:7:8",
                          "1:2:3:4:5:6:7::"};
    for (const char* text : good) {
        const char* end = nullptr;
        v6 parsed{};
        const v6 wanted = reference(text);
        EXPECT_TRUE(rtl::text_to_ipv6(text, &end, parsed.bytes)) << text;
        EXPECT_EQ(*end, 0) << text;
        EXPECT_EQ(memcmp(parsed.bytes, wanted.bytes, 16), 0) << text;
    }
    const char* bad[] = {"",        ":",           "1",     "1:2:3:4:5:6:7",
                         "12345::", "1::2::3",     ":1::2", "1:2:3:4:5:6:7:8:9",
                         "::1.2.3", "::256.1.1.1", "g::",   "1:2:3:4:5:6:7:1.2.3.4"};
    for (const char* text : bad) {
        uint32_t scope = 0;
        uint16_t port = 0;
        v6 parsed{};
        EXPECT_FALSE(rtl::text_to_ipv6_port(text, parsed.bytes, scope, port)) << text;
    }
}

TEST(rtl_address_string, parser_tells_where_the_address_ends) {
    const char* text = "10.0.0.1/8";
    const char* end = nullptr;
    uint8_t a[4];
    EXPECT_TRUE(rtl::text_to_ipv4(text, true, &end, a));
    EXPECT_EQ(end, text + 8);
    const char16_t* wide = u"fe80::1%7";
    const char16_t* wide_end = nullptr;
    v6 b{};
    EXPECT_TRUE(rtl::text_to_ipv6(wide, &wide_end, b.bytes));
    EXPECT_EQ(wide_end, wide + 7);
}

TEST(rtl_address_string, ipv4_strict_and_loose) {
    const char* end = nullptr;
    uint8_t a[4];
    EXPECT_TRUE(rtl::text_to_ipv4("192.168.1.20", true, &end, a));
    EXPECT_EQ(a[0], 192);
    EXPECT_EQ(a[3], 20);
    EXPECT_FALSE(rtl::text_to_ipv4("192.168.1", true, &end, a));
    EXPECT_FALSE(rtl::text_to_ipv4("192.168.1.256", true, &end, a));
    EXPECT_FALSE(rtl::text_to_ipv4("a.b", true, &end, a));
    EXPECT_TRUE(rtl::text_to_ipv4("0x7f.1", false, &end, a));
    EXPECT_EQ(a[0], 127);
    EXPECT_EQ(a[3], 1);
    EXPECT_TRUE(rtl::text_to_ipv4("017.0.0.010", false, &end, a));
    EXPECT_EQ(a[0], 15);
    EXPECT_EQ(a[3], 8);
    EXPECT_TRUE(rtl::text_to_ipv4("4294967295", false, &end, a));
    EXPECT_FALSE(rtl::text_to_ipv4("4294967296", false, &end, a));
    EXPECT_FALSE(rtl::text_to_ipv4("1.16777216", false, &end, a));
}

TEST(rtl_address_string, ports_and_scopes) {
    uint8_t a[4];
    v6 b{};
    uint16_t port = 0;
    uint32_t scope = 0;
    EXPECT_TRUE(rtl::text_to_ipv4_port(u"127.0.0.1:80", true, a, port));
    EXPECT_EQ(port, 0x5000);
    EXPECT_TRUE(rtl::text_to_ipv4_port("127.0.0.1", true, a, port));
    EXPECT_EQ(port, 0);
    EXPECT_FALSE(rtl::text_to_ipv4_port("127.0.0.1:", true, a, port));
    EXPECT_FALSE(rtl::text_to_ipv4_port("127.0.0.1:65536", true, a, port));
    EXPECT_FALSE(rtl::text_to_ipv4_port("127.0.0.1 ", true, a, port));
    EXPECT_TRUE(rtl::text_to_ipv6_port("[fe80::1%7]:443", b.bytes, scope, port));
    EXPECT_EQ(scope, 7u);
    EXPECT_EQ(port, 0xbb01);
    EXPECT_TRUE(rtl::text_to_ipv6_port("::1", b.bytes, scope, port));
    EXPECT_EQ(scope, 0u);
    EXPECT_EQ(port, 0);
    EXPECT_FALSE(rtl::text_to_ipv6_port("[::1", b.bytes, scope, port));
    EXPECT_FALSE(rtl::text_to_ipv6_port("[::1]:", b.bytes, scope, port));
    EXPECT_FALSE(rtl::text_to_ipv6_port("::1%", b.bytes, scope, port));
}

TEST(rtl_address_string, writes_whole_texts_or_tells_the_length) {
    const uint8_t a[4] = {10, 1, 2, 3};
    char out[32] = {};
    uint32_t n = sizeof out;
    EXPECT_TRUE(rtl::ipv4_port_to_text(a, 0x5000, out, n, n));
    EXPECT_STREQ(out, "10.1.2.3:80");
    EXPECT_EQ(n, 12u);
    out[0] = 'x';
    n = 11;
    EXPECT_FALSE(rtl::ipv4_port_to_text(a, 0x5000, out, n, n));
    EXPECT_EQ(n, 12u);
    EXPECT_EQ(out[0], 'x');
    char16_t wide[64];
    n = 64;
    EXPECT_TRUE(rtl::ipv6_port_to_text(reference("fe80::1").bytes, 4u, 0x5000, wide, n, n));
    EXPECT_EQ(std::u16string(wide), u"[fe80::1%4]:80");
    n = 64;
    EXPECT_TRUE(rtl::ipv6_port_to_text(reference("fe80::1").bytes, 4u, 0, wide, n, n));
    EXPECT_EQ(std::u16string(wide), u"fe80::1%4");
}

}  // namespace
