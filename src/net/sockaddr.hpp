// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Between net's values and the Linux kernel's: addresses and errno. The only place that knows
// either mapping. Private to src/net (and its tests).

#pragma once

#include <sys/socket.h>

#include "net/address.hpp"
#include "net/error.hpp"

namespace net {

/// Fills out and answers the length the kernel expects; zero for family none.
socklen_t to_sockaddr(const address& a, sockaddr_storage& out) noexcept;

/// Family none when the kernel's address is neither IPv4 nor IPv6 or is too short.
address from_sockaddr(const sockaddr_storage& in, socklen_t length) noexcept;

/// One row of the errno table.
struct errno_row {
    int number;
    error value;
};

/// The whole table; every errno that is not in it is error::unexpected.
struct errno_table {
    const errno_row* begin() const noexcept;
    const errno_row* end() const noexcept;
};

/// What a failed call means. EINTR is the caller's business and must not be passed.
error error_of(int number) noexcept;

/// AF_INET or AF_INET6.
int family_number(family f) noexcept;

}  // namespace net
