// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Create, bind, addresses, close. See socket.hpp for the states.
//
// Documents: WskSocket, WskSocketConnect, WskBind, WskGetLocalAddress, WskGetRemoteAddress,
// WskCloseSocket, "Closing a Socket".

#include "io/loop_pool.hpp"
#include "mm/try_new.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"
#include "wsk/address.hpp"
#include "wsk/dispatch.hpp"
#include "wsk/listener.hpp"
#include "wsk/sockets.hpp"
#include "wsk/status.hpp"
#include "wsk/submit.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {

base::status socket::open(sockets& home, client& owner, const creation& how,
                          base::ref_ptr<net::socket> transport, socket* parent) noexcept {
    auto& pool = home.machine().get<io::loop_pool>();
    const bool accepted = static_cast<bool>(transport);
    const bool listens = how.category == category::listen || how.category == category::stream;
    listener* listening = nullptr;
    if (listens) {
        listening = mm::try_new<listener>();
        if (listening == nullptr) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
        listening->accepting.owner = this;
        listening->accepting.done = on_accept;
    }
    net::loop& l = accepted ? transport->owner() : pool.next_loop();
    const bool datagram = how.type == SOCK_DGRAM;
    if (!accepted && how.category != category::basic && !datagram) {
        const net::error e = home.machine().get<net::backend>().make_socket(
            l, net::kind::stream, how.family, static_cast<int>(how.protocol), transport);
        if (e != net::error::none) {
            delete listening;
            return status_of(e);
        }
    }
    bool grants = false;
    if (how.security != nullptr &&
        !home.machine().get<subsystem>().descriptors().use(owner, how.security, grants)) {
        delete listening;  // it was released while the call went on
        return STATUS_INVALID_PARAMETER;
    }
    home_ = &home;
    client_ = &owner;
    category_ = how.category;
    family_ = how.family;
    datagram_type_ = datagram;
    site_ = how.site;
    ordinal_ = home.next_ordinal();
    place(pool, l);
    section in(*this);
    context_ = how.category == category::basic ? nullptr : how.context;
    if (how.category == category::listen) {
        listen_dispatch_ = static_cast<const WSK_CLIENT_LISTEN_DISPATCH*>(how.dispatch);
    } else if (how.category == category::connection) {
        connect_dispatch_ = static_cast<const WSK_CLIENT_CONNECTION_DISPATCH*>(how.dispatch);
    } else if (how.category == category::stream && how.dispatch != nullptr) {
        const auto& both = *static_cast<const WSK_CLIENT_STREAM_DISPATCH*>(how.dispatch);
        listen_dispatch_ = both.Listen;
        connect_dispatch_ = both.Connect;
    }
    listener_ = listening;
    parent_ = parent;
    receive_buffer_ = how.receive_buffer;
    security_ = how.security;
    grants_sharing_ = grants;
    transport_ = std::move(transport);
    static_events_ = owner.socket_opened();
    exported.Dispatch = dispatch_of(how.category);
    traffic_.ordinal = ordinal_;
    home.machine().get<verify::ledger>().add(base::object_kind::socket, &exported, sizeof *this,
                                             static_cast<uint32_t>(how.category), site_);
    holds_.store(one_hold, std::memory_order_release);
    set_state(accepted ? socket_state::connected : socket_state::created);
    if (accepted) {
        watch_hangup(false);
    }
    return STATUS_SUCCESS;
}

base::status socket::complete_creation(IRP* irp, const ke::edge& e) noexcept {
    request* r = begin(request_kind::create, irp, e);
    if (r == nullptr) {
        discard();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    client_->irp_pended();
    section in(*this);
    visible_ = true;
    pend(*r);
    finish(*r, STATUS_SUCCESS, reinterpret_cast<uint64_t>(&exported));
    in.schedule();
    return STATUS_PENDING;
}

base::status socket::connect_created(const net::address& local, const net::address& remote,
                                     IRP* irp, const ke::edge& e) noexcept {
    request* r = begin(request_kind::make, irp, e);
    if (r == nullptr) {
        discard();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    client_->irp_pended();
    section in(*this);
    const base::status bound = bind_now(local);
    if (bound.ok()) {
        start_connect(*r, remote);
    } else {
        pend(*r);
        finish(*r, bound);
    }
    if (work_waiting()) {
        in.schedule();
    }
    return STATUS_PENDING;
}

/// WskSocketConnect has been answered: the socket is the driver's now, or it is nobody's.
void socket::made_known(bool success) noexcept {
    visible_ = success;
    if (!success && !begun_close_) {
        begin_close();
    }
}

// -- Bind.

base::status socket::bind(const SOCKADDR* local, ULONG flags, IRP* irp,
                          const ke::edge& e) noexcept {
    net::address address;
    const bool good = flags == 0 && read_address(local, family_, address);
    return submit(request_kind::bind, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (!good) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        if (state_ != socket_state::created) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        base::status s = datagram_type_ ? base::status(STATUS_NOT_IMPLEMENTED) : bind_now(address);
        if (s.ok() && category_ == category::listen) {
            s = start_listening();
        }
        pend(r);
        finish(r, s);
        return base::status(STATUS_PENDING);
    });
}

base::status socket::bind_now(const net::address& local) noexcept {
    port_table::wish w;
    w.address = local;
    w.how = reuse_address_       ? sharing::reuse
            : exclusive_address_ ? sharing::exclusive
                                 : sharing::none;
    w.dual = family_ == net::family::ipv6 && !v6_only_;
    w.grants = grants_sharing_;
    NT_TRY(home_->ports().enter(port_, w, *transport_));
    const net::error e = transport_->bind(local);
    if (e != net::error::none) {
        home_->ports().leave(port_);
        return told(e);
    }
    home_->ports().settle(port_, transport_->local_address());
    set_state(socket_state::bound);
    return STATUS_SUCCESS;
}

// -- Addresses.

base::status socket::get_address(bool remote, SOCKADDR* out, IRP* irp, const ke::edge& e) noexcept {
    return submit(request_kind::query, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        if (out == nullptr) {
            return base::status(STATUS_INVALID_PARAMETER);
        }
        const bool known =
            remote ? state_ == socket_state::connected : state_ != socket_state::created;
        if (!known) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        write_address(remote ? transport_->remote_address() : transport_->local_address(), family_,
                      out);
        pend(r);
        finish(r, STATUS_SUCCESS);
        return base::status(STATUS_PENDING);
    });
}

