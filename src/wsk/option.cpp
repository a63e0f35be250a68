// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The options of WskControlSocket. Windows numbers are translated one by one; nothing is passed
// through.
//
// Documents: the pages of the SO_ options; IPPROTO_IPV6, IPPROTO_IP and IPPROTO_TCP socket options.
//
// An option is a ULONG unless stated. Which sockets have it, and until when it may be set:
//
//   SO_REUSEADDR, SO_EXCLUSIVEADDRUSE  all but basic; before bind
//   SO_WSK_SECURITY                    all but basic; before bind; a cached descriptor
//   SO_CONDITIONAL_ACCEPT              listening; before bind
//   SO_KEEPALIVE                       listening, connection, stream; any time; inherited
//   SO_RCVBUF                          all but basic; any time; inherited
//   IPV6_V6ONLY                        IPv6 sockets but basic; before bind
//   IPPROTO_TCP, IP, IPV6              all but basic; any time; inherited where Linux does

#include <algorithm>
#include <cstring>
#include <iterator>

#include "wsk/listener.hpp"
#include "wsk/sockets.hpp"
#include "wsk/submit.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {
namespace {

bool sets(const socket::control_call& c) noexcept {
    return c.type == WskSetOption;
}

/// Reads a ULONG of the driver's; false when the input is shorter.
bool take_ulong(const socket::control_call& c, ULONG& out) noexcept {
    if (c.in == nullptr || c.in_bytes < sizeof out) {
        return false;
    }
    std::memcpy(&out, c.in, sizeof out);
    return true;
}

socket::control_result answer(const socket::control_call& c, ULONG value) noexcept {
    if (c.out == nullptr || c.out_bytes < sizeof value) {
        return {STATUS_BUFFER_TOO_SMALL};
    }
    std::memcpy(c.out, &value, sizeof value);
    return {STATUS_SUCCESS, sizeof value};
}

// Path MTU discovery: Windows numbers "not set, do, don't, probe", Linux "don't, want, do, probe".
constexpr uint32_t discovery_forms[] = {1, 2, 0, 3};

int64_t discovery_to(uint32_t windows) noexcept {
    return windows < std::size(discovery_forms) ? int64_t{discovery_forms[windows]} : -1;
}

int64_t discovery_from(uint32_t linux_number) noexcept {
    return std::find(std::begin(discovery_forms), std::end(discovery_forms), linux_number) -
           std::begin(discovery_forms);
}

int64_t swapped(uint32_t value) noexcept {
    return __builtin_bswap32(value);
}

}  // namespace

socket::control_result socket::option(const control_call& c) noexcept {
    switch (c.level) {
        case SOL_SOCKET:
            return socket_option(c);
        case IPPROTO_TCP:
            return tcp_option(c);
        case IPPROTO_IPV6:
            return ipv6_option(c);
        case IPPROTO_IP:
            return ipv4_option(c);
        case IPPROTO_UDP:
            return {STATUS_INVALID_PARAMETER};
        default:
            return {STATUS_NOT_SUPPORTED};
    }
}

socket::control_result socket::ipv4_option(const control_call& c) noexcept {
    switch (c.code) {
        case IP_TTL:
            return transport_option(net::option::hop_limit, c);
        case IP_TOS:
            return transport_option(net::option::traffic_class, c);
        case IP_DONTFRAGMENT:
            return transport_option(net::option::dont_fragment, c);
        case IP_MTU_DISCOVER:
            return translated_option(net::option::mtu_discover, c, discovery_to, discovery_from);
        case IP_UNICAST_IF:  // in network byte order, unlike IPv6's
            return translated_option(net::option::interface, c, swapped, swapped);
        case IP_RECVERR:
            return error_report_option(c);
        default:
            return {STATUS_INVALID_PARAMETER};
    }
}

socket::control_result socket::ipv6_option(const control_call& c) noexcept {
    if (family_ != net::family::ipv6) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    switch (c.code) {
        case IPV6_V6ONLY:
            return v6_only_option(c);
        case IPV6_UNICAST_HOPS:
            return transport_option(net::option::hop_limit, c);
        case IPV6_TCLASS:
            return transport_option(net::option::traffic_class, c);
        case IPV6_DONTFRAG:
            return transport_option(net::option::dont_fragment, c);
        case IPV6_MTU_DISCOVER:
            return translated_option(net::option::mtu_discover, c, discovery_to, discovery_from);
        case IPV6_UNICAST_IF:
            return transport_option(net::option::interface, c);
        case IPV6_RECVERR:
            return error_report_option(c);
        default:
            return {STATUS_INVALID_PARAMETER};
    }
}

