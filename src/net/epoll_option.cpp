// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Options of an epoll socket, from net's names to Linux's. See epoll_socket.hpp.

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>

#include "net/epoll_socket.hpp"
#include "net/sockaddr.hpp"

#ifndef IP_UNICAST_IF
#define IP_UNICAST_IF 50
#endif
#ifndef IPV6_UNICAST_IF
#define IPV6_UNICAST_IF 76
#endif

namespace net {
namespace {

constexpr int nowhere = -1;
constexpr int fast_open_queue = 256;

/// Where Linux keeps an option; level nowhere: not for this family.
struct place {
    int level;
    int name;
};

struct row {
    option o;
    place v4;
    place v6;
};

constexpr row rows[] = {
    {option::receive_buffer, {SOL_SOCKET, SO_RCVBUF}, {SOL_SOCKET, SO_RCVBUF}},
    {option::send_buffer, {SOL_SOCKET, SO_SNDBUF}, {SOL_SOCKET, SO_SNDBUF}},
    {option::v6_only, {nowhere, 0}, {IPPROTO_IPV6, IPV6_V6ONLY}},
    {option::hop_limit, {IPPROTO_IP, IP_TTL}, {IPPROTO_IPV6, IPV6_UNICAST_HOPS}},
    {option::traffic_class, {IPPROTO_IP, IP_TOS}, {IPPROTO_IPV6, IPV6_TCLASS}},
    {option::interface, {IPPROTO_IP, IP_UNICAST_IF}, {IPPROTO_IPV6, IPV6_UNICAST_IF}},
    {option::dont_fragment, {IPPROTO_IP, IP_MTU_DISCOVER}, {IPPROTO_IPV6, IPV6_DONTFRAG}},
    {option::mtu_discover, {IPPROTO_IP, IP_MTU_DISCOVER}, {IPPROTO_IPV6, IPV6_MTU_DISCOVER}},
    {option::mtu, {IPPROTO_IP, IP_MTU}, {IPPROTO_IPV6, IPV6_MTU}},
    {option::no_delay, {IPPROTO_TCP, TCP_NODELAY}, {IPPROTO_TCP, TCP_NODELAY}},
    {option::keep_alive, {SOL_SOCKET, SO_KEEPALIVE}, {SOL_SOCKET, SO_KEEPALIVE}},
    {option::keep_idle_s, {IPPROTO_TCP, TCP_KEEPIDLE}, {IPPROTO_TCP, TCP_KEEPIDLE}},
    {option::keep_interval_s, {IPPROTO_TCP, TCP_KEEPINTVL}, {IPPROTO_TCP, TCP_KEEPINTVL}},
    {option::keep_count, {IPPROTO_TCP, TCP_KEEPCNT}, {IPPROTO_TCP, TCP_KEEPCNT}},
    {option::user_timeout_ms, {IPPROTO_TCP, TCP_USER_TIMEOUT}, {IPPROTO_TCP, TCP_USER_TIMEOUT}},
    {option::fast_open, {IPPROTO_TCP, TCP_FASTOPEN}, {IPPROTO_TCP, TCP_FASTOPEN}},
    {option::broadcast, {SOL_SOCKET, SO_BROADCAST}, {SOL_SOCKET, SO_BROADCAST}},
    {option::multicast_interface, {IPPROTO_IP, IP_MULTICAST_IF}, {IPPROTO_IPV6, IPV6_MULTICAST_IF}},
    {option::multicast_hops, {IPPROTO_IP, IP_MULTICAST_TTL}, {IPPROTO_IPV6, IPV6_MULTICAST_HOPS}},
    {option::multicast_loop, {IPPROTO_IP, IP_MULTICAST_LOOP}, {IPPROTO_IPV6, IPV6_MULTICAST_LOOP}},
    {option::receive_hop_limit, {IPPROTO_IP, IP_RECVTTL}, {IPPROTO_IPV6, IPV6_RECVHOPLIMIT}},
    {option::receive_traffic_class, {IPPROTO_IP, IP_RECVTOS}, {IPPROTO_IPV6, IPV6_RECVTCLASS}},
    {option::receive_coalesced, {IPPROTO_UDP, UDP_GRO}, {IPPROTO_UDP, UDP_GRO}},
    {option::no_checksum, {SOL_SOCKET, SO_NO_CHECK}, {SOL_SOCKET, SO_NO_CHECK}},
};

bool find(option o, kind k, family f, place& out) noexcept {
    if (o == option::share_port) {
        // TCP listeners share only with SO_REUSEPORT; for UDP that would spread datagrams over
        // the sharers, where SO_REUSEADDR gives them to the more specific one.
        out = {SOL_SOCKET, k == kind::stream ? SO_REUSEPORT : SO_REUSEADDR};
        return true;
    }
    for (const row& r : rows) {
        if (r.o == o) {
            out = f == family::ipv4 ? r.v4 : r.v6;
            return out.level != nowhere;
        }
    }
    return false;
}

/// Datagram control data that a dual-stack socket gets in the IPv4 form for IPv4 packets.
bool wanted_for_both_families(option o) noexcept {
    return o == option::receive_hop_limit || o == option::receive_traffic_class;
}

}  // namespace

error epoll_socket::apply_option_locked(option o, int value) noexcept {
    place p{};
    if (!find(o, kind_, family_, p)) {
        return error::not_supported;
    }
    const void* data = &value;
    socklen_t length = sizeof value;
    ip_mreqn outgoing{};
    if (o == option::interface) {
        value = static_cast<int>(htonl(static_cast<uint32_t>(value)));
    } else if (o == option::dont_fragment && family_ == family::ipv4) {
        value = value != 0 ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
    } else if (o == option::fast_open) {
        value = value != 0 ? fast_open_queue : 0;
    } else if (o == option::multicast_interface && family_ == family::ipv4) {
        outgoing.imr_ifindex = value;
        data = &outgoing;
        length = sizeof outgoing;
    }
    if (::setsockopt(fd_, p.level, p.name, data, length) != 0) {
        return error_of(errno);
    }
    if (family_ == family::ipv6 && wanted_for_both_families(o)) {
        find(o, kind_, family::ipv4, p);
        ::setsockopt(fd_, p.level, p.name, &value, sizeof value);
    }
    return error::none;
}

error epoll_socket::set_option(option o, int value) noexcept {
    host::guard g(mutex_);
    if (fd_ < 0) {
        return error::dead;
    }
    if (o == option::v6_only && phase_ != phase::fresh) {
        return error::invalid_argument;
    }
    const error e = apply_option_locked(o, value);
    if (e != error::none) {
        return e;
    }
    switch (o) {
        case option::receive_buffer:
            receive_buffer_ = value;
            break;
        case option::send_buffer:
            send_buffer_ = value;
            break;
        case option::multicast_interface:
            multicast_interface_ = value;
            break;
        case option::no_delay:
            no_delay_.store(value != 0, std::memory_order_relaxed);
            break;
        default:
            break;
    }
    return error::none;
}

error epoll_socket::get_option(option o, int& value) noexcept {
    host::guard g(mutex_);
    if (fd_ < 0) {
        return error::dead;
    }
    place p{};
    if (!find(o, kind_, family_, p)) {
        return error::not_supported;
    }
    socklen_t length = sizeof value;
    value = 0;
    if (::getsockopt(fd_, p.level, p.name, &value, &length) != 0) {
        return error_of(errno);
    }
    switch (o) {
        case option::receive_buffer:
            value = receive_buffer_ != 0 ? receive_buffer_ : value / 2;
            break;
        case option::send_buffer:
            value = send_buffer_ != 0 ? send_buffer_ : value / 2;
            break;
        case option::multicast_interface:
            value = family_ == family::ipv4 ? multicast_interface_ : value;
            break;
        case option::interface:
            value = static_cast<int>(ntohl(static_cast<uint32_t>(value)));
            break;
        case option::dont_fragment:
            value = family_ == family::ipv4 ? (value == IP_PMTUDISC_DO ? 1 : 0) : value;
            break;
        case option::fast_open:
            value = value != 0 ? 1 : 0;
            break;
        case option::no_delay:
            // A send that raises it for itself does not show.
            value = no_delay_.load(std::memory_order_relaxed) ? 1 : 0;
            break;
        default:
            break;
    }
    return error::none;
}

error epoll_socket::set_membership(const address& group, uint32_t interface, bool join) noexcept {
    host::guard g(mutex_);
    if (fd_ < 0) {
        return error::dead;
    }
    if (!group.is_multicast() || group.family != family_ || kind_ == kind::stream) {
        return error::invalid_argument;
    }
    group_req request{};
    request.gr_interface = interface;
    to_sockaddr(group, request.gr_group);
    const int level = family_ == family::ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
    if (::setsockopt(fd_, level, join ? MCAST_JOIN_GROUP : MCAST_LEAVE_GROUP, &request,
                     sizeof request) != 0) {
        return error_of(errno);
    }
    return error::none;
}

}  // namespace net
