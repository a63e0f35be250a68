// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Connecting, disconnecting, and what ends a connection from outside.
//
// Documents: WskConnect, WskConnectEx, WskSocketConnect, WskDisconnect, WskDisconnectEvent,
// WskSendBacklogEvent, "Disconnecting a Socket from a Destination".
//
// Reset and timeout are told by the transport to whoever tries next, and by its hang-up watch; both
// end in latch(). The driver's abort is abort_now(). The disconnect event speaks of the peer only:
// graceful after everything that the peer sent was received, abortive as soon as nothing more
// can be indicated.

#include <algorithm>

#include "ke/callout.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"
#include "wsk/address.hpp"
#include "wsk/listener.hpp"
#include "wsk/sockets.hpp"
#include "wsk/status.hpp"
#include "wsk/submit.hpp"

namespace wsk {
namespace {

constexpr size_t first_data_max = 65535;  // WskConnectEx
constexpr size_t backlog_min = 64 * 1024;
constexpr size_t backlog_max = 16 * 1024 * 1024;
// No flag of WSK enables WskInspectEvent; this one is ours, beside those.
constexpr uint32_t inspect_event = 1;
static_assert(((WSK_EVENT_RECEIVE | WSK_EVENT_ACCEPT) & inspect_event) == 0);

}  // namespace

// -- Connect.

base::status socket::connect(const SOCKADDR* remote, const WSK_BUF* first, ULONG flags, IRP* irp,
                             const ke::edge& e) noexcept {
    net::address address;
    bool good = flags == 0 && read_address(remote, family_, address);
    buffer_cursor data;
    if (good && first != nullptr) {
        const buffer_cursor::verdict v = data.check(*first);
        report_chain(v, *first, e);
        good = v == buffer_cursor::verdict::good;
    }
    return submit(request_kind::connect, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (first != nullptr && first->Length > first_data_max) {
            return base::status(STATUS_BUFFER_OVERFLOW);
        }
        if (!good) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        if (state_ != socket_state::bound) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        r.data = data;
        start_connect(r, address);
        return base::status(STATUS_PENDING);
    });
}

void socket::start_connect(request& r, const net::address& remote) noexcept {
    pend(r);
    r.state = request_state::flight;
    if (!io::arm_cancel(r.operation(), on_cancel)) {
        finish(r, STATUS_CANCELLED);
        return;
    }
    const bool acquired = transport_->try_acquire(net::direction::sending);
    OPENWSK_ASSERT(acquired);
    connect_ = &r;
    send_armed_ = true;
    set_state(socket_state::connecting);
    connecting_.remote = remote;
    transport_->connect(connecting_);
}

void socket::on_connected(net::operation& o) noexcept {
    socket& s = owner_of<net::connect_operation>(o);
    section in(s);
    request* r = std::exchange(s.connect_, nullptr);
    const net::error e = o.result;
    s.send_armed_ = false;
    s.send_token_ = true;
    if (s.begun_close_) {
        s.release_sending();  // the request was cancelled by the close
    } else if (e == net::error::none) {
        s.enter_connected();
        if (r->data.remaining() != 0) {
            r->state = request_state::waiting;
            s.sends_.push_front(*r);
        } else {
            s.finish(*r, STATUS_SUCCESS, s.success_information(*r));
        }
        s.pump_sends();
    } else {
        s.set_state(socket_state::bound);
        s.finish(*r, r->cancelled ? base::status(STATUS_CANCELLED) : s.told(e));
        s.release_sending();
    }
    in.run_here();
}

/// What Information says about a connect that succeeded: the bytes of WskConnectEx, or the socket.
uint64_t socket::success_information(const request& r) noexcept {
    return r.kind == request_kind::make ? reinterpret_cast<uint64_t>(&exported) : r.data.moved();
}

void socket::enter_connected() noexcept {
    set_state(socket_state::connected);
    active_ = true;
    enabled_ |= static_events_ & callbacks_present();
    watch_hangup(false);
    settle_receiving(false);
}

// -- Disconnect.

