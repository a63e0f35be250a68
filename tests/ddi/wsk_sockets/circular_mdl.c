// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// An MDL chain that leads back into itself holds no more than one round of it: a WSK_BUF that
// describes more is refused and reported, whether the round has bytes or none. IRP-029.
// exit: 1
// output: WskSend: the WSK_BUF describes 8 bytes from offset 0 of an MDL chain that leads back into
// output: WskReceive: the WSK_BUF describes 9 bytes from offset 0 of an MDL chain that leads back
// output: WskDisconnect: .* leads back into itself

#include "wsk_calls.h"

static char bytes[4];

static void run_checks(PDRIVER_OBJECT driver) {
    PWSK_SOCKET s;
    const WSK_PROVIDER_CONNECTION_DISPATCH* c;
    PMDL mdls[3];
    WSK_BUF buffer = {NULL, 0, 8};
    ULONG i;

    UNREFERENCED_PARAMETER(driver);
    wsk_begin();
    s = wsk_socket(WSK_FLAG_CONNECTION_SOCKET);
    c = (const WSK_PROVIDER_CONNECTION_DISPATCH*)s->Dispatch;
    for (i = 0; i < 3; ++i) {
        mdls[i] = IoAllocateMdl(bytes, sizeof bytes, FALSE, FALSE, NULL);
        MmBuildMdlForNonPagedPool(mdls[i]);
        mdls[i]->ByteCount = 0;
    }
    // Nothing, and then nothing for ever.
    mdls[0]->Next = mdls[1];
    mdls[1]->Next = mdls[2];
    mdls[2]->Next = mdls[1];
    buffer.Mdl = mdls[0];
    CALL_REFUSED(c->WskSend(s, &buffer, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    // One MDL that follows itself.
    mdls[0]->Next = mdls[0];
    CALL_REFUSED(c->WskDisconnect(s, &buffer, 0, wsk_ready()), STATUS_INVALID_PARAMETER);
    // Bytes, over and over.
    mdls[0]->Next = mdls[1];
    for (i = 0; i < 3; ++i) {
        mdls[i]->ByteCount = 1;
    }
    buffer.Length = 9;
    CALL_REFUSED(c->WskReceive(s, &buffer, 0, wsk_ready()), STATUS_INVALID_PARAMETER);

    for (i = 0; i < 3; ++i) {
        mdls[i]->ByteCount = sizeof bytes;
        mdls[i]->Next = NULL;
        IoFreeMdl(mdls[i]);
    }
    wsk_close(s);
    wsk_end();
}
