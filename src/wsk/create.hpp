// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskSocket and WskSocketConnect, behind the client object. Any IRQL <= DISPATCH_LEVEL.

#pragma once

#include "ke/edge.hpp"
#include "wsk/socket.hpp"

namespace wsk {

struct socket_request {
    ADDRESS_FAMILY family = 0;
    USHORT type = 0;
    ULONG protocol = 0;
    ULONG flags = 0;
    void* context = nullptr;
    const void* dispatch = nullptr;
    PSECURITY_DESCRIPTOR security = nullptr;
};

/// WskSocket: the IRP is completed with what is returned, or later when that is STATUS_PENDING.
base::status create_socket(client& owner, const socket_request& q, IRP* irp,
                           const ke::edge& e) noexcept;

/// WskSocketConnect; q.family and q.flags are not looked at.
base::status create_connected(client& owner, const socket_request& q, const SOCKADDR* local,
                              const SOCKADDR* remote, ULONG flags, IRP* irp,
                              const ke::edge& e) noexcept;

}  // namespace wsk
