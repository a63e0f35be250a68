// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// UDP and raw IP over epoll: datagrams and their control data. See epoll_socket.hpp.
//
// Linux does not say whether a datagram came by unicast, multicast or broadcast (Windows does).
// The packet's destination and the address that would answer it, both in IP_PKTINFO, tell: they
// are equal exactly when the destination is one of this computer's own addresses.

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "net/epoll_socket.hpp"
#include "net/sockaddr.hpp"

namespace net {
namespace {

constexpr uint32_t batch_max = 16;
constexpr uint32_t vectors_max = 1024;  // IOV_MAX
// Room for every control message that is ever received or sent with one datagram.
constexpr size_t control_bytes =
    CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(in6_pktinfo)) + 4 * CMSG_SPACE(sizeof(int));

struct control_buffer {
    alignas(cmsghdr) char bytes[control_bytes];
};

/// One slot of a batch: what the kernel reads and writes besides the payload.
struct slot {
    sockaddr_storage name;
    control_buffer control;
};

template <class T>
void append(msghdr& m, int level, int type, const T& value) noexcept {
    auto* c = reinterpret_cast<cmsghdr*>(static_cast<char*>(m.msg_control) + m.msg_controllen);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(c), &value, sizeof value);
    m.msg_controllen += CMSG_SPACE(sizeof value);
}

/// True when the packet leaves as IPv4, on a socket of either family.
bool travels_as_ipv4(family f, const datagram& d, const address& fixed_peer) noexcept {
    const address& to = d.peer.valid() ? d.peer : fixed_peer;
    return f == family::ipv4 || to.is_v4_mapped();
}

