// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Internet addresses as text and back, narrow and wide, with scope and port.

#include <ip2string.h>
#include "check.h"

static void ipv4(void) {
    struct in_addr a;
    CHAR text[32];
    WCHAR wide[32];
    PCSTR end = NULL;
    PCWSTR wide_end = NULL;
    ULONG room = sizeof text;
    USHORT port = 0;
    CHECK_STATUS(RtlIpv4StringToAddressA("10.1.2.3/8", TRUE, &end, &a), STATUS_SUCCESS);
    CHECK(*end == '/');
    CHECK_EQ(a.S_un.S_un_b.s_b4, 3);
    CHECK_PTR(RtlIpv4AddressToStringA(&a, text), text + 8);
    CHECK(strcmp(text, "10.1.2.3") == 0);
    CHECK_STATUS(RtlIpv4StringToAddressA("10.1", TRUE, &end, &a), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(RtlIpv4StringToAddressW(L"127.0.0.1", TRUE, &wide_end, &a), STATUS_SUCCESS);
    CHECK(*wide_end == 0);
    CHECK_PTR(RtlIpv4AddressToStringW(&a, wide), wide + 9);
    CHECK_STATUS(RtlIpv4AddressToStringExA(&a, RtlUshortByteSwap(80), text, &room), STATUS_SUCCESS);
    CHECK(strcmp(text, "127.0.0.1:80") == 0);
    room = 4;
    CHECK_STATUS(RtlIpv4AddressToStringExA(&a, 0, text, &room), STATUS_INVALID_PARAMETER);
    CHECK_EQ(room, 10);
    room = 32;
    CHECK_STATUS(RtlIpv4AddressToStringExW(&a, 0, wide, &room), STATUS_SUCCESS);
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4:443", TRUE, &a, &port), STATUS_SUCCESS);
    CHECK_EQ(RtlUshortByteSwap(port), 443);
    CHECK_STATUS(RtlIpv4StringToAddressExW(L"1.2.3.4", TRUE, &a, &port), STATUS_SUCCESS);
    CHECK_EQ(port, 0);
    CHECK_STATUS(RtlIpv4StringToAddressExA("1.2.3.4:x", TRUE, &a, &port), STATUS_INVALID_PARAMETER);
}

static void ipv6(void) {
    struct in6_addr a;
    CHAR text[72];
    WCHAR wide[72];
    PCSTR end = NULL;
    PCWSTR wide_end = NULL;
    ULONG room = sizeof text, scope = 0;
    USHORT port = 0;
    CHECK_STATUS(RtlIpv6StringToAddressA("fe80::1 rest", &end, &a), STATUS_SUCCESS);
    CHECK(*end == ' ');
    CHECK_EQ(a.u.Byte[0], 0xfe);
    CHECK_PTR(RtlIpv6AddressToStringA(&a, text), text + 7);
    CHECK(strcmp(text, "fe80::1") == 0);
    CHECK_STATUS(RtlIpv6StringToAddressW(L"::1", &wide_end, &a), STATUS_SUCCESS);
    CHECK_PTR(RtlIpv6AddressToStringW(&a, wide), wide + 3);
    CHECK_STATUS(RtlIpv6AddressToStringExA(&a, 0, RtlUshortByteSwap(80), text, &room),
                 STATUS_SUCCESS);
    CHECK(strcmp(text, "[::1]:80") == 0);
    room = 72;
    CHECK_STATUS(RtlIpv6AddressToStringExW(&a, 0, 0, wide, &room), STATUS_SUCCESS);
    CHECK_EQ(room, 4);
    CHECK_STATUS(RtlIpv6StringToAddressExA("[fe80::2%7]:99", &a, &scope, &port), STATUS_SUCCESS);
    CHECK_EQ(scope, 7);
    CHECK_EQ(RtlUshortByteSwap(port), 99);
    CHECK_STATUS(RtlIpv6StringToAddressExW(L"::2", &a, &scope, &port), STATUS_SUCCESS);
    CHECK_EQ(scope, 0);
    CHECK_STATUS(RtlIpv6StringToAddressExA("[::2", &a, &scope, &port), STATUS_INVALID_PARAMETER);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    ipv4();
    ipv6();
}
