// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/client.hpp"

#include "ke/callout.hpp"
#include "nmr/registrar.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/subsystem.hpp"

namespace wsk {

void client::attach(subsystem& owner, HANDLE binding, const WSK_CLIENT_DISPATCH& dispatch,
                    void* context, const void* creation_site, bool licensed) noexcept {
    owner_ = &owner;
    dispatch_ = &dispatch;
    context_ = context;
    creation_site_ = creation_site;
    binding_ = binding;
    version_ = dispatch.Version;
    static_events_.store(0, std::memory_order_relaxed);
    host::schedule_point(host::point::interlocked, &holds_);
    if (licensed) {
        holds_.fetch_add(licence, std::memory_order_relaxed);
    }
    holds_.fetch_and(~leaving_mask, std::memory_order_acq_rel);
}

bool client::begin_detach() noexcept {
    host::schedule_point(host::point::interlocked, &holds_);
    const uint64_t before = holds_.fetch_or(detaching, std::memory_order_acq_rel);
    return (before & counts_mask) == 0 && mark_detached();
}

base::status client::add_static_events(ULONG flags) noexcept {
    uint64_t seen = static_events_.load(std::memory_order_relaxed);
    do {
        if ((seen & socket_seen) != 0) {
            return STATUS_INVALID_DEVICE_STATE;
        }
    } while (!static_events_.compare_exchange_weak(seen, seen | flags, std::memory_order_acq_rel));
    return STATUS_SUCCESS;
}

client::counts client::held_by() const noexcept {
    const uint64_t now = holds_.load(std::memory_order_relaxed);
    return {static_cast<uint32_t>(now & (one_socket - 1)),
            static_cast<uint32_t>((now & (one_irp - 1)) / one_socket),
            static_cast<uint32_t>((now & (licence - 1)) / one_irp)};
}

base::status client::raise_event(ULONG type, void* information, SIZE_T length) noexcept {
    if (dispatch_->WskClientEvent == nullptr || !enter(handle())) {
        return STATUS_NOT_IMPLEMENTED;
    }
    const base::status answer =
        ke::callout(ke::callout_kind::wsk_client_event, dispatch_->WskClientEvent, context_, type,
                    length != 0 ? information : nullptr, length);
    release(one_call);
    return answer;
}

// Counts a call if h still names this client.
bool client::enter(PWSK_CLIENT h) noexcept {
    host::schedule_point(host::point::interlocked, &holds_);
    holds_.fetch_add(one_call, std::memory_order_acq_rel);
    if (is_named_by(reinterpret_cast<mm::handle_value>(h))) {
        return true;
    }
    release(one_call);
    return false;
}

// Counts can come and go after the last hold; only one thread finds the word without the mark.
bool client::mark_detached() noexcept {
    uint64_t expected = detaching;
    host::schedule_point(host::point::interlocked, &holds_);
    return holds_.compare_exchange_strong(expected, detaching | detached,
                                          std::memory_order_acq_rel);
}

void client::last_hold_released() noexcept {
    if (mark_detached()) {
        // Only now: the object lives until this side has completed, and the winner completes it.
        owner_->machine().get<nmr::registrar>().complete(nmr::side::provider, binding_, nullptr);
    }
}

client_call::client_call(base::machine& m, PWSK_CLIENT handle) noexcept {
    client* c = m.get<subsystem>().find_client(handle);
    if (c != nullptr && c->enter(handle)) {
        client_ = c;
    } else if (mm::is_kind(reinterpret_cast<mm::handle_value>(handle),
                           mm::handle_kind::wsk_client)) {
        status_ = STATUS_DEVICE_NOT_READY;
    } else {
        status_ = STATUS_INVALID_HANDLE;
    }
}

}  // namespace wsk
