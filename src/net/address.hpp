// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A transport address as the runtime passes it around: neither Windows' sockaddr (AF_INET6 is 23
// there) nor Linux's (10). The WSK layer converts to and from SOCKADDR_IN/IN6, sockaddr.cpp to
// and from the kernel's. A plain value.

#pragma once

#include <cstdint>
#include <cstring>

namespace net {

enum class family : uint8_t { none, ipv4, ipv6 };

struct address {
    net::family family = net::family::none;
    uint16_t port = 0;       ///< host byte order
    uint32_t scope = 0;      ///< IPv6 interface index of a link-local address
    uint32_t flow = 0;       ///< IPv6 flow information, network byte order
    uint8_t bytes[16] = {};  ///< network byte order; IPv4 uses the first four

    static address ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) noexcept;
    static address ipv6(const uint8_t (&bytes)[16], uint16_t port, uint32_t scope = 0) noexcept;
    static address any(net::family f, uint16_t port = 0) noexcept;
    static address loopback(net::family f, uint16_t port = 0) noexcept;

    [[nodiscard]] bool valid() const noexcept { return family != net::family::none; }
    [[nodiscard]] unsigned length() const noexcept { return family == net::family::ipv4 ? 4 : 16; }
    /// 0.0.0.0, :: or ::ffff:0.0.0.0
    [[nodiscard]] bool is_any() const noexcept;
    /// 127.0.0.0/8, ::1 or a mapped 127.0.0.0/8
    [[nodiscard]] bool is_loopback() const noexcept;
    [[nodiscard]] bool is_multicast() const noexcept;
    /// IPv6 form of an IPv4 address (::ffff:a.b.c.d).
    [[nodiscard]] bool is_v4_mapped() const noexcept;
    [[nodiscard]] bool same_host(const address& other) const noexcept {
        return family == other.family && scope == other.scope &&
               std::memcmp(bytes, other.bytes, length()) == 0;
    }
    friend bool operator==(const address& a, const address& b) noexcept {
        return a.port == b.port && a.same_host(b);
    }
};

}  // namespace net
