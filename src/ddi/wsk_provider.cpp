// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WSK_PROVIDER_DISPATCH: the tables an application receives with a captured provider NPI or when it
// attaches through the NMR, one per supported version.

#include "wsk/client.hpp"
#include "wsk/dispatch.hpp"

namespace wsk {
namespace {

constexpr WSK_PROVIDER_DISPATCH table(USHORT version) noexcept {
    WSK_PROVIDER_DISPATCH t = {};
    t.Version = version;
    t.WskSocket = provider_socket;
    t.WskSocketConnect = provider_socket_connect;
    t.WskControlClient = provider_control_client;
    t.WskGetAddressInfo = provider_get_address_info;
    t.WskFreeAddressInfo = provider_free_address_info;
    t.WskGetNameInfo = provider_get_name_info;
    return t;
}

}  // namespace

constinit const WSK_PROVIDER_DISPATCH provider_dispatch_1_0 = table(MAKE_WSK_VERSION(1, 0));
constinit const WSK_PROVIDER_DISPATCH provider_dispatch_1_1 = table(MAKE_WSK_VERSION(1, 1));

}  // namespace wsk
