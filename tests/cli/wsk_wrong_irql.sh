#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# Every function of the socket dispatch tables, and of the provider's, above DISPATCH_LEVEL: a bug
# check that names the function; exit code 3. IRP-039
. "$(dirname "$0")/lib"

cat > irql.c << 'EOF'
#define CHECK_OWN_ENTRY
#include "wsk_calls.h"

static ULONG function;

static void call_one(void)
{
    static WSK_BUF nothing;
    SOCKADDR_IN address = wsk_loopback(0);
    PSOCKADDR a = (PSOCKADDR)&address;
    WSK_INSPECT_ID id = {1, 1};
    PWSK_SOCKET listening = wsk_socket(WSK_FLAG_LISTEN_SOCKET);
    PWSK_SOCKET connection = wsk_socket(WSK_FLAG_CONNECTION_SOCKET);
    PWSK_SOCKET stream = wsk_socket(WSK_FLAG_STREAM_SOCKET);
    const WSK_PROVIDER_LISTEN_DISPATCH *l = listening->Dispatch;
    const WSK_PROVIDER_CONNECTION_DISPATCH *c = connection->Dispatch;
    const WSK_PROVIDER_STREAM_DISPATCH *t = stream->Dispatch;
    const WSK_PROVIDER_DISPATCH *p = wsk.Dispatch;
    PIRP irp = wsk_ready();
    KIRQL old;

    KeRaiseIrql(DISPATCH_LEVEL + 1, &old);
    switch (function) {
    case 0: p->WskSocket(wsk.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, 0, NULL, NULL, NULL, NULL,
                         NULL, irp); break;
    case 1: p->WskSocketConnect(wsk.Client, SOCK_STREAM, IPPROTO_TCP, a, a, 0, NULL, NULL, NULL,
                                NULL, NULL, irp); break;
    case 2: p->WskControlClient(wsk.Client, 2, 0, NULL, 0, NULL, NULL, NULL); break;
    case 3: l->WskControlSocket(listening, WskGetOption, 8, SOL_SOCKET, 0, NULL, 0, NULL, NULL,
                                NULL); break;
    case 4: l->WskCloseSocket(listening, irp); break;
    case 5: l->WskBind(listening, a, 0, irp); break;
    case 6: l->WskAccept(listening, 0, NULL, NULL, NULL, NULL, irp); break;
    case 7: l->WskInspectComplete(listening, &id, WskInspectAccept, irp); break;
    case 8: l->WskGetLocalAddress(listening, a, irp); break;
    case 9: c->WskConnect(connection, a, 0, irp); break;
    case 10: c->WskConnectEx(connection, a, NULL, 0, irp); break;
    case 11: c->WskGetRemoteAddress(connection, a, irp); break;
    case 12: c->WskSend(connection, &nothing, 0, irp); break;
    case 13: c->WskSendEx(connection, &nothing, 0, 0, NULL, irp); break;
    case 14: c->WskReceive(connection, &nothing, 0, irp); break;
    case 15: c->WskReceiveEx(connection, &nothing, 0, NULL, NULL, NULL, irp); break;
    case 16: c->WskDisconnect(connection, NULL, 0, irp); break;
    case 17: c->WskRelease(connection, NULL); break;
    case 18: t->WskListen(stream, irp); break;
    }
    KeLowerIrql(old);
}

NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING Path)
{
    RTL_QUERY_REGISTRY_TABLE table[2] = {
        {NULL, RTL_QUERY_REGISTRY_DIRECT, L"Function", &function, REG_NONE, NULL, 0}};
    UNREFERENCED_PARAMETER(Driver);
    CHECK_STATUS(RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, Path->Buffer, table, NULL, NULL),
                 STATUS_SUCCESS);
    wsk_begin();
    call_one();
    wsk_end();
    return check_result();
}
EOF
case $OPENWSK_VARIANT in
    asan) sanitize="--sanitize address" ;;
    tsan) sanitize="--sanitize thread" ;;
    *) sanitize= ;;
esac
# shellcheck disable=SC2086
expect 0 "$OPENWSK" cc $sanitize -I "$OPENWSK_SOURCE_DIR/tests/ddi" -o irql.so irql.c
names=(WskSocket WskSocketConnect WskControlClient WskControlSocket WskCloseSocket WskBind WskAccept
    WskInspectComplete WskGetLocalAddress WskConnect WskConnectEx WskGetRemoteAddress WskSend
    WskSendEx WskReceive WskReceiveEx WskDisconnect WskRelease WskListen)
for function in "${!names[@]}"; do
    expect 3 "$OPENWSK" run --for 0s --param "Function=$function" irql.so
    says 'irql-too-high'
    says "${names[$function]}[ :,].*IRQL"
done
