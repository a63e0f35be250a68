// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Listening, WskAccept, WskAcceptEvent, conditional accept. See listener.hpp for where a
// connection stands between the transport and the driver.
//
// Documents: WskAccept, WskAcceptEvent, WskListen, WskInspectEvent, WskAbortEvent,
// WskInspectComplete, "Listening for and Accepting Incoming Connections".
//
// Linux has finished the handshake before anybody sees a connection, so a rejected one is reset
// after the peer's connect has succeeded (LSTN-053).

#include "wsk/listener.hpp"

#include "io/loop_pool.hpp"
#include "ke/callout.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"
#include "wsk/address.hpp"
#include "wsk/sockets.hpp"
#include "wsk/submit.hpp"

namespace wsk {
namespace {

constexpr uint32_t backlog_max = 4096;  // the transport's own limit is lower

/// Addresses as a callback sees them: only for its duration (LSTN-022).
struct address_pair {
    SOCKADDR_STORAGE local = {};
    SOCKADDR_STORAGE remote = {};

    address_pair(net::socket& transport, net::family f) noexcept {
        write_address(transport.local_address(), f, reinterpret_cast<SOCKADDR*>(&local));
        write_address(transport.remote_address(), f, reinterpret_cast<SOCKADDR*>(&remote));
    }
    PSOCKADDR local_pointer() noexcept { return reinterpret_cast<PSOCKADDR>(&local); }
    PSOCKADDR remote_pointer() noexcept { return reinterpret_cast<PSOCKADDR>(&remote); }
};

}  // namespace

// -- Calls.

base::status socket::start_listening() noexcept {
    const net::error e = transport_->listen(backlog_max);
    if (e != net::error::none) {
        return told(e);
    }
    set_state(socket_state::listening);
    enabled_ |= static_events_ & WSK_EVENT_ACCEPT & callbacks_present();
    listener_->inherited |=
        static_events_ & (WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG);
    pump_accepts();
    return STATUS_SUCCESS;
}

base::status socket::listen(IRP* irp, const ke::edge& e) noexcept {
    return submit(request_kind::listen, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (state_ != socket_state::bound) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        const base::status s = start_listening();
        pend(r);
        finish(r, s);
        return base::status(STATUS_PENDING);
    });
}

base::status socket::accept(ULONG flags, void* context,
                            const WSK_CLIENT_CONNECTION_DISPATCH* dispatch, SOCKADDR* local,
                            SOCKADDR* remote, IRP* irp, const ke::edge& e) noexcept {
    return submit(request_kind::accept, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (flags != 0) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        if (state_ != socket_state::listening) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        r.context = context;
        r.dispatch = dispatch;
        r.local = local;
        r.remote = remote;
        queue(listener_->accepts, r);
        match_accepts();
        pump_accepts();
        return base::status(STATUS_PENDING);
    });
}

base::status socket::inspect_complete(const WSK_INSPECT_ID* id, WSK_INSPECT_ACTION action, IRP* irp,
                                      const ke::edge& e) noexcept {
    return submit(request_kind::inspect, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (listener_ == nullptr || !listener_->conditional) {
            return base::status(STATUS_INVALID_DEVICE_REQUEST);
        }
        if (id == nullptr || (action != WskInspectAccept && action != WskInspectReject)) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        socket* found = nullptr;
        for (auto* list : {&listener_->pended, &listener_->uninspected, &listener_->dropped}) {
            for (socket* c = list->front(); c != nullptr && found == nullptr; c = list->next(*c)) {
                if (c->inspected_ && c->inspect_id_.Key == id->Key &&
                    c->inspect_id_.SerialNumber == id->SerialNumber) {
                    found = c;
                }
            }
        }
        if (found == nullptr || found->verdict_ != WskInspectMax) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        base::status result = STATUS_SUCCESS;
        found->verdict_ = action;
        if (found->child_ == child_state::pended) {
            found->child_node_.unlink();
            settle_inspection(*found, action);
        } else if (found->child_ == child_state::dropped) {
            result = action == WskInspectAccept ? STATUS_REQUEST_ABORTED : STATUS_SUCCESS;
        }
        pend(r);
        finish(r, result);
        return base::status(STATUS_PENDING);
    });
}

