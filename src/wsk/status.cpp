// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/status.hpp"

#include "base/assert.hpp"

namespace wsk {

base::status status_of(net::error e) noexcept {
    switch (e) {
        case net::error::none:
            return STATUS_SUCCESS;
        case net::error::cancelled:
            return STATUS_CANCELLED;
        case net::error::address_in_use:
            return STATUS_ADDRESS_ALREADY_EXISTS;
        case net::error::address_not_available:
            return STATUS_INVALID_ADDRESS_COMPONENT;
        case net::error::no_free_port:
            return STATUS_TOO_MANY_ADDRESSES;
        case net::error::access_denied:
            return STATUS_ACCESS_DENIED;
        case net::error::connection_refused:
            return STATUS_CONNECTION_REFUSED;
        case net::error::connection_reset:
            return STATUS_CONNECTION_RESET;
        case net::error::connection_aborted:
            return STATUS_CONNECTION_ABORTED;
        case net::error::timed_out:
            return STATUS_IO_TIMEOUT;
        case net::error::network_unreachable:
            return STATUS_NETWORK_UNREACHABLE;
        case net::error::host_unreachable:
            return STATUS_HOST_UNREACHABLE;
        case net::error::host_down:
            return STATUS_HOST_DOWN;
        case net::error::not_connected:
        case net::error::already_connected:
            return STATUS_INVALID_DEVICE_STATE;
        case net::error::message_too_large:
            return STATUS_INVALID_BUFFER_SIZE;
        case net::error::not_supported:
            return STATUS_NOT_SUPPORTED;
        case net::error::protocol_not_supported:
            return STATUS_PROTOCOL_NOT_SUPPORTED;
        case net::error::invalid_argument:
            return STATUS_INVALID_PARAMETER;
        case net::error::no_resources:
            return STATUS_INSUFFICIENT_RESOURCES;
        case net::error::dead:
            return STATUS_FILE_FORCED_CLOSED;
        case net::error::unexpected:
            return STATUS_UNSUCCESSFUL;
        case net::error::would_block:
        case net::error::count_:
            break;
    }
    OPENWSK_UNREACHABLE("an error without a status");
}

bool ends_connection(net::error e) noexcept {
    return e == net::error::connection_reset || e == net::error::connection_aborted ||
           e == net::error::timed_out || e == net::error::dead;
}

}  // namespace wsk
