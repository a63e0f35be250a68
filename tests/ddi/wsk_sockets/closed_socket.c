// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Every function with a socket that was closed, and with a pointer that never was one: refused
// inside, reported, and nothing else happens. SOCK-086, SOCK-088.
// exit: 1
// output: wsk-bad-socket
// output: WskControlSocket: .* is a socket that was closed
// output: WskCloseSocket: .* is a socket that was closed
// output: WskSend: .* is no socket

#include "wsk_calls.h"

static WSK_BUF nothing;
static SOCKADDR_IN address;

#define REFUSED(Call) CALL_REFUSED(Call, STATUS_INVALID_HANDLE)

static void every_function(PWSK_SOCKET s, const WSK_PROVIDER_LISTEN_DISPATCH* l,
                           const WSK_PROVIDER_CONNECTION_DISPATCH* c,
                           const WSK_PROVIDER_STREAM_DISPATCH* t) {
    PSOCKADDR a = (PSOCKADDR)&address;
    WSK_INSPECT_ID id = {1, 1};
    ULONG value = 0;
    REFUSED(l->WskControlSocket(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, NULL, 4, &value, NULL,
                                wsk_ready()));
    CHECK_STATUS(l->WskControlSocket(s, WskGetOption, SO_KEEPALIVE, SOL_SOCKET, 0, NULL, 4, &value,
                                     NULL, NULL),
                 STATUS_INVALID_HANDLE);
    REFUSED(l->WskBind(s, a, 0, wsk_ready()));
    REFUSED(l->WskAccept(s, 0, NULL, NULL, NULL, NULL, wsk_ready()));
    REFUSED(l->WskInspectComplete(s, &id, WskInspectAccept, wsk_ready()));
    REFUSED(l->WskGetLocalAddress(s, a, wsk_ready()));
    REFUSED(c->WskConnect(s, a, 0, wsk_ready()));
    REFUSED(c->WskConnectEx(s, a, NULL, 0, wsk_ready()));
    REFUSED(c->WskGetRemoteAddress(s, a, wsk_ready()));
    REFUSED(c->WskSend(s, &nothing, 0, wsk_ready()));
    REFUSED(c->WskSendEx(s, &nothing, 0, 0, NULL, wsk_ready()));
    REFUSED(c->WskReceive(s, &nothing, 0, wsk_ready()));
    REFUSED(c->WskReceiveEx(s, &nothing, 0, NULL, NULL, NULL, wsk_ready()));
    REFUSED(c->WskDisconnect(s, NULL, 0, wsk_ready()));
    CHECK_STATUS(c->WskRelease(s, NULL), STATUS_INVALID_HANDLE);
    REFUSED(t->WskListen(s, wsk_ready()));
    REFUSED(l->WskCloseSocket(s, wsk_ready()));
    // Without an IRP as well.
    CHECK_STATUS(l->WskCloseSocket(s, NULL), STATUS_INVALID_HANDLE);
    CHECK_STATUS(c->WskSend(s, &nothing, 0, NULL), STATUS_INVALID_HANDLE);
    CHECK_EQ(value, 0);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PWSK_SOCKET listening;
    PWSK_SOCKET connection;
    PWSK_SOCKET stream;
    const WSK_PROVIDER_LISTEN_DISPATCH* l;
    const WSK_PROVIDER_CONNECTION_DISPATCH* c;
    const WSK_PROVIDER_STREAM_DISPATCH* t;
    WSK_SOCKET mine;

    UNREFERENCED_PARAMETER(driver);
    address = wsk_loopback(0);
    wsk_begin();
    listening = wsk_socket(WSK_FLAG_LISTEN_SOCKET);
    connection = wsk_socket(WSK_FLAG_CONNECTION_SOCKET);
    stream = wsk_socket(WSK_FLAG_STREAM_SOCKET);
    l = (const WSK_PROVIDER_LISTEN_DISPATCH*)listening->Dispatch;
    c = (const WSK_PROVIDER_CONNECTION_DISPATCH*)connection->Dispatch;
    t = (const WSK_PROVIDER_STREAM_DISPATCH*)stream->Dispatch;
    wsk_close(listening);
    wsk_close(connection);
    wsk_close(stream);

    every_function(listening, l, c, t);
    every_function(connection, l, c, t);
    every_function(stream, l, c, t);
    mine.Dispatch = c;
    REFUSED(c->WskSend(&mine, &nothing, 0, wsk_ready()));
    every_function(&mine, l, c, t);
    every_function(NULL, l, c, t);
    wsk_end();
}
