// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskControlClient: control operations on the client object.
//
// Documents: "Performing Control Operations on a Client Object", WSK_TRANSPORT_LIST_QUERY,
// WSK_TRANSPORT_LIST_CHANGE, WSK_CACHE_SD, WSK_RELEASE_SD, WSK_SET_STATIC_EVENT_CALLBACKS,
// WSK_TDI_BEHAVIOR, WSK_TDI_DEVICENAME_MAPPING.
//
// Known difference: there are no TDI transports.
//
// A list change request:
//
//     waiting -> leaving      [announce, cancel hook, client detaches: taken off the list]
//     leaving -> gone         [its completion routine runs, no lock held]
//
// IRQL: <= DISPATCH_LEVEL. Lock: the list (rank subsystem), never across a call.

#pragma once

#include "base/list.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "io/irp.hpp"
#include "ke/edge.hpp"
#include "wdk/abi/wsk.h"

namespace wsk {

class client;

/// The arguments of WskControlClient but the client and the IRP.
struct client_control_call {
    ULONG code = 0;
    SIZE_T in_bytes = 0;
    const void* in = nullptr;
    SIZE_T out_bytes = 0;
    void* out = nullptr;
    SIZE_T* returned = nullptr;
};

/// Requests that wait for a change of the list of transports.
class transport_watch {
public:
    /// STATUS_PENDING, or the IRP has been completed with what is returned.
    base::status wait(client& c, IRP* irp, const ke::edge& e) noexcept;
    /// A transport came or went: completes every request with STATUS_SUCCESS.
    void announce() noexcept;
    /// The client leaves: completes its requests with STATUS_CANCELLED (REG-142).
    void release(client& c) noexcept;

private:
    struct waiter {
        base::list_node node;
        transport_watch* watch;
        client* owner;
        base::status result;
        ke::deferred later;  ///< completes a cancelled request outside IoCancelIrp
    };
    using waiter_list = base::list<waiter, &waiter::node>;

    static void cancelled(io::operation& op) noexcept;
    static void finish(waiter& w) noexcept;
    void take(client* owner, base::status result) noexcept;

    host::mutex lock_{base::lock_rank::subsystem};
    waiter_list waiting_ OPENWSK_GUARDED_BY(lock_);
};

/// Executes a control operation; irp may be null, and is completed with the answer if not.
base::status control_client(client& c, const client_control_call& q, IRP* irp,
                            const ke::edge& e) noexcept;

}  // namespace wsk
