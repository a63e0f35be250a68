// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Addresses and errno values: every row of the table, and that conversions are lossless.

#include <set>

#include <sys/un.h>

#include "tests/unit/net_rig.hpp"

using net::address;
using net::error;
using net::family;

TEST(net_sockaddr, every_errno_in_the_catalogue_has_its_meaning) {  // M3
    const std::pair<int, error> wanted[] = {
        {EADDRINUSE, error::address_in_use},
        {EADDRNOTAVAIL, error::address_not_available},
        {EACCES, error::access_denied},
        {EPERM, error::access_denied},
        {ECONNREFUSED, error::connection_refused},
        {ETIMEDOUT, error::timed_out},
        {ECONNRESET, error::connection_reset},
        {EPIPE, error::connection_reset},
        {ECONNABORTED, error::connection_aborted},
        {ENETUNREACH, error::network_unreachable},
        {ENETDOWN, error::network_unreachable},
        {EHOSTUNREACH, error::host_unreachable},
        {EHOSTDOWN, error::host_down},
        {ENOTCONN, error::not_connected},
        {EISCONN, error::already_connected},
        {EALREADY, error::already_connected},
        {EINPROGRESS, error::would_block},
        {EMSGSIZE, error::message_too_large},
        {EAFNOSUPPORT, error::not_supported},
        {EOPNOTSUPP, error::not_supported},
        {ESOCKTNOSUPPORT, error::not_supported},
        {EPROTONOSUPPORT, error::protocol_not_supported},
        {ENOPROTOOPT, error::invalid_argument},
        {EINVAL, error::invalid_argument},
        {EFAULT, error::invalid_argument},
        {EDOM, error::invalid_argument},
        {EMFILE, error::no_resources},
        {ENFILE, error::no_resources},
        {ENOBUFS, error::no_resources},
        {ENOMEM, error::no_resources},
        {ENOSPC, error::no_resources},
        {ECANCELED, error::cancelled},
        {EBADF, error::dead},
        {ENOTSOCK, error::dead},
        {EAGAIN, error::would_block},
        {EWOULDBLOCK, error::would_block},
        {EXDEV, error::unexpected},
        {0x7ffffff, error::unexpected},
    };
    for (const auto& [number, value] : wanted) {
        EXPECT_EQ(value, net::error_of(number)) << strerror(number);
    }
}

TEST(net_sockaddr, the_errno_table_names_each_errno_once_and_never_success) {
    std::set<int> seen;
    for (const net::errno_row& row : net::errno_table{}) {
        EXPECT_TRUE(seen.insert(row.number).second) << row.number;
        EXPECT_NE(0, row.number);
        EXPECT_NE(error::none, row.value);
        EXPECT_NE(error::unexpected, row.value);
        EXPECT_EQ(row.value, net::error_of(row.number));
    }
    EXPECT_EQ(0u, seen.count(EINTR));  // the caller repeats the call
}

TEST(net_sockaddr, every_error_has_a_name_of_its_own) {
    std::set<std::string> names;
    for (int i = 0; i < static_cast<int>(error::count_); ++i) {
        EXPECT_TRUE(names.insert(net::name_of(static_cast<error>(i))).second);
    }
    EXPECT_STREQ("unexpected", net::name_of(error::unexpected));
}

TEST(net_sockaddr, addresses_survive_the_way_to_the_kernel_and_back) {
    address v6 = address::loopback(family::ipv6, 0xfffe);
    v6.scope = 7;
    v6.flow = 0x12345678;
    for (const address& a : {address::ipv4(192, 0, 2, 1, 80), address::any(family::ipv4), v6}) {
        sockaddr_storage raw{};
        const socklen_t n = net::to_sockaddr(a, raw);
        EXPECT_EQ(a.family == family::ipv4 ? sizeof(sockaddr_in) : sizeof(sockaddr_in6), n);
        const address back = net::from_sockaddr(raw, n);
        EXPECT_EQ(a, back);
        EXPECT_EQ(a.flow, back.flow);
        EXPECT_FALSE(net::from_sockaddr(raw, n - 1).valid());
    }
    sockaddr_storage raw{};
    EXPECT_EQ(0u, net::to_sockaddr(address{}, raw));
    raw.ss_family = AF_UNIX;
    EXPECT_FALSE(net::from_sockaddr(raw, sizeof raw).valid());
}

TEST(net_sockaddr, addresses_know_what_they_are) {
    const uint8_t mapped_loopback[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 1, 2, 3};
    const uint8_t mapped_any[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
    const uint8_t all_nodes[16] = {0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    EXPECT_TRUE(address::loopback(family::ipv4).is_loopback());
    EXPECT_TRUE(address::loopback(family::ipv6).is_loopback());
    EXPECT_TRUE(address::ipv6(mapped_loopback, 0).is_loopback());
    EXPECT_TRUE(address::ipv6(mapped_loopback, 0).is_v4_mapped());
    EXPECT_TRUE(address::ipv6(mapped_any, 0).is_any());
    EXPECT_TRUE(address::any(family::ipv4).is_any());
    EXPECT_TRUE(address::any(family::ipv6).is_any());
    EXPECT_FALSE(address::any(family::ipv6).is_loopback());
    EXPECT_FALSE(address::loopback(family::ipv6).is_any());
    EXPECT_TRUE(address::ipv4(239, 1, 2, 3, 0).is_multicast());
    EXPECT_TRUE(address::ipv6(all_nodes, 0).is_multicast());
    EXPECT_FALSE(address::ipv4(240, 0, 0, 1, 0).is_multicast());
    EXPECT_FALSE(address::ipv4(1, 2, 3, 4, 5) == address::ipv4(1, 2, 3, 4, 6));
    EXPECT_TRUE(address::ipv4(1, 2, 3, 4, 5).same_host(address::ipv4(1, 2, 3, 4, 6)));
    EXPECT_FALSE(address{}.valid());
}