socket::control_result socket::socket_option(const control_call& c) noexcept {
    switch (c.code) {
        case SO_REUSEADDR:
        case static_cast<ULONG>(SO_EXCLUSIVEADDRUSE):
            return sharing_option(c);
        case SO_WSK_SECURITY:
            return security_option(c);
        case SO_KEEPALIVE:
            return keep_alive_option(c);
        case SO_RCVBUF:
            return receive_buffer_option(c);
        case SO_CONDITIONAL_ACCEPT:
            return conditional_option(c);
        case SO_BROADCAST:
            return {STATUS_INVALID_DEVICE_REQUEST};  // of datagram sockets
        case SO_RANDOMIZE_PORT:
        case SO_PORT_SCALABILITY:
        case SO_REUSE_UNICASTPORT:
            return {sets(c) ? base::status(STATUS_SUCCESS) : base::status(STATUS_NOT_SUPPORTED)};
        case SO_LINGER:
        case SO_SNDBUF:
        case SO_SNDTIMEO:
        case SO_RCVTIMEO:
        case SO_ERROR:
        case SO_TYPE:
        case SO_PAUSE_ACCEPT:
        case SO_COMPARTMENT_ID:
        case SO_REUSE_MULTICASTPORT:
            return {STATUS_NOT_SUPPORTED};
        default:
            return {STATUS_INVALID_PARAMETER};
    }
}

socket::control_result socket::sharing_option(const control_call& c) noexcept {
    if (category_ == category::basic) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    bool& mine = c.code == SO_REUSEADDR ? reuse_address_ : exclusive_address_;
    const bool other = c.code == SO_REUSEADDR ? exclusive_address_ : reuse_address_;
    if (!sets(c)) {
        return answer(c, mine);
    }
    ULONG value = 0;
    if (!take_ulong(c, value) || (value != 0 && other)) {
        return {STATUS_INVALID_PARAMETER};
    }
    if (state_ != socket_state::created) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    mine = value != 0;
    return {STATUS_SUCCESS};
}

descriptor_cache& socket::descriptors() const noexcept {
    return home_->machine().get<subsystem>().descriptors();
}

/// The value is a pointer to a descriptor in the client's cache. A get gives the driver a reference
/// of its own; where none was applied, one of a descriptor that stands for the default.
socket::control_result socket::security_option(const control_call& c) noexcept {
    if (category_ == category::basic) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    PSECURITY_DESCRIPTOR copy = nullptr;
    if (!sets(c)) {
        if (c.out == nullptr || c.out_bytes < sizeof copy) {
            return {STATUS_BUFFER_TOO_SMALL};
        }
        copy = security_;
        if (copy != nullptr) {
            descriptors().reference_used(*client_, copy);
        } else if (const base::status s = descriptors().cache_default(*client_, site_, copy);
                   !s.ok()) {
            return {s};
        }
        std::memcpy(c.out, &copy, sizeof copy);
        return {STATUS_SUCCESS, sizeof copy};
    }
    if (c.in == nullptr || c.in_bytes < sizeof copy) {
        return {STATUS_INVALID_PARAMETER};
    }
    if (state_ != socket_state::created) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    std::memcpy(&copy, c.in, sizeof copy);
    bool grants = false;
    if (!descriptors().use(*client_, copy, grants)) {
        return {STATUS_INVALID_PARAMETER};
    }
    if (security_ != nullptr) {
        descriptors().end_use(*client_, security_);
    }
    security_ = copy;
    grants_sharing_ = grants;
    return {STATUS_SUCCESS};
}

/// Windows answers one byte, and takes one; a caller with room for a ULONG gets one.
socket::control_result socket::keep_alive_option(const control_call& c) noexcept {
    if (category_ == category::basic || category_ == category::datagram || !transport_) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (sets(c)) {
        ULONG value = 0;
        if (!take_ulong(c, value)) {
            if (c.in == nullptr || c.in_bytes < 1) {
                return {STATUS_INVALID_PARAMETER};
            }
            value = *static_cast<const UCHAR*>(c.in);
        }
        return {told(transport_->set_option(net::option::keep_alive, value != 0))};
    }
    int value = 0;
    const net::error e = transport_->get_option(net::option::keep_alive, value);
    if (e != net::error::none) {
        return {told(e)};
    }
    if (const control_result r = answer(c, value != 0); r.status.ok()) {
        return r;
    }
    if (c.out == nullptr || c.out_bytes < 1) {
        return {STATUS_BUFFER_TOO_SMALL};
    }
    *static_cast<UCHAR*>(c.out) = value != 0;
    return {STATUS_SUCCESS, 1};
}

socket::control_result socket::receive_buffer_option(const control_call& c) noexcept {
    if (category_ == category::basic || !transport_) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (sets(c)) {
        ULONG value = 0;
        if (!take_ulong(c, value)) {
            return {STATUS_INVALID_PARAMETER};
        }
        const int wanted = value > INT32_MAX ? INT32_MAX : static_cast<int>(value);
        const net::error e = transport_->set_option(net::option::receive_buffer, wanted);
        if (e == net::error::none) {
            receive_buffer_ = value;
            settle_receiving(false);
        }
        return {told(e)};
    }
    int value = static_cast<int>(receive_buffer_);
    if (receive_buffer_ == 0) {
        (void)transport_->get_option(net::option::receive_buffer, value);
    }
    return answer(c, static_cast<ULONG>(value));
}

