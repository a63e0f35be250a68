// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Functions of one dispatch table called for a socket that has another: each is refused inside and
// reported with its name.
// exit: 1
// output: wsk-wrong-category
// output: WskBind was called for a basic socket
// output: WskSend was called for a basic socket
// output: WskConnect was called for a basic socket
// output: WskAccept was called for a basic socket
// output: WskListen was called for a connection socket
// output: WskInspectComplete was called for a stream socket

#include "wsk_calls.h"

static WSK_BUF nothing;
static SOCKADDR_IN address;

#define REFUSED(Call) CALL_REFUSED(Call, STATUS_INVALID_DEVICE_REQUEST)

static void of_a_connection(const WSK_PROVIDER_CONNECTION_DISPATCH* d, PWSK_SOCKET s) {
    PSOCKADDR a = (PSOCKADDR)&address;
    REFUSED(d->WskConnect(s, a, 0, wsk_ready()));
    REFUSED(d->WskConnectEx(s, a, NULL, 0, wsk_ready()));
    REFUSED(d->WskGetRemoteAddress(s, a, wsk_ready()));
    REFUSED(d->WskSend(s, &nothing, 0, wsk_ready()));
    REFUSED(d->WskSendEx(s, &nothing, 0, 0, NULL, wsk_ready()));
    REFUSED(d->WskReceive(s, &nothing, 0, wsk_ready()));
    REFUSED(d->WskReceiveEx(s, &nothing, 0, NULL, NULL, NULL, wsk_ready()));
    REFUSED(d->WskDisconnect(s, NULL, 0, wsk_ready()));
    CHECK_STATUS(d->WskRelease(s, NULL), STATUS_INVALID_DEVICE_REQUEST);
}

static void of_a_listener(const WSK_PROVIDER_LISTEN_DISPATCH* d, PWSK_SOCKET s) {
    WSK_INSPECT_ID id = {1, 1};
    REFUSED(d->WskAccept(s, 0, NULL, NULL, NULL, NULL, wsk_ready()));
    REFUSED(d->WskInspectComplete(s, &id, WskInspectAccept, wsk_ready()));
}

static void run_checks(PDRIVER_OBJECT driver) {
    PWSK_SOCKET basic;
    PWSK_SOCKET listening;
    PWSK_SOCKET connection;
    PWSK_SOCKET stream;
    const WSK_PROVIDER_LISTEN_DISPATCH* as_listener;
    const WSK_PROVIDER_CONNECTION_DISPATCH* as_connection;
    const WSK_PROVIDER_STREAM_DISPATCH* as_stream;
    WSK_INSPECT_ID id = {1, 1};

    UNREFERENCED_PARAMETER(driver);
    address = wsk_loopback(0);
    wsk_begin();
    basic = wsk_socket(WSK_FLAG_BASIC_SOCKET);
    listening = wsk_socket(WSK_FLAG_LISTEN_SOCKET);
    connection = wsk_socket(WSK_FLAG_CONNECTION_SOCKET);
    stream = wsk_socket(WSK_FLAG_STREAM_SOCKET);
    as_listener = (const WSK_PROVIDER_LISTEN_DISPATCH*)listening->Dispatch;
    as_connection = (const WSK_PROVIDER_CONNECTION_DISPATCH*)connection->Dispatch;
    as_stream = (const WSK_PROVIDER_STREAM_DISPATCH*)stream->Dispatch;

    REFUSED(as_listener->WskBind(basic, (PSOCKADDR)&address, 0, wsk_ready()));
    REFUSED(as_listener->WskGetLocalAddress(basic, (PSOCKADDR)&address, wsk_ready()));
    of_a_listener(as_listener, basic);
    of_a_listener(as_listener, connection);
    of_a_connection(as_connection, basic);
    of_a_connection(as_connection, listening);
    REFUSED(as_stream->WskListen(basic, wsk_ready()));
    REFUSED(as_stream->WskListen(listening, wsk_ready()));
    REFUSED(as_stream->WskListen(connection, wsk_ready()));
    REFUSED(as_listener->WskInspectComplete(stream, &id, WskInspectAccept, wsk_ready()));

    wsk_close(basic);
    wsk_close(listening);
    wsk_close(connection);
    wsk_close(stream);
    wsk_end();
}
