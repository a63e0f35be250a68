// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What a transport operation can end with. The set is the one the WSK layer must tell apart (it
// converts each value to exactly one NTSTATUS); errno values become these in sockaddr.cpp, by one
// table, and nowhere else.

#pragma once

#include <cstdint>

namespace net {

enum class [[nodiscard]] error : uint8_t{
    none,
    would_block,            ///< nothing happened; arm the operation
    cancelled,              ///< by cancel() or close()
    address_in_use,         ///< bind, listen, connect
    address_not_available,  ///< not a local address; connect to port 0 or to the wildcard
    no_free_port,           ///< connect or bind to port 0 with every ephemeral port taken
    access_denied,          ///< privileged port, broadcast without the option, packet filter
    connection_refused,     ///< connect
    connection_reset,       ///< the peer reset an established connection; latched
    connection_aborted,     ///< abort() on this side; latched
    timed_out,              ///< connect, keep-alive or retransmission; latched
    network_unreachable,
    host_unreachable,
    host_down,
    not_connected,
    already_connected,  ///< connected, or a connect is under way
    message_too_large,  ///< datagram larger than the transport can carry
    not_supported,
    protocol_not_supported,
    invalid_argument,
    no_resources,  ///< descriptors, memory, buffers
    dead,          ///< the descriptor itself is gone: nothing works but close()
    unexpected,    ///< an errno that no table names
    count_,
};

/// The enumerator's name, for traces and test output.
const char* name_of(error e) noexcept;

}  // namespace net
