// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A binding: one client registration and one provider registration of the same NPI, from the
// decision to offer one to the other until both have cleaned up. Everything here is guarded by the
// registrar's lock; the functions that move a binding are members of the registrar
// (nmr/binding.cpp).
//
// Documents: "Network Module Attachment", "Network Module Detachment",
// "Attaching a Client Module to a Provider Module".
//
//        created ----> in_cap <----> in_pac ----> attached_in_cap ----> attached
//           |            |                         |      |                |
//           |            |               undoing <-+      +-> detaching <--+
//           |            |                  |                    |
//           |            |             undo_cleanup           cleanup
//           |            |                  |                    |
//           +------------+------> none <----+--------------------+
//
//     none -> created                 [register: the pair came into being]
//     created -> in_cap               [offer: the register call takes it up]
//     created -> none                 [deregister: a module left before the offer]
//     in_cap -> in_pac                [attach: NmrClientAttachProvider]
//     in_pac -> in_cap                [attach: the provider declined; the client may try again]
//     in_pac -> attached_in_cap       [attach: the provider accepted]
//     in_cap -> none                  [offer: the client returned without an attachment]
//     attached_in_cap -> attached     [offer: the client returned STATUS_SUCCESS]
//     attached_in_cap -> detaching    [offer: the same, but a module left meanwhile ("late bind")]
//     attached_in_cap -> undoing      [offer: the client returned a failure]
//     attached -> detaching           [deregister, of either module, once: nmr/detach_run.hpp]
//     detaching -> cleanup            [run, settle, complete: both sides done]
//     undoing -> undo_cleanup         [settle, complete: the provider side done]
//     cleanup -> none                 [run, finish: both cleanup callbacks returned]
//     undo_cleanup -> none            [finish: the provider's cleanup callback returned]
//
//   none             the slot is free; the handle is dead.
//   created          both registrations count the binding; it is on the offers list of the one
//                    that is registering. No module knows of it.
//   in_cap           ClientAttachProvider is on the stack of the register call.
//   in_pac           and ProviderAttachClient is inside it, on the stack of exactly one thread.
//   attached_in_cap  contexts of both sides are kept; ClientAttachProvider has not returned.
//   attached         no callback of this binding is on any stack.
//   detaching        both detach callbacks are called by the thread that made the transition;
//                    each side runs through side_progress below.
//   undoing          the same for the provider side alone: a client that failed freed its context.
//   cleanup          both sides are done and no detach callback is on a stack; the thread that
//   undo_cleanup     made the transition calls the cleanup callbacks.
//
// One side while it detaches:
//
//     idle -> calling       [detach begins]
//     calling -> done       [the callback returned anything but STATUS_PENDING, or Complete came]
//     calling -> pending    [the callback returned STATUS_PENDING]
//     pending -> done       [Complete]
//
// A Complete that comes before pending is latched, even before the detach begins (NMR-141, 142).
// The results of both callbacks are applied together when the second has returned, so cleanup
// cannot start while one of them is on a stack (NMR-157).

#pragma once

#include <atomic>
#include <cstdint>

#include "base/list.hpp"
#include "base/status.hpp"
#include "mm/slab.hpp"
#include "nmr/module.hpp"
#include "trace/event.hpp"

namespace nmr {

class registration;
class binding;
struct detach_run;

enum class binding_state : uint8_t {
    none,
    created,
    in_cap,
    in_pac,
    attached_in_cap,
    attached,
    detaching,
    undoing,
    cleanup,
    undo_cleanup,
};

const char* name_of(binding_state s) noexcept;

/// True for the edges of the diagram above.
constexpr bool is_edge(binding_state from, binding_state to) noexcept {
    using enum binding_state;
    switch (from) {
        case none:
            return to == created;
        case created:
            return to == in_cap || to == none;
        case in_cap:
            return to == in_pac || to == none;
        case in_pac:
            return to == in_cap || to == attached_in_cap;
        case attached_in_cap:
            return to == attached || to == detaching || to == undoing;
        case attached:
            return to == detaching;
        case detaching:
            return to == cleanup;
        case undoing:
            return to == undo_cleanup;
        case cleanup:
        case undo_cleanup:
            return to == none;
    }
    return false;
}

enum class side_phase : uint8_t { idle, calling, pending, done };

/// What one thread at a time writes, usually under the registrar's lock but in a run without, and
/// others read as it happens to be (nmr/detach_run.hpp).
template <class T>
class watched {
public:
    watched(T value) noexcept : value_(value) {}
    T operator=(T value) noexcept {
        value_.store(value, std::memory_order_relaxed);
        return value;
    }
    operator T() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<T> value_;
};

struct side_progress {
    void* context = nullptr;  ///< what its module attached with; never followed
    watched<side_phase> phase{side_phase::idle};
    bool latched = false;  ///< Complete came before the callback returned STATUS_PENDING
};

/// A binding's place in the list of one of its registrations.
struct binding_link {
    base::list_node node;
    binding* of = nullptr;
};

class binding : public mm::slab_entry {
public:
    binding() noexcept { links[0].of = links[1].of = this; }

    [[nodiscard]] HANDLE handle() const noexcept {
        return reinterpret_cast<HANDLE>(handle_as(mm::handle_kind::nmr_binding));
    }
    [[nodiscard]] binding_state state() const noexcept { return state_; }
    /// Asserts that the edge exists and records it.
    void set_state(binding_state to) noexcept {
        const binding_state from = state_;
        OPENWSK_ASSERT(is_edge(from, to));
        trace::emit(trace::event::nmr_binding_state, trace::value(handle()),
                    static_cast<uint64_t>(from), static_cast<uint64_t>(to));
        state_ = to;
    }
    /// Makes a fresh binding of a slot that was used before.
    void reset() noexcept;

    [[nodiscard]] side_progress& at(side s) noexcept { return sides[static_cast<unsigned>(s)]; }
    [[nodiscard]] binding_link& link(side s) noexcept { return links[static_cast<unsigned>(s)]; }
    [[nodiscard]] registration& of(side s) const noexcept {
        return s == side::client ? *client : *provider;
    }
    [[nodiscard]] module_pair pair() const noexcept { return {client, provider}; }

    [[nodiscard]] bool both_done() const noexcept {
        return sides[0].phase == side_phase::done && sides[1].phase == side_phase::done;
    }
    /// True from the first attempt to attach until the client's answer is judged.
    [[nodiscard]] bool in_offer() const noexcept {
        return state_ == binding_state::in_cap || state_ == binding_state::in_pac ||
               state_ == binding_state::attached_in_cap;
    }

    // Constant from created to none.
    registration* client = nullptr;
    registration* provider = nullptr;
    uint64_t ordinal = 0;  ///< among the bindings of the machine

    side_progress sides[2];  ///< by side
    binding_link links[2];   ///< by side; off the list once that registration is leaving
    base::list_node offer;   ///< in created: on the offers list of the registering module

    base::status last_attempt;  ///< what the last NmrClientAttachProvider returned
    bool attempted = false;     ///< NmrClientAttachProvider was called in this offer
    bool offer_waits = false;   ///< the client returned while an attempt is inside the provider
    detach_run* run = nullptr;  ///< the run it is in

private:
    watched<binding_state> state_{binding_state::none};
};

}  // namespace nmr
