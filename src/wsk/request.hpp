// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A request: what the socket keeps in an io::operation, from the call that brought the IRP to its
// completion.
//
//   new     -> waiting   [queued on the socket]
//   new     -> over      [done at once]
//   waiting -> flight    [a kernel call is using its memory]
//   flight  -> waiting   [the kernel would block, or took part]
//   waiting -> over      [done, failed, cancelled, socket closed]
//   flight  -> over      [the same, when the kernel call has returned]
//   over    -> gone      [delivered: its completion routine runs]
//
//   new      not visible to anybody else
//   waiting  on one of the socket's queues; IoCancelIrp ends it at once
//   flight   as waiting; IoCancelIrp leaves a note, heeded when the kernel call has returned
//   over     on the socket's completion list, or on its way to the driver; IoCancelIrp is too late
//
// Everything is guarded by the owning socket's lock.

#pragma once

#include "base/list.hpp"
#include "base/status.hpp"
#include "io/irp.hpp"
#include "wdk/abi/wsk.h"
#include "wsk/buffer.hpp"

namespace wsk {

class socket;

/// Only the header of the WDK names it; no transport here sends urgent data.
inline constexpr uint32_t wsk_flag_oob = 1;

enum class request_kind : uint8_t {
    create,  ///< WskSocket
    bind,
    listen,
    accept,
    connect,  ///< WskConnect, WskConnectEx
    make,     ///< WskSocketConnect
    send,
    receive,
    disconnect,
    query,  ///< addresses and options: done at once
    inspect,
    disable,  ///< waits for event callbacks to return
    close,
};

enum class request_state : uint8_t { fresh, waiting, flight, over };

struct request {
    base::list_node node;
    socket* owner = nullptr;
    request_kind kind = request_kind::query;
    request_state state = request_state::fresh;
    bool cancelled = false;  ///< noted while in flight
    uint32_t flags = 0;
    base::status result;
    uint64_t information = 0;
    buffer_cursor data;

    // disable: which event.
    uint32_t event = 0;

    // accept
    void* context = nullptr;
    const WSK_CLIENT_CONNECTION_DISPATCH* dispatch = nullptr;
    SOCKADDR* local = nullptr;
    SOCKADDR* remote = nullptr;
    socket* accepted = nullptr;

    [[nodiscard]] io::operation& operation() noexcept { return io::operation::of(*this); }
};

using request_list = base::list<request, &request::node>;

}  // namespace wsk
