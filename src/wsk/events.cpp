// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Which event callbacks are enabled, and which one is running.
//
// Documents: SO_WSK_EVENT_CALLBACK, "Enabling and Disabling Event Callback Functions",
// WSK_SET_STATIC_EVENT_CALLBACKS.
//
// Enabling takes effect before the call returns and is always STATUS_SUCCESS or a refusal, with or
// without an IRP; a callback that is due then runs on the loop, never inside the call. Disabling
// stops new callbacks at once; if the callback is running, the IRP is completed when it has
// returned (STATUS_EVENT_PENDING without an IRP). Callbacks of a socket are serial, so at most one
// runs.

#include <cstring>

#include "verify/violation.hpp"
#include "wsk/listener.hpp"
#include "wsk/submit.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {
namespace {

constexpr uint32_t connection_events =
    WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;
constexpr uint32_t listen_events = WSK_EVENT_ACCEPT;

bool one_bit(uint32_t v) noexcept {
    return v != 0 && (v & (v - 1)) == 0;
}

}  // namespace

uint32_t socket::callbacks_present() const noexcept {
    uint32_t present = 0;
    if (listen_dispatch_ != nullptr && listen_dispatch_->WskAcceptEvent != nullptr) {
        present |= WSK_EVENT_ACCEPT;
    }
    if (connect_dispatch_ != nullptr) {
        present |= connect_dispatch_->WskReceiveEvent != nullptr ? WSK_EVENT_RECEIVE : 0u;
        present |= connect_dispatch_->WskDisconnectEvent != nullptr ? WSK_EVENT_DISCONNECT : 0u;
        present |= connect_dispatch_->WskSendBacklogEvent != nullptr ? WSK_EVENT_SEND_BACKLOG : 0u;
    }
    return present;
}

void socket::callback_begins(uint32_t event) noexcept {
    OPENWSK_ASSERT(in_callback_ == 0);
    in_callback_ = event;
}

/// Whoever waited for the callback to return is answered.
void socket::callback_ended() noexcept {
    const uint32_t event = std::exchange(in_callback_, 0u);
    request* following = nullptr;
    for (request* r = disabling_.front(); r != nullptr; r = following) {
        following = disabling_.next(*r);
        if (r->event == event) {
            finish_queued(*r, STATUS_SUCCESS);
        }
    }
}

base::status socket::set_events(const control_call& c, IRP* irp, const ke::edge& e) noexcept {
    WSK_EVENT_CALLBACK_CONTROL wish = {};
    base::status good = STATUS_SUCCESS;
    if (c.in == nullptr || c.in_bytes < sizeof wish) {
        good = STATUS_INVALID_PARAMETER;
    } else {
        std::memcpy(&wish, c.in, sizeof wish);
        if (wish.NpiId == nullptr) {
            good = STATUS_INVALID_PARAMETER;
        } else if (std::memcmp(wish.NpiId, &wsk_npi, sizeof wsk_npi) != 0) {
            good = STATUS_NOT_SUPPORTED;
        }
    }
    request* r = nullptr;
    if (irp != nullptr) {
        r = begin(request_kind::disable, irp, e);
        if (r == nullptr) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    const uint32_t event = wish.EventMask & ~uint32_t{WSK_EVENT_DISABLE};
    {
        section in(*this);
        if (good.ok() && dead_) {
            good = STATUS_FILE_FORCED_CLOSED;
        }
        if (good.ok()) {
            good = (wish.EventMask & WSK_EVENT_DISABLE) != 0 ? disable_event(event)
                                                             : enable_events(wish.EventMask);
        }
        if (good == base::status(STATUS_EVENT_PENDING) && r != nullptr) {
            r->event = event;
            queue(disabling_, *r);
            return STATUS_PENDING;
        }
        if (events_waiting()) {
            in.post();
        } else if (work_waiting()) {
            in.schedule();
        }
    }
    return r != nullptr ? io::complete(r->operation(), good) : good;
}

base::status socket::enable_events(uint32_t mask) noexcept {
    const bool listens = category_ == category::listen ||
                         (category_ == category::stream && state_ == socket_state::listening);
    if (category_ == category::basic) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    const uint32_t known = listens ? listen_events | connection_events : connection_events;
    const uint32_t stream_known = listen_events | connection_events;
    const uint32_t allowed = category_ == category::stream ? stream_known : known;
    if (mask == 0 || (mask & ~allowed) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (begun_close_ ||
        (listens ? state_ != socket_state::listening : state_ != socket_state::connected) ||
        (mask & ~known) != 0) {
        return STATUS_INVALID_DEVICE_STATE;
    }
    const uint32_t own = listens ? mask & listen_events : mask;
    if (!awaits_dispatch_ && (own & ~callbacks_present()) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    enabled_ |= own;
    if (listens) {
        listener_->inherited |= mask & connection_events;
        pump_accepts();
    } else if (active_) {
        settle_receiving(false);
    }
    return STATUS_SUCCESS;
}

/// STATUS_SUCCESS: disabled; STATUS_EVENT_PENDING: disabled, but its callback is still running.
base::status socket::disable_event(uint32_t event) noexcept {
    const bool listens = category_ == category::listen ||
                         (category_ == category::stream && state_ == socket_state::listening);
    if (category_ == category::basic) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    const uint32_t known = listens ? listen_events : connection_events;
    if (!one_bit(event) || (event & known) == 0) {
        return STATUS_INVALID_PARAMETER;  // inheritance cannot be switched off
    }
    if ((static_events_ & event) != 0) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    enabled_ &= ~event;
    if (event == WSK_EVENT_RECEIVE) {
        settle_receiving(false);
    }
    return in_callback_ == event ? base::status(STATUS_EVENT_PENDING)
                                 : base::status(STATUS_SUCCESS);
}

}  // namespace wsk
