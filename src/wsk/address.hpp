// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// SOCKADDR_IN and SOCKADDR_IN6 as drivers pass them, to and from the transport's addresses.
// Exactly 16 or 28 bytes are read and written, never more: drivers pass buffers of that size.
// Plain functions; any IRQL.

#pragma once

#include "net/address.hpp"
#include "wdk/abi/ws2def.h"

namespace wsk {

/// The transport's name of a Windows address family; none for any but AF_INET and AF_INET6.
net::family family_of(ADDRESS_FAMILY f) noexcept;

/// Bytes of a sockaddr of the family.
size_t sockaddr_bytes(net::family f) noexcept;

/// False when from is null or not of the wanted family.
bool read_address(const SOCKADDR* from, net::family wanted, net::address& out) noexcept;

/// Writes an address in the form of a socket of family f (an IPv4 address becomes v4-mapped).
void write_address(const net::address& from, net::family f, SOCKADDR* to) noexcept;

/// "127.0.0.1:40007", "[::1]:40007"; truncated to fit.
void format_address(const net::address& a, char* out, size_t bytes) noexcept;

}  // namespace wsk
