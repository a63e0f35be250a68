// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Name resolution for drivers: WskGetAddressInfo, WskFreeAddressInfo, WskGetNameInfo.
//
// Documents: PFN_WSK_GET_ADDRESS_INFO, PFN_WSK_FREE_ADDRESS_INFO, PFN_WSK_GET_NAME_INFO,
// GetAddrInfoExW (whose parameters these mirror), ADDRINFOEXW.
//
// A query is an IRP together with a lookup (net/resolver.hpp). Everything the driver passed is
// copied before the call returns, but the places that the answer goes to. The resolver asks on
// threads of its own; a thread of the machine takes what is answered, writes the answer out and
// completes the IRP at PASSIVE_LEVEL. Both come with the first query.
//
//     fresh   -> over     [wrong parameters, no memory: completed inside the call]
//     fresh   -> asked    [handed to the resolver]
//     asked   -> over     [answered, or cancelled: whoever clears asked completes the IRP]
//
// The function returns STATUS_PENDING in every case but that of a missing IRP, as Windows does
// (ADDR-003). A query counts as an IRP of its client, so deregistration waits for it (ADDR-021).
// Cancelling completes the IRP at once; the lookup goes on without an owner, and its answer is
// dropped.
//
// A list of addresses is one block of pool with tag WskA, which the leak report shows with the call
// of WskGetAddressInfo that made it.
//
// IRQL: PASSIVE_LEVEL for the three functions; IoCancelIrp up to DISPATCH_LEVEL. Lock: lock_ (rank
// subsystem), which guards who owns a lookup; inside: the resolver's, and those of io::arm_cancel.
//
// Known differences: there is no impersonation, and one resolver for all processes, so
// OwningProcess and OwningThread change nothing.

#pragma once

#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "io/irp.hpp"
#include "ke/edge.hpp"
#include "ke/thread.hpp"
#include "net/resolver.hpp"
#include "wdk/abi/wsk.h"
#include "wsk/address_form.hpp"

namespace wsk {

class client;

class name_service {
public:
    explicit name_service(base::machine& m) noexcept;
    name_service(const name_service&) = delete;
    name_service& operator=(const name_service&) = delete;
    /// No client is left. Queries of drivers that did not deregister are dropped.
    ~name_service();

    /// Both return STATUS_PENDING; irp is not null and is completed with the answer, Information 0.
    base::status get_address_info(client& c, const address_info_call& q, IRP* irp,
                                  const ke::edge& e) noexcept;
    base::status get_name_info(client& c, const name_info_call& q, IRP* irp,
                               const ke::edge& e) noexcept;

    /// Asks another source from now on; before the first query.
    void set_source(net::name_source& s) noexcept { source_ = &s; }

private:
    struct query;

    base::status ask(client& c, query& filled, net::lookup* l, base::status checked, IRP* irp,
                     const ke::edge& e) noexcept;
    [[nodiscard]] bool start() noexcept;
    void hand_over(query& q, net::lookup& l) noexcept;
    static void deliver_all(void* self) noexcept;
    void deliver(net::lookup& l) noexcept;
    static void cancelled(io::operation& op) noexcept;
    static void finish(query& q, base::status s) noexcept;

    base::machine* const machine_;
    net::name_source* source_;  ///< constant once the resolver is there

    host::mutex lock_{base::lock_rank::subsystem};

    // Written under lock_, constant once start() has succeeded.
    base::ref_ptr<net::resolver> resolver_;
    base::ref_ptr<ke::thread> thread_;  ///< runs deliver_all
};

/// Ends a list that WskGetAddressInfo made; null is none.
void free_address_info(ADDRINFOEXW* list, const ke::edge& e) noexcept;

}  // namespace wsk