base::status socket::disconnect(const WSK_BUF* last, ULONG flags, IRP* irp,
                                const ke::edge& e) noexcept {
    const bool abortive = (flags & WSK_FLAG_ABORTIVE) != 0;
    buffer_cursor data;
    bool good = !(abortive && last != nullptr);
    if (good && last != nullptr) {
        const buffer_cursor::verdict v = data.check(*last);
        report_chain(v, *last, e);
        good = v == buffer_cursor::verdict::good;
    }
    return submit(request_kind::disconnect, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (!good) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        if (state_ != socket_state::connected) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        if (abortive) {
            abort_now(STATUS_CONNECTION_ABORTED);
            pend(r);
            finish(r, STATUS_SUCCESS);
            return base::status(STATUS_PENDING);
        }
        if (!failure_.ok()) {
            pend(r);
            finish(r, failure_);
            return base::status(STATUS_PENDING);
        }
        if (send_shut_) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        send_shut_ = true;
        r.data = data;
        queue(sends_, r);
        pump_sends();
        return base::status(STATUS_PENDING);
    });
}

/// The driver's abort: idempotent, and nothing at all on a connection that is over both ways.
void socket::abort_now(base::status s) noexcept {
    send_shut_ = true;
    if ((finish_done_ && peer_shut_) || !failure_.ok()) {
        return;
    }
    failure_ = s;
    aborted_ = true;
    if (finish_ != nullptr) {
        finish(*std::exchange(finish_, nullptr), failure_);
    }
    finish_all(sends_, failure_);
    finish_all(receives_, failure_);
    drop_staged();
    received_all_ = true;
    transport_->abort();
}

// -- The connection ends from outside.

void socket::watch_hangup(bool error_only) noexcept {
    hangup_armed_ = true;
    transport_->watch_hangup(hangup_, error_only);
}

void socket::on_hangup(net::operation& o) noexcept {
    socket& s = owner_of<net::operation>(o);
    socket* parent = nullptr;
    {
        section in(s);
        s.hangup_armed_ = false;
        if (o.result == net::error::none) {
            s.peer_finished_ = true;
            if (!s.begun_close_) {
                s.watch_hangup(true);
                s.settle_receiving(false);
            }
        } else if (o.result != net::error::cancelled && !s.begun_close_) {
            s.latch(o.result);
            parent = s.parent_;
            if (parent != nullptr) {
                parent->keep();
                s.keep();  // the driver may get it and close it before the parent looks at it
            }
        }
        in.run_here();
    }
    if (parent != nullptr) {
        parent->child_failed(s);
        s.let_go(one_hold);
        parent->let_go(one_hold);
    }
}

/// The transport's latched error, once. Sends fail; receives get what had arrived before.
void socket::latch(net::error e) noexcept {
    if (e == net::error::dead) {
        lose_transport();
        return;
    }
    if (!failure_.ok()) {
        return;
    }
    failure_ = status_of(e);
    if (state_ == socket_state::connected) {
        pump_sends();
        pump_receives();
        settle_receiving(false);
    }
}

/// The descriptor is gone, which no peer can bring about: nothing works but the close, and each
/// enabled event is told once. What waits ends now, for no kernel event will ever come; what a
/// kernel call is using ends when that returns.
void socket::lose_transport() noexcept {
    if (std::exchange(dead_, true)) {
        return;
    }
    received_all_ = true;
    if (failure_.ok()) {
        failure_ = STATUS_FILE_FORCED_CLOSED;
    }
    if (finish_ != nullptr) {
        finish(*std::exchange(finish_, nullptr), STATUS_FILE_FORCED_CLOSED);
    }
    finish_all(sends_, STATUS_FILE_FORCED_CLOSED);
    finish_all(receives_, STATUS_FILE_FORCED_CLOSED);
    if (listener_ != nullptr) {
        finish_all(listener_->accepts, STATUS_FILE_FORCED_CLOSED);
    }
}

/// The status of an immediate call of the transport, heeding that it may be gone.
base::status socket::told(net::error e) noexcept {
    if (e == net::error::dead) {
        lose_transport();
    }
    return status_of(e);
}

base::status socket::connection_status() const noexcept {
    return state_ == socket_state::connected ? base::status(STATUS_SUCCESS)
                                             : base::status(STATUS_INVALID_DEVICE_STATE);
}

// -- Events.

bool socket::disconnect_event_due() noexcept {
    if (!event_live(WSK_EVENT_DISCONNECT) || dead_) {
        return false;
    }
    if (!failure_.ok()) {
        return !aborted_ && !abortive_told_ && (received_all_ || !wants_to_read());
    }
    return peer_shut_ && !graceful_told_;
}

