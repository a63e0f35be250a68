// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A registration: one successful NmrRegisterClient or NmrRegisterProvider. Everything here is
// guarded by the registrar's lock, except what is constant while registered.
//
// Documents: "Initializing and Registering a Client Module", "Unloading a Client Module" and their
// counterparts for providers.
//
//     none -> offering          [register: inserted, paired with every live peer]
//     offering -> registered    [register: all offers made; the call returns]
//     offering -> draining      [deregister, from a callback or another thread]
//     registered -> draining    [deregister]
//     draining -> drained       [retire: the last binding is gone]
//     drained -> closed         [wait: the last waiter leaves]
//     closed -> none            [release: no register or deregister call of it is on a stack]
//
//   offering    on the list of its NPI: peers that register now pair with it (NMR-056).
//   registered  the same; the register call has returned.
//   draining    off the list: no new binding. Bindings that were not offered are gone, attached
//   ones
//               are being detached, running offers are left to their threads.
//   drained     no binding refers to it; nothing of the caller's memory is touched any more.
//   closed      the handle is dead.
//
// Who holds what: a binding counts on both registrations from created until its cleanup callbacks
// returned; a waiter and the register or deregister call count on their own registration. The list
// of the NPI holds nothing.

#pragma once

#include <cstdint>

#include "base/list.hpp"
#include "host/mutex.hpp"
#include "mm/slab.hpp"
#include "nmr/binding.hpp"
#include "nmr/module.hpp"

namespace nmr {

class registration;

enum class registration_state : uint8_t { none, offering, registered, draining, drained, closed };

const char* name_of(registration_state s) noexcept;

constexpr bool is_edge(registration_state from, registration_state to) noexcept {
    using enum registration_state;
    switch (from) {
        case none:
            return to == offering;
        case offering:
            return to == registered || to == draining;
        case registered:
            return to == draining;
        case draining:
            return to == drained;
        case drained:
            return to == closed;
        case closed:
            return to == none;
    }
    return false;
}

/// The modules of one NPI.
class npi;

class registration : public mm::slab_entry {
public:
    using binding_list = base::list<binding_link, &binding_link::node>;
    using offer_list = base::list<binding, &binding::offer>;

    registration() = default;

    [[nodiscard]] nmr::side side() const noexcept { return form.side; }
    [[nodiscard]] mm::handle_kind kind() const noexcept {
        return form.side == side::client ? mm::handle_kind::nmr_client
                                         : mm::handle_kind::nmr_provider;
    }
    [[nodiscard]] HANDLE handle() const noexcept {
        return reinterpret_cast<HANDLE>(handle_as(kind()));
    }

    [[nodiscard]] registration_state state() const noexcept { return state_; }
    /// Asserts that the edge exists and records it.
    void set_state(registration_state to) noexcept;
    [[nodiscard]] bool leaving() const noexcept { return state_ >= registration_state::draining; }

    // Constant while registered.
    module_form form;
    npi* group = nullptr;
    const void* caller = nullptr;  ///< who registered, for reports
    uint64_t ordinal = 0;          ///< among the registrations of the machine

    base::list_node peer_link;   ///< in the NPI's list, oldest first
    binding_list bindings;       ///< in order of creation; only those no deregister has visited
    offer_list offers;           ///< bindings the register call has still to offer
    uint32_t binding_count = 0;  ///< all that refer to this registration
    uint32_t calls = 0;          ///< register and deregister calls on some stack
    uint32_t waiters = 0;
    host::condition changed;  ///< drained; or an attempt that an offer waits for has ended

private:
    registration_state state_ = registration_state::none;
};

class npi : public mm::slab_entry {
public:
    using peer_list = base::list<registration, &registration::peer_link>;

    [[nodiscard]] peer_list& peers(side s) noexcept { return peers_[static_cast<unsigned>(s)]; }
    [[nodiscard]] uint32_t& count(side s) noexcept { return counts_[static_cast<unsigned>(s)]; }

    GUID id = {};
    npi* next_in_bucket = nullptr;

private:
    peer_list peers_[2];
    uint32_t counts_[2] = {};
};

}  // namespace nmr
