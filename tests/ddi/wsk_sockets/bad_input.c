// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Every function of the three dispatch tables with what a driver should not pass: no IRP, no
// pointers, wrong flags, a state in which it makes no sense. Each call is refused inside, and
// completes its IRP exactly once; at DISPATCH_LEVEL as well. SOCK-011, SOCK-012, SOCK-075,
// CONN-002, CONN-004, IRP-002.

#include "wsk_calls.h"

static WSK_BUF no_mdl = {NULL, 0, 4};
static WSK_BUF nothing;
static SOCKADDR_IN address;
static ULONG value;

static void basic_functions(PWSK_SOCKET s) {
    const WSK_PROVIDER_BASIC_DISPATCH* d = wsk_basic(s);
    WSK_EVENT_CALLBACK_CONTROL no_npi = {NULL, WSK_EVENT_RECEIVE};
    CHECK_STATUS(d->WskCloseSocket(s, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, (WSK_CONTROL_SOCKET_TYPE)3, SO_KEEPALIVE, SOL_SOCKET, 0,
                                     NULL, 0, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(
        d->WskControlSocket(s, (WSK_CONTROL_SOCKET_TYPE)-1, 0, 0, 0, NULL, 0, NULL, NULL, NULL),
        STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                                     sizeof no_npi, NULL, 0, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(d->WskControlSocket(s, WskSetOption, SO_WSK_EVENT_CALLBACK, SOL_SOCKET,
                                     sizeof no_npi, &no_npi, 0, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, 0x7777, SOL_SOCKET, 4, &value, 0, NULL, NULL,
                                     wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(
        d->WskControlSocket(s, WskGetOption, 1, 12345, 0, NULL, 4, &value, NULL, wsk_ready()),
        STATUS_NOT_SUPPORTED);
    CALL_REFUSED(
        d->WskControlSocket(s, WskIoctl, 0x12345678, 0, 0, NULL, 0, NULL, NULL, wsk_ready()),
        STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(d->WskControlSocket(s, WskIoctl, SIO_WSK_QUERY_RECEIVE_BACKLOG, 0, 0, NULL, 0,
                                     NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
}

// Options with NULL where their value should be.
static void option_functions(PWSK_SOCKET s) {
    const WSK_PROVIDER_BASIC_DISPATCH* d = wsk_basic(s);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, SO_REUSEADDR, SOL_SOCKET, 4, NULL, 0, NULL,
                                     NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskGetOption, SO_REUSEADDR, SOL_SOCKET, 0, NULL, 4, NULL,
                                     NULL, wsk_ready()),
                 STATUS_BUFFER_TOO_SMALL);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, SO_KEEPALIVE, SOL_SOCKET, 4, NULL, 0, NULL,
                                     NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, NULL, 4, NULL,
                                     NULL, wsk_ready()),
                 STATUS_BUFFER_TOO_SMALL);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, SO_RCVBUF, SOL_SOCKET, 4, NULL, 0, NULL, NULL,
                                     wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskGetOption, SO_WSK_SECURITY, SOL_SOCKET, 0, NULL, 8, NULL,
                                     NULL, wsk_ready()),
                 STATUS_BUFFER_TOO_SMALL);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, SO_WSK_SECURITY, SOL_SOCKET, 8, NULL, 0, NULL,
                                     NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskSetOption, TCP_NODELAY, IPPROTO_TCP, 4, NULL, 0, NULL,
                                     NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskControlSocket(s, WskGetOption, IP_MTU_DISCOVER, IPPROTO_IP, 0, NULL, 4, NULL,
                                     NULL, wsk_ready()),
                 STATUS_BUFFER_TOO_SMALL);
    CALL_REFUSED(d->WskControlSocket(s, WskIoctl, SIO_WSK_REGISTER_EXTENSION, 0,
                                     sizeof(WSK_EXTENSION_CONTROL_IN), NULL,
                                     sizeof(WSK_EXTENSION_CONTROL_OUT), NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
}

// A listening socket that is not bound.
static void listen_functions(PWSK_SOCKET s) {
    const WSK_PROVIDER_LISTEN_DISPATCH* d = (const WSK_PROVIDER_LISTEN_DISPATCH*)s->Dispatch;
    WSK_INSPECT_ID id = {1, 1};
    CHECK_STATUS(d->WskBind(s, (PSOCKADDR)&address, 0, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskBind(s, NULL, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskBind(s, (PSOCKADDR)&address, 1, wsk_ready()), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(d->WskAccept(s, 0, NULL, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskAccept(s, 1, NULL, NULL, NULL, NULL, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskAccept(s, 0, NULL, NULL, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(d->WskInspectComplete(s, &id, WskInspectAccept, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskInspectComplete(s, NULL, WskInspectAccept, wsk_ready()),
                 STATUS_INVALID_DEVICE_REQUEST);
    CHECK_STATUS(d->WskGetLocalAddress(s, (PSOCKADDR)&address, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskGetLocalAddress(s, NULL, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskGetLocalAddress(s, (PSOCKADDR)&address, wsk_ready()),
                 STATUS_INVALID_DEVICE_STATE);
}

// The functions of a connection, which both tables have, with a socket that has none.
struct connection_functions {
    PFN_WSK_BIND bind;
    PFN_WSK_CONNECT connect;
    PFN_WSK_CONNECT_EX connect_ex;
    PFN_WSK_GET_LOCAL_ADDRESS local;
    PFN_WSK_GET_REMOTE_ADDRESS remote;
    PFN_WSK_SEND send;
    PFN_WSK_SEND_EX send_ex;
    PFN_WSK_RECEIVE receive;
    PFN_WSK_RECEIVE_EX receive_ex;
    PFN_WSK_DISCONNECT disconnect;
    PFN_WSK_RELEASE_DATA_INDICATION_LIST release;
};

static void no_irp(PWSK_SOCKET s, const struct connection_functions* f) {
    PSOCKADDR a = (PSOCKADDR)&address;
    CHECK_STATUS(f->bind(s, a, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->connect(s, a, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->connect_ex(s, a, NULL, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->local(s, a, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->remote(s, a, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->send(s, &nothing, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->send_ex(s, &nothing, 0, 0, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->receive(s, &nothing, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->receive_ex(s, &nothing, 0, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->disconnect(s, NULL, 0, NULL), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(f->release(s, NULL), STATUS_INVALID_PARAMETER);
}

static void no_pointers(PWSK_SOCKET s, const struct connection_functions* f) {
    PSOCKADDR a = (PSOCKADDR)&address;
    CALL_REFUSED(f->bind(s, NULL, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->connect(s, NULL, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->connect_ex(s, NULL, NULL, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->connect_ex(s, a, &no_mdl, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->local(s, NULL, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->remote(s, NULL, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->send(s, NULL, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->send(s, &no_mdl, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->send_ex(s, NULL, 0, 0, NULL, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->receive(s, NULL, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->receive(s, &no_mdl, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->receive_ex(s, NULL, 0, NULL, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->disconnect(s, &no_mdl, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
}

static void wrong_flags_and_state(PWSK_SOCKET s, const struct connection_functions* f) {
    PSOCKADDR a = (PSOCKADDR)&address;
    ULONG control_flags = 0;
    CALL_REFUSED(f->bind(s, a, 1, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->connect(s, a, 1, wsk_ready()), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->receive(s, &nothing, WSK_FLAG_WAITALL | WSK_FLAG_DRAIN, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->receive(s, &nothing, 0x80, wsk_ready()), STATUS_NOT_SUPPORTED);
    CALL_REFUSED(f->receive_ex(s, &nothing, 0, NULL, NULL, &control_flags, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->send_ex(s, &nothing, 0, 16, NULL, wsk_ready()), STATUS_NOT_SUPPORTED);
    CALL_REFUSED(f->disconnect(s, &nothing, WSK_FLAG_ABORTIVE, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(f->connect(s, a, 0, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->connect_ex(s, a, NULL, 0, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->local(s, a, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->remote(s, a, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->send(s, &nothing, 0, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->receive(s, &nothing, 0, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->disconnect(s, NULL, 0, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CALL_REFUSED(f->disconnect(s, NULL, WSK_FLAG_ABORTIVE, wsk_ready()),
                 STATUS_INVALID_DEVICE_STATE);
}

static void connection_functions(PWSK_SOCKET s) {
    const WSK_PROVIDER_CONNECTION_DISPATCH* d =
        (const WSK_PROVIDER_CONNECTION_DISPATCH*)s->Dispatch;
    const struct connection_functions f = {
        d->WskBind,   d->WskConnect, d->WskConnectEx, d->WskGetLocalAddress, d->WskGetRemoteAddress,
        d->WskSend,   d->WskSendEx,  d->WskReceive,   d->WskReceiveEx,       d->WskDisconnect,
        d->WskRelease};
    no_irp(s, &f);
    no_pointers(s, &f);
    wrong_flags_and_state(s, &f);
}

static void stream_functions(PWSK_SOCKET s) {
    const WSK_PROVIDER_STREAM_DISPATCH* d = (const WSK_PROVIDER_STREAM_DISPATCH*)s->Dispatch;
    const struct connection_functions f = {
        d->WskBind,   d->WskConnect, d->WskConnectEx, d->WskGetLocalAddress, d->WskGetRemoteAddress,
        d->WskSend,   d->WskSendEx,  d->WskReceive,   d->WskReceiveEx,       d->WskDisconnect,
        d->WskRelease};
    no_irp(s, &f);
    no_pointers(s, &f);
    wrong_flags_and_state(s, &f);
    CHECK_STATUS(d->WskListen(s, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskListen(s, wsk_ready()), STATUS_INVALID_DEVICE_STATE);
    CHECK_STATUS(d->WskAccept(s, 0, NULL, NULL, NULL, NULL, NULL), STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskAccept(s, 0, NULL, NULL, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_DEVICE_STATE);
}

static void client_functions(void) {
    const WSK_PROVIDER_DISPATCH* d = wsk.Dispatch;
    PSOCKADDR a = (PSOCKADDR)&address;
    CHECK_STATUS(d->WskSocket(wsk.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, NULL, NULL, NULL,
                              NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskSocket(NULL, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, NULL, NULL, NULL, NULL,
                              NULL, wsk_ready()),
                 STATUS_INVALID_HANDLE);
    CALL_REFUSED(d->WskSocket(wsk.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0xffffffff, NULL, NULL,
                              NULL, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskSocketConnect(wsk.Client, SOCK_STREAM, IPPROTO_TCP, NULL, a, 0, NULL, NULL,
                                     NULL, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CALL_REFUSED(d->WskSocketConnect(wsk.Client, SOCK_STREAM, IPPROTO_TCP, a, NULL, 0, NULL, NULL,
                                     NULL, NULL, NULL, wsk_ready()),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(d->WskSocketConnect(wsk.Client, SOCK_STREAM, IPPROTO_TCP, a, a, 0, NULL, NULL,
                                     NULL, NULL, NULL, NULL),
                 STATUS_INVALID_PARAMETER);
    CHECK_STATUS(d->WskControlClient(NULL, WSK_TRANSPORT_LIST_QUERY, 0, NULL, 0, NULL, NULL, NULL),
                 STATUS_INVALID_HANDLE);
    CHECK_STATUS(d->WskControlClient(wsk.Client, 0x99, 0, NULL, 0, NULL, NULL, NULL),
                 STATUS_NOT_SUPPORTED);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PWSK_SOCKET basic;
    PWSK_SOCKET listening;
    PWSK_SOCKET connection;
    PWSK_SOCKET stream;
    KIRQL old;
    int pass;

    UNREFERENCED_PARAMETER(driver);
    address = wsk_loopback(0);
    wsk_begin();
    basic = wsk_socket(WSK_FLAG_BASIC_SOCKET);
    listening = wsk_socket(WSK_FLAG_LISTEN_SOCKET);
    connection = wsk_socket(WSK_FLAG_CONNECTION_SOCKET);
    stream = wsk_socket(WSK_FLAG_STREAM_SOCKET);
    for (pass = 0; pass < 2; ++pass) {
        KeRaiseIrql(pass == 0 ? PASSIVE_LEVEL : DISPATCH_LEVEL, &old);
        client_functions();
        basic_functions(basic);
        basic_functions(listening);
        basic_functions(connection);
        basic_functions(stream);
        option_functions(listening);
        option_functions(connection);
        option_functions(stream);
        listen_functions(listening);
        connection_functions(connection);
        stream_functions(stream);
        KeLowerIrql(old);
    }
    wsk_close(basic);
    wsk_close(listening);
    wsk_close(connection);
    wsk_close(stream);
    wsk_end();
}