// -- Taking connections from the transport.

bool socket::accept_event_live() noexcept {
    return (enabled_ & WSK_EVENT_ACCEPT) != 0 && !begun_close_ && !dead_;
}

bool socket::wants_connections() noexcept {
    listener& l = *listener_;
    if (begun_close_ || dead_ || state_ != socket_state::listening) {
        return false;
    }
    if (l.conditional) {
        return l.children < listener::inspected_max;
    }
    return l.ready.empty() && (!l.accepts.empty() || accept_event_live());
}

/// Takes connections as long as somebody wants one. Whoever finds the direction idle does it.
void socket::pump_accepts() noexcept {
    if (listener_ == nullptr) {
        return;
    }
    listener& l = *listener_;
    while (!l.busy && !l.armed && wants_connections()) {
        if (!l.token) {
            if (!transport_->try_acquire(net::direction::receiving)) {
                return;
            }
            l.token = true;
        }
        l.busy = true;
        base::ref_ptr<net::socket> taken = std::move(l.stuck);
        mutex_.unlock();
        net::error e = net::error::none;
        if (!taken) {
            e = transport_->try_accept(&pool().next_loop(), taken);
        }
        mutex_.lock();
        l.busy = false;
        if (e == net::error::none) {
            take_connection(std::move(taken));
            if (l.stuck) {
                retry_later();
                break;
            }
        } else if (e == net::error::would_block) {
            l.token = false;
            l.armed = true;
            l.accepting.target = &pool().next_loop();
            transport_->accept(l.accepting);
            return;
        } else {
            lose_transport();
        }
    }
    if (!l.busy) {
        release_accepting();
    }
}

void socket::release_accepting() noexcept {
    if (std::exchange(listener_->token, false)) {
        transport_->release(net::direction::receiving);
    }
}

void socket::on_accept(net::operation& o) noexcept {
    socket& s = owner_of<net::accept_operation>(o);
    section in(s);
    listener& l = *s.listener_;
    l.armed = false;
    l.token = true;
    if (l.accepting.result == net::error::none) {
        s.take_connection(std::move(l.accepting.accepted));
        if (l.stuck) {
            s.retry_later();
        }
    } else if (l.accepting.result != net::error::cancelled) {
        s.lose_transport();
    }
    if (!l.stuck && s.wants_connections()) {
        s.pump_accepts();
    } else {
        s.release_accepting();
    }
    in.run_here();
}

/// Makes a child of a connection. Without memory the connection stays in `stuck`.
void socket::take_connection(base::ref_ptr<net::socket> transport) noexcept {
    listener& l = *listener_;
    if (begun_close_) {
        return;  // dropping the last reference resets it
    }
    creation how;
    how.category = category::connection;
    how.family = family_;
    how.type = SOCK_STREAM;
    how.protocol = IPPROTO_TCP;
    how.site = site_;
    how.receive_buffer = receive_buffer_;
    // Counted before the lock is released, so that a close waits for it.
    ++l.children;
    keep();
    l.busy = true;
    mutex_.unlock();
    socket* child = home_->adopt(*client_, how, transport, this);
    mutex_.lock();
    l.busy = false;
    if (child == nullptr) {
        --l.children;
        let_go(one_hold);
        l.stuck = std::move(transport);
        return;
    }
    if (begun_close_) {
        child->child_ = child_state::dropped;
        l.dropped.push_back(*child);
    } else if (l.conditional) {
        child->child_ = child_state::uninspected;
        child->inspect_id_ = {child->ordinal_, ++l.serial};
        l.uninspected.push_back(*child);
    } else {
        child->child_ = child_state::ready;
        l.ready.push_back(*child);
        match_accepts();
    }
}