void append_source(msghdr& m, const datagram& d, bool ipv4) noexcept {
    if (!d.local.valid() && d.interface == 0) {
        return;
    }
    if (ipv4) {
        in_pktinfo info{};
        info.ipi_ifindex = static_cast<int>(d.interface);
        if (d.local.valid()) {
            const bool mapped = d.local.family == family::ipv6;
            std::memcpy(&info.ipi_spec_dst, d.local.bytes + (mapped ? 12 : 0), 4);
        }
        append(m, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        info.ipi6_ifindex = d.interface;
        if (d.local.valid()) {
            std::memcpy(&info.ipi6_addr, d.local.bytes, sizeof info.ipi6_addr);
        }
        append(m, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

void describe(msghdr& m, slot& s, const datagram& d, bool ipv4) noexcept {
    m = {};
    m.msg_iov = const_cast<iovec*>(d.vectors);
    m.msg_iovlen = std::min(d.vector_count, vectors_max);
    if (d.peer.valid()) {
        m.msg_name = &s.name;
        m.msg_namelen = to_sockaddr(d.peer, s.name);
    }
    std::memset(&s.control, 0, sizeof s.control);
    m.msg_control = &s.control;
    append_source(m, d, ipv4);
    if (d.hop_limit >= 0) {
        const int value = d.hop_limit;
        append(m, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TTL : IPV6_HOPLIMIT, value);
    }
    if (d.traffic_class >= 0) {
        const int value = d.traffic_class;
        append(m, ipv4 ? IPPROTO_IP : IPPROTO_IPV6, ipv4 ? IP_TOS : IPV6_TCLASS, value);
    }
    if (d.segment != 0) {
        append(m, IPPROTO_UDP, UDP_SEGMENT, d.segment);
    }
    if (m.msg_controllen == 0) {
        m.msg_control = nullptr;
    }
}

template <class T>
T value_of(const cmsghdr& c) noexcept {
    T value{};
    const size_t have = c.cmsg_len - CMSG_LEN(0);
    std::memcpy(&value, CMSG_DATA(&c), std::min(have, sizeof value));
    return value;
}

cast cast_of(const address& destination, bool is_own) noexcept {
    if (destination.is_multicast()) {
        return cast::multicast;
    }
    return is_own ? cast::unicast : cast::broadcast;
}

void read_control(const cmsghdr& c, family f, datagram& d) noexcept {
    if (c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_PKTINFO) {
        const auto info = value_of<in_pktinfo>(c);
        d.interface = static_cast<uint32_t>(info.ipi_ifindex);
        address to = address::any(family::ipv4);
        std::memcpy(to.bytes, &info.ipi_addr, 4);
        d.cast = cast_of(to, info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr);
        if (f == family::ipv4) {
            d.local = to;
        }
    } else if (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_PKTINFO) {
        const auto info = value_of<in6_pktinfo>(c);
        d.interface = info.ipi6_ifindex;
        d.local = address::any(family::ipv6);
        std::memcpy(d.local.bytes, &info.ipi6_addr, sizeof info.ipi6_addr);
        if (d.local.is_multicast()) {
            d.cast = cast::multicast;  // IPv6 has no broadcast; IPv4 has its own message
        }
    } else if ((c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_TTL) ||
               (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_HOPLIMIT)) {
        d.hop_limit = static_cast<int16_t>(value_of<int>(c));
    } else if ((c.cmsg_level == IPPROTO_IP && c.cmsg_type == IP_TOS) ||
               (c.cmsg_level == IPPROTO_IPV6 && c.cmsg_type == IPV6_TCLASS)) {
        d.traffic_class = static_cast<int16_t>(value_of<int>(c) & 0xff);
    } else if (c.cmsg_level == IPPROTO_UDP && c.cmsg_type == UDP_GRO) {
        d.segment = static_cast<uint16_t>(value_of<int>(c));
    }
}

/// Turns what recvmsg wrote into the datagram's fields; bytes is its result.
void digest(msghdr& m, const slot& s, size_t bytes, family f, datagram& d) noexcept {
    d.peer = from_sockaddr(s.name, m.msg_namelen);
    d.local = {};
    d.interface = 0;
    d.hop_limit = d.traffic_class = -1;
    d.segment = 0;
    d.cast = cast::unicast;
    d.full_bytes = bytes;  // MSG_TRUNC: the real length
    d.truncated = (m.msg_flags & MSG_TRUNC) != 0;
    size_t room = 0;
    for (uint32_t i = 0; i < d.vector_count; ++i) {
        room += d.vectors[i].iov_len;
    }
    d.bytes = std::min(bytes, room);
    for (cmsghdr* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
        read_control(*c, f, d);
    }
    if (d.segment != 0 && d.segment >= d.full_bytes) {
        d.segment = 0;  // it is one datagram after all
    }
}

/// An ICMP answer to an earlier datagram that Linux reports on the next call of a connected socket.
bool about_an_earlier_datagram(int number) noexcept {
    return number == ECONNREFUSED || number == EHOSTUNREACH || number == ENETUNREACH ||
           number == EPROTO || number == ENOPROTOOPT;
}

}  // namespace

error epoll_socket::try_send(datagrams& d) noexcept {
    clear_ready(direction::sending);
    address fixed_peer;
    if (family_ == family::ipv6) {
        fixed_peer = remote_address();
    }
    int retries = 0;
    while (d.moved < d.count) {
        slot slots[batch_max];
        mmsghdr headers[batch_max];
        const uint32_t n = std::min(d.count - d.moved, batch_max);
        for (uint32_t i = 0; i < n; ++i) {
            const datagram& one = d.messages[d.moved + i];
            describe(headers[i].msg_hdr, slots[i], one, travels_as_ipv4(family_, one, fixed_peer));
        }
        int sent = 0;
        if (n == 1) {
            const ssize_t bytes = sendmsg(fd_, &headers[0].msg_hdr, MSG_NOSIGNAL);
            headers[0].msg_len = static_cast<unsigned>(bytes);
            sent = bytes < 0 ? -1 : 1;
        } else {
            sent = sendmmsg(fd_, headers, n, MSG_NOSIGNAL);
        }
        if (sent < 0) {
            const int number = errno;
            if (number == EAGAIN) {
                want_output(true);
                return error::would_block;
            }
            if (number == EINTR || (about_an_earlier_datagram(number) && retries++ == 0)) {
                continue;
            }
            set_ready(direction::sending);  // there is room all the same
            return error_of(number);
        }
        retries = 0;
        for (int i = 0; i < sent; ++i) {
            d.messages[d.moved++].bytes = headers[i].msg_len;
        }
    }
    want_output(false);
    set_ready(direction::sending);
    return error::none;
}

error epoll_socket::try_receive(datagrams& d) noexcept {
    clear_ready(direction::receiving);
    OPENWSK_ASSERT(d.count > 0);
    slot slots[batch_max];
    mmsghdr headers[batch_max];
    const uint32_t n = std::min(d.count, batch_max);
    for (uint32_t i = 0; i < n; ++i) {
        msghdr& m = headers[i].msg_hdr;
        m = {};
        m.msg_name = &slots[i].name;
        m.msg_namelen = sizeof slots[i].name;
        m.msg_iov = const_cast<iovec*>(d.messages[i].vectors);
        m.msg_iovlen = std::min(d.messages[i].vector_count, vectors_max);
        m.msg_control = &slots[i].control;
        m.msg_controllen = sizeof slots[i].control;
    }
    d.moved = 0;
    for (;;) {
        int got = 0;
        if (n == 1) {
            const ssize_t bytes = recvmsg(fd_, &headers[0].msg_hdr, MSG_TRUNC);
            headers[0].msg_len = static_cast<unsigned>(bytes);
            got = bytes < 0 ? -1 : 1;
        } else {
            got = recvmmsg(fd_, headers, n, MSG_TRUNC, nullptr);
        }
        if (got < 0) {
            const int number = errno;
            if (number == EAGAIN) {
                return error::would_block;
            }
            if (number == EINTR || about_an_earlier_datagram(number)) {
                continue;
            }
            set_ready(direction::receiving);
            return error_of(number);
        }
        for (int i = 0; i < got; ++i) {
            digest(headers[i].msg_hdr, slots[i], headers[i].msg_len, family_, d.messages[i]);
        }
        d.moved = static_cast<uint32_t>(got);
        if (d.moved == n) {
            set_ready(direction::receiving);  // fewer than asked for means empty
        }
        return error::none;
    }
}

}  // namespace net
