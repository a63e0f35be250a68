// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The listening half of a socket: what a listening or stream socket has besides wsk::socket.
// Guarded by the owning socket's lock; its functions are in listen.cpp.
//
// A connection that was taken from the transport is a socket of its own at once (a child), in state
// connected, unknown to the driver, with a hold on the listener. Where it stands:
//
//   loose       -> uninspected [take_connection: conditional accept]
//   loose       -> ready       [take_connection]
//   uninspected -> inspecting  [inspect_step: WskInspectEvent is running]
//   inspecting  -> ready       [WskInspectAccept]
//   inspecting  -> pended      [WskInspectPend]
//   inspecting  -> refused     [WskInspectReject]
//   pended      -> ready       [WskInspectComplete]
//   pended      -> refused     [WskInspectComplete]
//   pended, ready -> aborted   [child_failed, close; only if it was inspected]
//   ready       -> loose       [given to a WskAccept, or to the driver by WskAcceptEvent]
//   refused, aborted -> loose  [drop_step: WskAbortEvent for aborted ones; then discarded]
//
// Connections are taken one at a time and only on demand (a WskAccept waits, the accept event is
// live, or conditional accept is on), so an overloaded driver leaves them in the transport's queue.

#pragma once

#include "wsk/socket.hpp"

namespace wsk {

struct listener : base::heap_object {
    listener() noexcept {}  // not an aggregate: the base's constructor is not for everybody

    /// Inspected requests that may be undecided or undelivered at a time.
    static constexpr uint32_t inspected_max = 4096;

    request_list accepts;
    base::list<socket, &socket::child_node_> uninspected;
    base::list<socket, &socket::child_node_> pended;
    base::list<socket, &socket::child_node_> ready;
    base::list<socket, &socket::child_node_> dropped;  // refused and aborted
    uint32_t children = 0;   // loose ones that are being delivered included
    uint32_t inherited = 0;  // connection events that accepted sockets begin with
    uint32_t serial = 0;     // of inspected requests
    bool conditional = false;
    bool token = false;
    bool busy = false;
    bool armed = false;
    base::ref_ptr<net::socket> stuck;  // taken, but there was no memory for a child
    socket::owned<net::accept_operation> accepting;
};

}  // namespace wsk
