// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Documents: WskSocket, WskSocketConnect, "AF_INET", "AF_INET6" (which combinations exist).

#include "wsk/create.hpp"

#include "wdk/abi/ntstatus.h"
#include "wsk/address.hpp"
#include "wsk/sockets.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {
namespace {

/// False for more than one category bit, or an unknown one.
bool category_of(ULONG flags, category& out) noexcept {
    switch (flags) {
        case WSK_FLAG_BASIC_SOCKET:
            out = category::basic;
            return true;
        case WSK_FLAG_LISTEN_SOCKET:
            out = category::listen;
            return true;
        case WSK_FLAG_CONNECTION_SOCKET:
            out = category::connection;
            return true;
        case WSK_FLAG_DATAGRAM_SOCKET:
            out = category::datagram;
            return true;
        case WSK_FLAG_STREAM_SOCKET:
            out = category::stream;
            return true;
        default:
            return false;
    }
}

/// The combinations that can be created. As on Windows a listening socket can be made for UDP; its
/// bind fails.
bool offered(category c, USHORT type, ULONG protocol) noexcept {
    const bool tcp = type == SOCK_STREAM && protocol == IPPROTO_TCP;
    const bool udp = type == SOCK_DGRAM && protocol == IPPROTO_UDP;
    switch (c) {
        case category::basic:
            return tcp || udp || type == SOCK_RAW;
        case category::listen:
            return tcp || udp;
        case category::connection:
        case category::stream:
            return tcp;
        case category::datagram:
            break;  // no datagram sockets yet
    }
    return false;
}

// A descriptor must be one that this client has cached (SOCK-027).
bool is_cached(client& owner, PSECURITY_DESCRIPTOR security, const ke::edge& e) noexcept {
    return security == nullptr || e.machine().get<subsystem>().descriptors().find(owner, security);
}

}  // namespace

base::status create_socket(client& owner, const socket_request& q, IRP* irp,
                           const ke::edge& e) noexcept {
    creation how;
    how.type = q.type;
    how.protocol = q.protocol;
    how.context = q.context;
    how.dispatch = q.dispatch;
    how.security = q.security;
    how.site = e.caller();
    how.family = family_of(q.family);
    if (!category_of(q.flags, how.category) || !is_cached(owner, q.security, e)) {
        return io::fail(irp, e, STATUS_INVALID_PARAMETER);
    }
    if (how.family == net::family::none || !offered(how.category, q.type, q.protocol)) {
        return io::fail(irp, e, STATUS_NOT_SUPPORTED);
    }
    if (!owner.accepts_sockets()) {
        return io::fail(irp, e, STATUS_DEVICE_NOT_READY);
    }
    base::result<socket*> made = e.machine().get<sockets>().create(owner, how);
    if (!made.ok()) {
        return io::fail(irp, e, made.status());
    }
    return made.value()->complete_creation(irp, e);
}

base::status create_connected(client& owner, const socket_request& q, const SOCKADDR* local,
                              const SOCKADDR* remote, ULONG flags, IRP* irp,
                              const ke::edge& e) noexcept {
    creation how;
    how.category = category::connection;
    how.type = q.type;
    how.protocol = q.protocol;
    how.context = q.context;
    how.dispatch = q.dispatch;
    how.security = q.security;
    how.site = e.caller();
    if (local == nullptr || remote == nullptr || flags != 0 || !is_cached(owner, q.security, e)) {
        return io::fail(irp, e, STATUS_INVALID_PARAMETER);
    }
    how.family = family_of(local->sa_family);
    if (how.family == net::family::none || !offered(how.category, q.type, q.protocol)) {
        return io::fail(irp, e, STATUS_NOT_SUPPORTED);
    }
    net::address from;
    net::address to;
    if (!read_address(local, how.family, from) || !read_address(remote, how.family, to)) {
        return io::fail(irp, e, STATUS_INVALID_PARAMETER);
    }
    if (!owner.accepts_sockets()) {
        return io::fail(irp, e, STATUS_DEVICE_NOT_READY);
    }
    base::result<socket*> made = e.machine().get<sockets>().create(owner, how);
    if (!made.ok()) {
        return io::fail(irp, e, made.status());
    }
    return made.value()->connect_created(from, to, irp, e);
}

}  // namespace wsk
