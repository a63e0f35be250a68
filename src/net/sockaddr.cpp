// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Addresses and errno values between net and Linux. See sockaddr.hpp.

#include "net/sockaddr.hpp"

#include <cerrno>
#include <cstring>
#include <iterator>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/assert.hpp"

namespace net {
namespace {

constexpr uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr uint8_t zero[16] = {};

constexpr errno_row rows[] = {
    {EAGAIN, error::would_block},
    {EADDRINUSE, error::address_in_use},
    {EADDRNOTAVAIL, error::address_not_available},
    {EACCES, error::access_denied},
    {EPERM, error::access_denied},
    {ECONNREFUSED, error::connection_refused},
    {ETIMEDOUT, error::timed_out},
    {ECONNRESET, error::connection_reset},
    // A send after the peer's reset or after our own FIN; the caller knows which.
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
    {EDESTADDRREQ, error::invalid_argument},
    {ENODEV, error::invalid_argument},
    {ENXIO, error::invalid_argument},
    {EMFILE, error::no_resources},
    {ENFILE, error::no_resources},
    {ENOBUFS, error::no_resources},
    {ENOMEM, error::no_resources},
    {ENOSPC, error::no_resources},
    {ECANCELED, error::cancelled},
    {EBADF, error::dead},
    {ENOTSOCK, error::dead},
};

const uint8_t* v4_part(const address& a) noexcept {
    return a.family == family::ipv4 ? a.bytes : a.is_v4_mapped() ? a.bytes + 12 : nullptr;
}

}  // namespace

const errno_row* errno_table::begin() const noexcept {
    return std::begin(rows);
}
const errno_row* errno_table::end() const noexcept {
    return std::end(rows);
}

error error_of(int number) noexcept {
    for (const errno_row& row : rows) {
        if (row.number == number) {
            return row.value;
        }
    }
    return error::unexpected;
}

const char* name_of(error e) noexcept {
    static constexpr const char* names[] = {"none",
                                            "would_block",
                                            "cancelled",
                                            "address_in_use",
                                            "address_not_available",
                                            "no_free_port",
                                            "access_denied",
                                            "connection_refused",
                                            "connection_reset",
                                            "connection_aborted",
                                            "timed_out",
                                            "network_unreachable",
                                            "host_unreachable",
                                            "host_down",
                                            "not_connected",
                                            "already_connected",
                                            "message_too_large",
                                            "not_supported",
                                            "protocol_not_supported",
                                            "invalid_argument",
                                            "no_resources",
                                            "dead",
                                            "unexpected"};
    static_assert(std::size(names) == static_cast<size_t>(error::count_));
    return names[static_cast<size_t>(e)];
}

address address::ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port) noexcept {
    address out;
    out.family = net::family::ipv4;
    out.port = port;
    const uint8_t octets[] = {a, b, c, d};
    std::memcpy(out.bytes, octets, sizeof octets);
    return out;
}

address address::ipv6(const uint8_t (&bytes)[16], uint16_t port, uint32_t scope) noexcept {
    address out;
    out.family = net::family::ipv6;
    out.port = port;
    out.scope = scope;
    std::memcpy(out.bytes, bytes, sizeof bytes);
    return out;
}

address address::any(net::family f, uint16_t port) noexcept {
    address out;
    out.family = f;
    out.port = port;
    return out;
}

address address::loopback(net::family f, uint16_t port) noexcept {
    address out = any(f, port);
    if (f == net::family::ipv4) {
        out.bytes[0] = 127;
        out.bytes[3] = 1;
    } else {
        out.bytes[15] = 1;
    }
    return out;
}

bool address::is_v4_mapped() const noexcept {
    return family == net::family::ipv6 &&
           std::memcmp(bytes, mapped_prefix, sizeof mapped_prefix) == 0;
}

bool address::is_any() const noexcept {
    const uint8_t* v4 = v4_part(*this);
    return v4 != nullptr ? std::memcmp(v4, zero, 4) == 0 : std::memcmp(bytes, zero, 16) == 0;
}

bool address::is_loopback() const noexcept {
    if (const uint8_t* v4 = v4_part(*this)) {
        return v4[0] == 127;
    }
    return std::memcmp(bytes, zero, 15) == 0 && bytes[15] == 1;
}

bool address::is_multicast() const noexcept {
    const uint8_t* v4 = v4_part(*this);
    return v4 != nullptr ? (v4[0] & 0xf0) == 0xe0 : bytes[0] == 0xff;
}

int family_number(family f) noexcept {
    OPENWSK_ASSERT(f != family::none);
    return f == family::ipv4 ? AF_INET : AF_INET6;
}

socklen_t to_sockaddr(const address& a, sockaddr_storage& out) noexcept {
    if (a.family == family::ipv4) {
        sockaddr_in v4{};
        v4.sin_family = AF_INET;
        v4.sin_port = htons(a.port);
        std::memcpy(&v4.sin_addr, a.bytes, sizeof v4.sin_addr);
        std::memcpy(&out, &v4, sizeof v4);
        return sizeof v4;
    }
    if (a.family == family::ipv6) {
        sockaddr_in6 v6{};
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(a.port);
        v6.sin6_flowinfo = a.flow;
        v6.sin6_scope_id = a.scope;
        std::memcpy(&v6.sin6_addr, a.bytes, sizeof v6.sin6_addr);
        std::memcpy(&out, &v6, sizeof v6);
        return sizeof v6;
    }
    return 0;
}

address from_sockaddr(const sockaddr_storage& in, socklen_t length) noexcept {
    address out;
    if (in.ss_family == AF_INET && length >= sizeof(sockaddr_in)) {
        sockaddr_in v4;
        std::memcpy(&v4, &in, sizeof v4);
        out.family = family::ipv4;
        out.port = ntohs(v4.sin_port);
        std::memcpy(out.bytes, &v4.sin_addr, sizeof v4.sin_addr);
    } else if (in.ss_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 v6;
        std::memcpy(&v6, &in, sizeof v6);
        out.family = family::ipv6;
        out.port = ntohs(v6.sin6_port);
        out.flow = v6.sin6_flowinfo;
        out.scope = v6.sin6_scope_id;
        std::memcpy(out.bytes, &v6.sin6_addr, sizeof v6.sin6_addr);
    }
    return out;
}

}  // namespace net
