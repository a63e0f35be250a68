// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskSocket and WskSocketConnect.
//
// OwningProcess and OwningThread select the security context of address-sharing checks on Windows;
// there is one context here.

#include "ke/edge.hpp"
#include "wsk/client.hpp"
#include "wsk/create.hpp"
#include "wsk/dispatch.hpp"

namespace wsk {

NTSTATUS NTAPI provider_socket(PWSK_CLIENT Client, ADDRESS_FAMILY AddressFamily, USHORT SocketType,
                               ULONG Protocol, ULONG Flags, PVOID SocketContext,
                               const VOID* Dispatch, PEPROCESS, PETHREAD,
                               PSECURITY_DESCRIPTOR SecurityDescriptor, PIRP Irp) {
    OPENWSK_EDGE_AS("WskSocket");
    if (Irp == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    client_call call(e.machine(), Client);
    if (!call) {
        return io::fail(Irp, e, call.status()).code();
    }
    const socket_request q = {AddressFamily, SocketType, Protocol,          Flags,
                              SocketContext, Dispatch,   SecurityDescriptor};
    return create_socket(*call, q, Irp, e).code();
}

NTSTATUS NTAPI provider_socket_connect(PWSK_CLIENT Client, USHORT SocketType, ULONG Protocol,
                                       PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress, ULONG Flags,
                                       PVOID SocketContext,
                                       const WSK_CLIENT_CONNECTION_DISPATCH* Dispatch, PEPROCESS,
                                       PETHREAD, PSECURITY_DESCRIPTOR SecurityDescriptor,
                                       PIRP Irp) {
    OPENWSK_EDGE_AS("WskSocketConnect");
    if (Irp == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    client_call call(e.machine(), Client);
    if (!call) {
        return io::fail(Irp, e, call.status()).code();
    }
    const socket_request q = {0,        SocketType,        Protocol, 0, SocketContext,
                              Dispatch, SecurityDescriptor};
    return create_connected(*call, q, LocalAddress, RemoteAddress, Flags, Irp, e).code();
}

}  // namespace wsk