bool socket::disconnect_step() noexcept {
    if (!disconnect_event_due()) {
        return false;
    }
    ULONG flags = 0;
    if (!failure_.ok()) {
        flags = WSK_FLAG_ABORTIVE;
        abortive_told_ = true;
        drop_staged();
    } else {
        graceful_told_ = true;
    }
    const auto callback = connect_dispatch_->WskDisconnectEvent;
    void* const mine = context_;
    callback_begins(WSK_EVENT_DISCONNECT);
    mutex_.unlock();
    (void)ke::callout(ke::callout_kind::wsk_event, callback, mine, flags);
    mutex_.lock();
    callback_ended();
    trace::emit(trace::event::wsk_indicate, ordinal_, WSK_EVENT_DISCONNECT, flags);
    return true;
}

/// The NULL indications of a socket that lost its transport, once for each enabled event.
uint32_t socket::dead_events_due() noexcept {
    if (!dead_ || begun_close_) {
        return 0;
    }
    const bool inspects = listener_ != nullptr && listener_->conditional;
    const uint32_t live =
        (enabled_ & (WSK_EVENT_RECEIVE | WSK_EVENT_ACCEPT)) | (inspects ? inspect_event : 0);
    return live & ~dead_told_;
}

bool socket::dead_step() noexcept {
    const uint32_t due = dead_events_due();
    if (due == 0) {
        return false;
    }
    const uint32_t event = due & (~due + 1);  // one of them
    dead_told_ |= event;
    void* const mine = context_;
    const WSK_CLIENT_LISTEN_DISPATCH* const listening = listen_dispatch_;
    const WSK_CLIENT_CONNECTION_DISPATCH* const connected = connect_dispatch_;
    callback_begins(event);
    mutex_.unlock();
    if (event == WSK_EVENT_ACCEPT) {
        void* context = nullptr;
        const WSK_CLIENT_CONNECTION_DISPATCH* dispatch = nullptr;
        (void)ke::callout(ke::callout_kind::wsk_event, listening->WskAcceptEvent, mine, ULONG{0},
                          PSOCKADDR{nullptr}, PSOCKADDR{nullptr}, PWSK_SOCKET{nullptr}, &context,
                          &dispatch);
    } else if (event == WSK_EVENT_RECEIVE) {
        SIZE_T accepted = 0;
        (void)ke::callout(ke::callout_kind::wsk_event, connected->WskReceiveEvent, mine, ULONG{0},
                          PWSK_DATA_INDICATION{nullptr}, SIZE_T{0}, &accepted);
    } else {
        (void)ke::callout(ke::callout_kind::wsk_event, listening->WskInspectEvent, mine,
                          PSOCKADDR{nullptr}, PSOCKADDR{nullptr}, PWSK_INSPECT_ID{nullptr});
    }
    mutex_.lock();
    callback_ended();
    return true;
}

// -- Send backlog: how much outstanding data keeps the pipe full.

size_t socket::ideal_backlog() noexcept {
    net::stream_info info;
    if (transport_->query(info) != net::error::none) {
        return backlog_min;
    }
    return std::clamp<size_t>(size_t{2} * info.congestion_window_bytes, backlog_min, backlog_max);
}

/// Asked when the transport takes data again after it had blocked. Only a change by a factor of
/// two is told, so that the event does not storm.
void socket::note_backlog() noexcept {
    if (!event_live(WSK_EVENT_SEND_BACKLOG)) {
        return;
    }
    const size_t now = ideal_backlog();
    if (backlog_told_ == 0 || now >= 2 * backlog_told_ || now * 2 <= backlog_told_) {
        backlog_now_ = now;
    }
}

bool socket::backlog_step() noexcept {
    if (backlog_now_ == backlog_told_ || !event_live(WSK_EVENT_SEND_BACKLOG)) {
        backlog_now_ = backlog_told_;
        return false;
    }
    backlog_told_ = backlog_now_;
    const SIZE_T ideal = backlog_now_;
    const auto callback = connect_dispatch_->WskSendBacklogEvent;
    void* const mine = context_;
    callback_begins(WSK_EVENT_SEND_BACKLOG);
    mutex_.unlock();
    (void)ke::callout(ke::callout_kind::wsk_event, callback, mine, ideal);
    mutex_.lock();
    callback_ended();
    return true;
}

}  // namespace wsk