/// Gives waiting connections to waiting accepts, in order.
void socket::match_accepts() noexcept {
    listener& l = *listener_;
    while (!l.ready.empty()) {
        request* r = l.accepts.front();
        if (r == nullptr) {
            return;
        }
        socket& child = *l.ready.pop_front();
        child.child_ = child_state::loose;
        if (r->local != nullptr) {
            write_address(child.transport_->local_address(), family_, r->local);
        }
        if (r->remote != nullptr) {
            write_address(child.transport_->remote_address(), family_, r->remote);
        }
        r->accepted = &child;
        ++traffic_.accepted;
        finish_queued(*r, STATUS_SUCCESS, reinterpret_cast<uint64_t>(&child.exported));
    }
}

// -- A child on its way to the driver.

void socket::hand_over(void* context, const WSK_CLIENT_CONNECTION_DISPATCH* dispatch) noexcept {
    socket* parent = nullptr;
    {
        section in(*this);
        keep();  // the listener's, until it has finished with the delivery
        visible_ = true;
        context_ = context;
        connect_dispatch_ = dispatch;
        parent = std::exchange(parent_, nullptr);
    }
    {
        section in(*parent);
        --parent->listener_->children;
        if (parent->work_waiting()) {
            in.schedule();
        }
    }
    parent->let_go(one_hold);
}

void socket::activate(uint32_t inherited) noexcept {
    section in(*this);
    awaits_dispatch_ = false;
    if (begun_close_) {
        return;
    }
    active_ = true;
    enabled_ = (enabled_ | static_events_ | inherited) & callbacks_present();
    settle_receiving(false);
    if (events_waiting()) {
        in.post();
    }
}

// -- Steps of the strand.

bool socket::accept_event_due() noexcept {
    return accept_event_live() && listener_->accepts.empty() && !listener_->ready.empty();
}

bool socket::accept_step() noexcept {
    if (!accept_event_due()) {
        return false;
    }
    socket& child = *listener_->ready.pop_front();
    child.child_ = child_state::loose;
    callback_begins(WSK_EVENT_ACCEPT);
    offer_accept(child);
    callback_ended();
    pump_accepts();
    return true;
}

void socket::offer_accept(socket& child) noexcept {
    address_pair addresses(*child.transport_, family_);
    const auto callback = listen_dispatch_->WskAcceptEvent;
    void* const mine = context_;
    const uint32_t inherited = listener_->inherited;
    mutex_.unlock();
    {
        section in(child);
        child.awaits_dispatch_ = true;
    }
    child.hand_over(nullptr, nullptr);
    void* context = nullptr;
    const WSK_CLIENT_CONNECTION_DISPATCH* dispatch = nullptr;
    const NTSTATUS s = ke::callout(ke::callout_kind::wsk_event, callback, mine, ULONG{0},
                                   addresses.local_pointer(), addresses.remote_pointer(),
                                   &child.exported, &context, &dispatch);
    if (s != STATUS_SUCCESS && s != STATUS_REQUEST_NOT_ACCEPTED) {
        verify::violation(verify::rule::wsk_event_status, reinterpret_cast<const void*>(callback),
                          &exported, "WskAcceptEvent returned 0x%08x", static_cast<unsigned>(s));
    }
    const bool taken = s >= 0;
    if (taken) {
        {
            section in(child);
            child.context_ = context;
            child.connect_dispatch_ = dispatch;
        }
        child.activate(inherited);
    } else {
        child.discard();
    }
    child.let_go(one_hold);
    mutex_.lock();
    traffic_.accepted += taken ? 1 : 0;
    trace::emit(trace::event::wsk_indicate, ordinal_, WSK_EVENT_ACCEPT, static_cast<uint64_t>(s));
}