// -- Close.

base::status socket::close(IRP* irp, const ke::edge& e) noexcept {
    if (irp == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    // Null for a second close only, which is refused anyway.
    io::operation* reserve = close_reserve_.exchange(nullptr, std::memory_order_acquire);
    request* r = reserve != nullptr
                     ? &make_request(io::begin_reserved(*reserve, irp, e), request_kind::close)
                     : begin(request_kind::close, irp, e);
    if (r == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    bool again = false;
    bool busy = false;
    const base::status s = submit(*r, [&](request& mine) OPENWSK_REQUIRES(mutex_) {
        again = begun_close_;
        if (again) {
            return base::status(STATUS_INVALID_HANDLE);
        }
        busy = (holds_.load(std::memory_order_relaxed) >> 32) >
                   socket_call::nested(e.thread(), *this) &&
               runner_locked() != &e.thread();
        pend(mine);
        close_ = &mine;
        closed_by_client_.store(true, std::memory_order_relaxed);
        begin_close();
        return base::status(STATUS_PENDING);
    });
    if (again) {
        verify::violation(verify::rule::wsk_bad_socket, e.caller(), &exported,
                          "WskCloseSocket was called twice for socket %p", &exported);
    } else if (busy) {
        verify::violation(verify::rule::wsk_close_during_call, e.caller(), &exported,
                          "WskCloseSocket: another call into socket %p has not returned",
                          &exported);
    }
    return s;
}

void socket::discard() noexcept {
    section in(*this);
    if (!begun_close_) {
        begin_close();
        in.schedule();
    }
}

/// Stops everything. From here on only completions, the end of what runs, and the transport's
/// closing are awaited; can_end() says when.
void socket::begin_close() noexcept {
    begun_close_ = true;
    set_state(socket_state::closing);
    enabled_ = 0;
    active_ = false;
    if (connect_ != nullptr) {
        connect_->state = request_state::waiting;
        finish(*std::exchange(connect_, nullptr), STATUS_CANCELLED);
    }
    if (finish_ != nullptr) {
        finish(*std::exchange(finish_, nullptr), STATUS_CANCELLED);
    }
    finish_all(sends_, STATUS_CANCELLED);
    finish_all(receives_, STATUS_CANCELLED);
    if (listener_ != nullptr) {
        finish_all(listener_->accepts, STATUS_CANCELLED);
    }
    drop_staged();
    if (!retained_.empty()) {
        verify::violation(verify::rule::wsk_retained_at_close, site_, &exported,
                          "socket %p was closed with %zu bytes in indications that were not "
                          "released",
                          &exported, retained_bytes_);
        while (lent* l = retained_.pop_front()) {
            home_->buffers().quarantine(*l, *client_);
        }
    }
    if (retry_armed_ && loop().disarm(retry_)) {
        retry_armed_ = false;
        let_go(one_hold);
    }
    if (receive_token_ && !receive_busy_ && !indicating_) {
        release_receiving();
    }
    if (transport_) {
        transport_->close(closing_);
    } else {
        transport_closed_ = true;
    }
}

void socket::on_closed(net::operation& o) noexcept {
    socket& s = owner_of<net::close_operation>(o);
    section in(s);
    s.transport_closed_ = true;
    in.run_here();
}

// hangup_armed_: closing takes the watch back, but a thread may be on its way to tell us what it
// saw before, and nothing else (no token) holds the socket for it.
bool socket::can_end() const noexcept {
    return begun_close_ && transport_closed_ && state_ == socket_state::closing && !send_busy_ &&
           !receive_busy_ && in_callback_ == 0 && !retry_armed_ && !hangup_armed_ &&
           (listener_ == nullptr || (listener_->children == 0 && !listener_->busy));
}

/// The last step: the close IRP is completed after everything else (SOCK-087).
void socket::end() noexcept {
    OPENWSK_ASSERT(completions_.empty() && sends_.empty() && receives_.empty() &&
                   disabling_.empty());
    set_state(socket_state::unused);
    home_->ports().leave(port_);
    home_->machine().get<verify::ledger>().remove(base::object_kind::socket, &exported);
    if (security_ != nullptr) {
        descriptors().end_use(*client_, std::exchange(security_, nullptr));
    }
    listener* listening = std::exchange(listener_, nullptr);
    request* r = std::exchange(close_, nullptr);
    mutex_.unlock();
    delete listening;
    base::traffic_info traffic;
    describe(traffic);
    home_->remember(traffic);
    if (r != nullptr) {
        (void)io::complete(r->operation(), STATUS_SUCCESS);
    }
    mutex_.lock();
    end_locked();
}

}  // namespace wsk
