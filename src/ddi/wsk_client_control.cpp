// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskControlClient.

#include "ke/edge.hpp"
#include "wsk/client.hpp"
#include "wsk/client_control.hpp"
#include "wsk/dispatch.hpp"

namespace wsk {

NTSTATUS NTAPI provider_control_client(PWSK_CLIENT Client, ULONG ControlCode, SIZE_T InputSize,
                                       PVOID InputBuffer, SIZE_T OutputSize, PVOID OutputBuffer,
                                       SIZE_T* OutputSizeReturned, PIRP Irp) {
    OPENWSK_EDGE_AS("WskControlClient");
    client_call call(e.machine(), Client);
    if (!call) {
        return Irp != nullptr ? io::fail(Irp, e, call.status()).code() : call.status().code();
    }
    const client_control_call q = {ControlCode, InputSize,    InputBuffer,
                                   OutputSize,  OutputBuffer, OutputSizeReturned};
    return control_client(*call, q, Irp, e).code();
}

}  // namespace wsk