bool socket::inspect_due() noexcept {
    return !listener_->uninspected.empty() && !begun_close_;
}

bool socket::inspect_step() noexcept {
    if (!inspect_due()) {
        return false;
    }
    listener& l = *listener_;
    // It stays on the list while the driver is asked, for WskInspectComplete from another thread.
    socket& child = *l.uninspected.front();
    child.child_ = child_state::inspecting;
    child.inspected_ = true;
    address_pair addresses(*child.transport_, family_);
    WSK_INSPECT_ID id = child.inspect_id_;
    const auto callback = listen_dispatch_->WskInspectEvent;
    void* const mine = context_;
    callback_begins(WSK_EVENT_ACCEPT);
    mutex_.unlock();
    WSK_INSPECT_ACTION action =
        ke::callout(ke::callout_kind::wsk_event, callback, mine, addresses.local_pointer(),
                    addresses.remote_pointer(), &id);
    if (action < WskInspectReject || action >= WskInspectMax) {
        verify::violation(verify::rule::wsk_event_status, reinterpret_cast<const void*>(callback),
                          &exported, "WskInspectEvent returned %d", static_cast<int>(action));
        action = WskInspectReject;
    }
    mutex_.lock();
    callback_ended();
    child.child_node_.unlink();
    settle_inspection(child, action == WskInspectPend && child.verdict_ != WskInspectMax
                                 ? child.verdict_
                                 : action);
    return true;
}

/// The driver has spoken about a request that is on no list now.
void socket::settle_inspection(socket& child, WSK_INSPECT_ACTION action) noexcept {
    listener& l = *listener_;
    if (action == WskInspectReject || child.child_failed_ || begun_close_) {
        child.abort_due_ = action != WskInspectReject;
        child.child_ = child_state::dropped;
        l.dropped.push_back(child);
    } else if (action == WskInspectPend) {
        child.child_ = child_state::pended;
        l.pended.push_back(child);
    } else {
        child.child_ = child_state::ready;
        l.ready.push_back(child);
        match_accepts();
    }
}

/// The peer reset a child before it was delivered. Called without locks, on the child's loop.
void socket::child_failed(socket& child) noexcept {
    section in(*this);
    child.child_failed_ = true;
    if (child.inspected_ &&
        (child.child_ == child_state::pended || child.child_ == child_state::ready)) {
        child.child_node_.unlink();
        child.abort_due_ = true;
        child.child_ = child_state::dropped;
        listener_->dropped.push_back(child);
        in.run_here();
    }
}

bool socket::drop_due() noexcept {
    listener& l = *listener_;
    return !l.dropped.empty() ||
           (begun_close_ && (!l.ready.empty() || !l.pended.empty() || !l.uninspected.empty()));
}

/// Discards one child that the driver will not get, and tells the driver if it had asked.
bool socket::drop_step() noexcept {
    if (!drop_due()) {
        return false;
    }
    listener& l = *listener_;
    socket* child = l.dropped.pop_front();
    if (child == nullptr) {
        child = !l.ready.empty()    ? l.ready.pop_front()
                : !l.pended.empty() ? l.pended.pop_front()
                                    : l.uninspected.pop_front();
        child->abort_due_ = child->inspected_;
    }
    const bool tell = child->abort_due_ && listen_dispatch_ != nullptr &&
                      listen_dispatch_->WskAbortEvent != nullptr;
    WSK_INSPECT_ID id = child->inspect_id_;
    child->child_ = child_state::loose;
    void* const mine = context_;
    callback_begins(WSK_EVENT_ACCEPT);
    mutex_.unlock();
    if (tell) {
        (void)ke::callout(ke::callout_kind::wsk_event, listen_dispatch_->WskAbortEvent, mine, &id);
    }
    child->hand_over(nullptr, nullptr);
    child->discard();
    child->let_go(one_hold);
    mutex_.lock();
    callback_ended();
    return true;
}

}  // namespace wsk
