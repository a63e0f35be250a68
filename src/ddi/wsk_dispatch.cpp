// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The functions of the socket dispatch tables, and the tables. Each function: the edge, the socket
// behind the pointer, the call inside.
//
// Documents: WSK_PROVIDER_BASIC_DISPATCH, WSK_PROVIDER_LISTEN_DISPATCH,
// WSK_PROVIDER_CONNECTION_DISPATCH, WSK_PROVIDER_STREAM_DISPATCH and the pages of their members.

#include "wsk/dispatch.hpp"

#include "ke/edge.hpp"
#include "wsk/sockets.hpp"

namespace {

using wsk::category;
using wsk::in;

constexpr uint8_t every = in(category::basic) | in(category::listen) | in(category::datagram) |
                          in(category::connection) | in(category::stream);
constexpr uint8_t bound = in(category::listen) | in(category::connection) | in(category::stream);
constexpr uint8_t listening = in(category::listen) | in(category::stream);
constexpr uint8_t connected = in(category::connection) | in(category::stream);

NTSTATUS NTAPI control_socket(PWSK_SOCKET Socket, WSK_CONTROL_SOCKET_TYPE RequestType,
                              ULONG ControlCode, ULONG Level, SIZE_T InputSize, PVOID InputBuffer,
                              SIZE_T OutputSize, PVOID OutputBuffer, SIZE_T* OutputSizeReturned,
                              PIRP Irp) {
    OPENWSK_EDGE_AS("WskControlSocket");
    wsk::socket_call call(e, Socket, every);
    if (!call) {
        return call.refuse(Irp).code();
    }
    return call
        ->control({RequestType, ControlCode, Level, InputSize, InputBuffer, OutputSize,
                   OutputBuffer, OutputSizeReturned},
                  Irp, e)
        .code();
}

NTSTATUS NTAPI close_socket(PWSK_SOCKET Socket, PIRP Irp) {
    OPENWSK_EDGE_AS("WskCloseSocket");
    wsk::socket_call call(e, Socket, every);
    return (call ? call->close(Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI bind(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, ULONG Flags, PIRP Irp) {
    OPENWSK_EDGE_AS("WskBind");
    wsk::socket_call call(e, Socket, bound);
    return (call ? call->bind(LocalAddress, Flags, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI listen(PWSK_SOCKET Socket, PIRP Irp) {
    OPENWSK_EDGE_AS("WskListen");
    wsk::socket_call call(e, Socket, in(category::stream));
    return (call ? call->listen(Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI accept(PWSK_SOCKET ListenSocket, ULONG Flags, PVOID AcceptSocketContext,
                      const WSK_CLIENT_CONNECTION_DISPATCH* AcceptSocketDispatch,
                      PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress, PIRP Irp) {
    OPENWSK_EDGE_AS("WskAccept");
    wsk::socket_call call(e, ListenSocket, listening);
    return (call ? call->accept(Flags, AcceptSocketContext, AcceptSocketDispatch, LocalAddress,
                                RemoteAddress, Irp, e)
                 : call.refuse(Irp))
        .code();
}

NTSTATUS NTAPI inspect_complete(PWSK_SOCKET ListenSocket, PWSK_INSPECT_ID InspectID,
                                WSK_INSPECT_ACTION Action, PIRP Irp) {
    OPENWSK_EDGE_AS("WskInspectComplete");
    wsk::socket_call call(e, ListenSocket, in(category::listen));
    return (call ? call->inspect_complete(InspectID, Action, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI get_local_address(PWSK_SOCKET Socket, PSOCKADDR LocalAddress, PIRP Irp) {
    OPENWSK_EDGE_AS("WskGetLocalAddress");
    wsk::socket_call call(e, Socket, bound);
    return (call ? call->get_address(false, LocalAddress, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI get_remote_address(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PIRP Irp) {
    OPENWSK_EDGE_AS("WskGetRemoteAddress");
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->get_address(true, RemoteAddress, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI connect(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, ULONG Flags, PIRP Irp) {
    OPENWSK_EDGE_AS("WskConnect");
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->connect(RemoteAddress, nullptr, Flags, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI connect_ex(PWSK_SOCKET Socket, PSOCKADDR RemoteAddress, PWSK_BUF Buffer, ULONG Flags,
                          PIRP Irp) {
    OPENWSK_EDGE_AS("WskConnectEx");
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->connect(RemoteAddress, Buffer, Flags, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI send(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp) {
    OPENWSK_EDGE_AS("WskSend");
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->send(Buffer, Flags, Irp, e) : call.refuse(Irp)).code();
}

// TCP carries no control information, so the Ex forms are the plain ones with none.
NTSTATUS NTAPI send_ex(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, ULONG ControlInfoLength,
                       PCMSGHDR, PIRP Irp) {
    OPENWSK_EDGE_AS("WskSendEx");
    wsk::socket_call call(e, Socket, connected);
    if (!call) {
        return call.refuse(Irp).code();
    }
    if (ControlInfoLength != 0) {
        return Irp != nullptr ? io::fail(Irp, e, STATUS_NOT_SUPPORTED).code()
                              : STATUS_INVALID_PARAMETER;
    }
    return call->send(Buffer, Flags, Irp, e).code();
}

NTSTATUS NTAPI receive(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp) {
    OPENWSK_EDGE_AS("WskReceive");
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->receive(Buffer, Flags, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI receive_ex(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags,
                          PULONG ControlInfoLength, PCMSGHDR, PULONG ControlFlags, PIRP Irp) {
    OPENWSK_EDGE_AS("WskReceiveEx");
    wsk::socket_call call(e, Socket, connected);
    if (!call) {
        return call.refuse(Irp).code();
    }
    if (ControlFlags != nullptr) {
        return Irp != nullptr ? io::fail(Irp, e, STATUS_INVALID_PARAMETER).code()
                              : STATUS_INVALID_PARAMETER;
    }
    if (ControlInfoLength != nullptr) {
        *ControlInfoLength = 0;
    }
    return call->receive(Buffer, Flags, Irp, e).code();
}

NTSTATUS NTAPI disconnect(PWSK_SOCKET Socket, PWSK_BUF Buffer, ULONG Flags, PIRP Irp) {
    OPENWSK_EDGE_AS("WskDisconnect");
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->disconnect(Buffer, Flags, Irp, e) : call.refuse(Irp)).code();
}

NTSTATUS NTAPI release(PWSK_SOCKET Socket, PWSK_DATA_INDICATION DataIndication) {
    OPENWSK_EDGE_AS("WskRelease");
    auto& all = e.machine().get<wsk::sockets>();
    if (all.release_late(Socket, DataIndication)) {
        return STATUS_SUCCESS;
    }
    wsk::socket_call call(e, Socket, connected);
    return (call ? call->release(DataIndication, e) : call.status()).code();
}

constexpr WSK_PROVIDER_BASIC_DISPATCH basic_table() noexcept {
    return {control_socket, close_socket};
}

constexpr WSK_PROVIDER_LISTEN_DISPATCH listen_table() noexcept {
    WSK_PROVIDER_LISTEN_DISPATCH t = {};
    t.Basic = basic_table();
    t.WskBind = bind;
    t.WskAccept = accept;
    t.WskInspectComplete = inspect_complete;
    t.WskGetLocalAddress = get_local_address;
    return t;
}

constexpr WSK_PROVIDER_CONNECTION_DISPATCH connection_table() noexcept {
    WSK_PROVIDER_CONNECTION_DISPATCH t = {};
    t.Basic = basic_table();
    t.WskBind = bind;
    t.WskConnect = connect;
    t.WskGetLocalAddress = get_local_address;
    t.WskGetRemoteAddress = get_remote_address;
    t.WskSend = send;
    t.WskReceive = receive;
    t.WskDisconnect = disconnect;
    t.WskRelease = release;
    t.WskConnectEx = connect_ex;
    t.WskSendEx = send_ex;
    t.WskReceiveEx = receive_ex;
    return t;
}

constexpr WSK_PROVIDER_STREAM_DISPATCH stream_table() noexcept {
    WSK_PROVIDER_STREAM_DISPATCH t = {};
    t.Basic = basic_table();
    t.WskBind = bind;
    t.WskAccept = accept;
    t.WskConnect = connect;
    t.WskListen = listen;
    t.WskSend = send;
    t.WskReceive = receive;
    t.WskDisconnect = disconnect;
    t.WskRelease = release;
    t.WskGetLocalAddress = get_local_address;
    t.WskGetRemoteAddress = get_remote_address;
    t.WskConnectEx = connect_ex;
    t.WskSendEx = send_ex;
    t.WskReceiveEx = receive_ex;
    return t;
}

}  // namespace

namespace wsk {

constinit const WSK_PROVIDER_BASIC_DISPATCH basic_dispatch = basic_table();
constinit const WSK_PROVIDER_LISTEN_DISPATCH listen_dispatch = listen_table();
constinit const WSK_PROVIDER_CONNECTION_DISPATCH connection_dispatch = connection_table();
constinit const WSK_PROVIDER_STREAM_DISPATCH stream_dispatch = stream_table();

}  // namespace wsk
