// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Both spellings of the basic members of a provider's dispatch tables, in C and in C++.

#include <ntddk.h>
#include <wsk.h>

NTSTATUS close_both_ways(PWSK_SOCKET Socket, PIRP Irp);
NTSTATUS close_both_ways(PWSK_SOCKET Socket, PIRP Irp) {
    PWSK_PROVIDER_CONNECTION_DISPATCH connection =
        (PWSK_PROVIDER_CONNECTION_DISPATCH)Socket->Dispatch;
    const WSK_PROVIDER_LISTEN_DISPATCH* listen =
        (const WSK_PROVIDER_LISTEN_DISPATCH*)Socket->Dispatch;
    PWSK_PROVIDER_DATAGRAM_DISPATCH datagram = (PWSK_PROVIDER_DATAGRAM_DISPATCH)Socket->Dispatch;
    PWSK_PROVIDER_STREAM_DISPATCH stream = (PWSK_PROVIDER_STREAM_DISPATCH)Socket->Dispatch;
    const WSK_PROVIDER_BASIC_DISPATCH* basic = (const WSK_PROVIDER_BASIC_DISPATCH*)Socket->Dispatch;
    const WSK_PROVIDER_BASIC_DISPATCH* same = &connection->Basic;

    connection->WskCloseSocket(Socket, Irp);
    connection->Basic.WskCloseSocket(Socket, Irp);
    listen->WskControlSocket(Socket, WskIoctl, 0, 0, 0, NULL, 0, NULL, NULL, Irp);
    listen->Basic.WskControlSocket(Socket, WskIoctl, 0, 0, 0, NULL, 0, NULL, NULL, Irp);
    datagram->WskCloseSocket(Socket, Irp);
    datagram->Basic.WskCloseSocket(Socket, Irp);
    stream->WskCloseSocket(Socket, Irp);
    stream->Basic.WskCloseSocket(Socket, Irp);
    same->WskCloseSocket(Socket, Irp);
    return basic->WskCloseSocket(Socket, Irp);
}
