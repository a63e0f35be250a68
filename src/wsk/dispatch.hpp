// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The dispatch tables that sockets carry. They hold edges, so src/ddi/wsk_dispatch.cpp defines
// them.

#pragma once

#include "wdk/abi/wsk.h"
#include "wsk/socket.hpp"

namespace wsk {

// Of WSK_PROVIDER_DISPATCH; defined in src/ddi/wsk_socket.cpp.
WSK_SOCKET_FN provider_socket;
WSK_SOCKET_CONNECT_FN provider_socket_connect;
// Defined in src/ddi/wsk_client_control.cpp.
WSK_CONTROL_CLIENT_FN provider_control_client;
// Defined in src/ddi/wsk_address_info.cpp.
WSK_GET_ADDRESS_INFO_FN provider_get_address_info;
WSK_FREE_ADDRESS_INFO_FN provider_free_address_info;
WSK_GET_NAME_INFO_FN provider_get_name_info;

extern const WSK_PROVIDER_BASIC_DISPATCH basic_dispatch;
extern const WSK_PROVIDER_LISTEN_DISPATCH listen_dispatch;
extern const WSK_PROVIDER_CONNECTION_DISPATCH connection_dispatch;
extern const WSK_PROVIDER_STREAM_DISPATCH stream_dispatch;

inline const void* dispatch_of(category c) noexcept {
    switch (c) {
        case category::listen:
            return &listen_dispatch;
        case category::connection:
            return &connection_dispatch;
        case category::stream:
            return &stream_dispatch;
        case category::basic:
        case category::datagram:
            break;
    }
    return &basic_dispatch;
}

}  // namespace wsk