socket::control_result socket::conditional_option(const control_call& c) noexcept {
    if (category_ != category::listen) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (!sets(c)) {
        return answer(c, listener_->conditional);
    }
    ULONG value = 0;
    if (!take_ulong(c, value)) {
        return {STATUS_INVALID_PARAMETER};
    }
    if (state_ != socket_state::created) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    if (value != 0 &&
        (listen_dispatch_ == nullptr || listen_dispatch_->WskInspectEvent == nullptr ||
         listen_dispatch_->WskAbortEvent == nullptr)) {
        return {STATUS_INVALID_PARAMETER};
    }
    listener_->conditional = value != 0;
    return {STATUS_SUCCESS};
}

socket::control_result socket::v6_only_option(const control_call& c) noexcept {
    if (category_ == category::basic || family_ != net::family::ipv6 || !transport_) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (!sets(c)) {
        return answer(c, v6_only_);
    }
    ULONG value = 0;
    if (!take_ulong(c, value)) {
        return {STATUS_INVALID_PARAMETER};
    }
    if (state_ != socket_state::created) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    const net::error e = transport_->set_option(net::option::v6_only, value != 0);
    if (e == net::error::none) {
        v6_only_ = value != 0;
    }
    return {told(e)};
}

socket::control_result socket::tcp_option(const control_call& c) noexcept {
    switch (c.code) {
        case TCP_NODELAY: {
            const control_result r = transport_option(net::option::no_delay, c);
            ULONG value = 0;
            if (sets(c) && r.status.ok() && take_ulong(c, value)) {
                no_delay_ = value != 0;
            }
            return r;
        }
        case TCP_KEEPIDLE:
            return transport_option(net::option::keep_idle_s, c);
        case TCP_KEEPINTVL:
            return transport_option(net::option::keep_interval_s, c);
        case TCP_KEEPCNT:
            return transport_option(net::option::keep_count, c);
        case TCP_MAXRT:
            return transport_option(net::option::user_timeout_ms, c, 1000);
        case TCP_MAXRTMS:
            return transport_option(net::option::user_timeout_ms, c);
        case TCP_FASTOPEN:
            return transport_option(net::option::fast_open, c);
        default:
            return {STATUS_INVALID_PARAMETER};
    }
}

/// ICMP errors as control information: accepted, and none is ever delivered (CTL-051).
socket::control_result socket::error_report_option(const control_call& c) noexcept {
    if (category_ == category::basic || !transport_) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (!sets(c)) {
        return answer(c, error_reports_);
    }
    ULONG value = 0;
    if (!take_ulong(c, value)) {
        return {STATUS_INVALID_PARAMETER};
    }
    error_reports_ = value != 0;
    return {STATUS_SUCCESS};
}

/// An option that the transport keeps in another form. A value without a translation is negative.
socket::control_result socket::translated_option(net::option o, const control_call& c,
                                                 int64_t (*to)(uint32_t) noexcept,
                                                 int64_t (*from)(uint32_t) noexcept) noexcept {
    ULONG value = 0;
    control_call inner = c;
    if (sets(c)) {
        if (!take_ulong(c, value)) {
            return {STATUS_INVALID_PARAMETER};
        }
        const int64_t translated = to(value);
        if (translated < 0) {
            return {STATUS_INVALID_PARAMETER};
        }
        value = static_cast<ULONG>(translated);
        inner.in = &value;
        return transport_option(o, inner);
    }
    if (c.out == nullptr || c.out_bytes < sizeof value) {
        return {STATUS_BUFFER_TOO_SMALL};
    }
    inner.out = &value;
    const control_result r = transport_option(o, inner);
    return r.status.ok() ? answer(c, static_cast<ULONG>(from(value))) : r;
}

/// An option that the transport keeps, in units of `unit` of its own.
socket::control_result socket::transport_option(net::option o, const control_call& c,
                                                uint32_t unit) noexcept {
    if (category_ == category::basic || !transport_) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (sets(c)) {
        ULONG value = 0;
        if (!take_ulong(c, value) || value > INT32_MAX / unit) {
            return {STATUS_INVALID_PARAMETER};
        }
        return {told(transport_->set_option(o, static_cast<int>(value * unit)))};
    }
    int value = 0;
    const net::error e = transport_->get_option(o, value);
    if (e != net::error::none) {
        return {told(e)};
    }
    return answer(c, static_cast<ULONG>(value) / unit);
}

}  // namespace wsk
