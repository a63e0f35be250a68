// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/address.hpp"

#include <cstdio>
#include <cstring>

namespace wsk {
namespace {

// sockaddr fields are in network byte order.
uint16_t swap16(uint16_t v) noexcept {
    return __builtin_bswap16(v);
}

net::address mapped(const net::address& v4) noexcept {
    net::address out = v4;
    out.family = net::family::ipv6;
    std::memset(out.bytes, 0, 10);
    out.bytes[10] = out.bytes[11] = 0xff;
    std::memcpy(out.bytes + 12, v4.bytes, 4);
    return out;
}

}  // namespace

net::family family_of(ADDRESS_FAMILY f) noexcept {
    switch (f) {
        case AF_INET:
            return net::family::ipv4;
        case AF_INET6:
            return net::family::ipv6;
        default:
            return net::family::none;
    }
}

size_t sockaddr_bytes(net::family f) noexcept {
    return f == net::family::ipv4 ? sizeof(SOCKADDR_IN) : sizeof(SOCKADDR_IN6);
}

bool read_address(const SOCKADDR* from, net::family wanted, net::address& out) noexcept {
    if (from == nullptr) {
        return false;
    }
    ADDRESS_FAMILY f = 0;
    std::memcpy(&f, from, sizeof f);
    if (wanted == net::family::none || family_of(f) != wanted) {
        return false;
    }
    out = {};
    out.family = wanted;
    if (wanted == net::family::ipv4) {
        SOCKADDR_IN in;
        std::memcpy(&in, from, sizeof in);
        out.port = swap16(in.sin_port);
        std::memcpy(out.bytes, &in.sin_addr, 4);
    } else {
        SOCKADDR_IN6 in;
        std::memcpy(&in, from, sizeof in);
        out.port = swap16(in.sin6_port);
        out.flow = in.sin6_flowinfo;
        out.scope = in.sin6_scope_id;
        std::memcpy(out.bytes, &in.sin6_addr, 16);
    }
    return true;
}

void write_address(const net::address& from, net::family f, SOCKADDR* to) noexcept {
    if (f == net::family::ipv4) {
        SOCKADDR_IN out = {};
        out.sin_family = AF_INET;
        out.sin_port = swap16(from.port);
        std::memcpy(&out.sin_addr, from.bytes, 4);
        std::memcpy(to, &out, sizeof out);
        return;
    }
    const net::address six = from.family == net::family::ipv4 ? mapped(from) : from;
    SOCKADDR_IN6 out = {};
    out.sin6_family = AF_INET6;
    out.sin6_port = swap16(six.port);
    out.sin6_flowinfo = six.flow;
    out.sin6_scope_id = six.scope;
    std::memcpy(&out.sin6_addr, six.bytes, 16);
    std::memcpy(to, &out, sizeof out);
}

void format_address(const net::address& a, char* out, size_t bytes) noexcept {
    const uint8_t* b = a.bytes;
    if (a.family == net::family::ipv6 && a.is_v4_mapped()) {
        b += 12;
    }
    if (a.family == net::family::none) {
        std::snprintf(out, bytes, "-");
    } else if (a.family == net::family::ipv4 || a.is_v4_mapped()) {
        std::snprintf(out, bytes, "%u.%u.%u.%u:%u", b[0], b[1], b[2], b[3], a.port);
    } else if (a.is_any()) {
        std::snprintf(out, bytes, "[::]:%u", a.port);
    } else if (a.is_loopback()) {
        std::snprintf(out, bytes, "[::1]:%u", a.port);
    } else {
        char text[48] = {};
        size_t used = 0;
        for (int i = 0; i < 16; i += 2) {
            used += static_cast<size_t>(std::snprintf(text + used, sizeof text - used, "%s%x",
                                                      i == 0 ? "" : ":", b[i] << 8 | b[i + 1]));
        }
        std::snprintf(out, bytes, "[%s]:%u", text, a.port);
    }
}

}  // namespace wsk
