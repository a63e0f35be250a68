// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Life, requests, the strand's step. See socket.hpp.

#include "wsk/socket.hpp"

#include <cstdio>

#include "io/loop_pool.hpp"
#include "trace/event.hpp"
#include "verify/ledger.hpp"
#include "wsk/address.hpp"
#include "wsk/listener.hpp"
#include "wsk/sockets.hpp"
#include "wsk/submit.hpp"

namespace wsk {
namespace {

constexpr uint64_t retry_ns = 10'000'000;  // how long memory or buffers are given to come back

}  // namespace

const char* name_of(category c) noexcept {
    constexpr const char* names[] = {"basic", "listening", "datagram", "connection", "stream"};
    return names[static_cast<size_t>(c)];
}

const char* name_of(socket_state s) noexcept {
    constexpr const char* names[] = {"unused",     "created",   "bound",  "listening",
                                     "connecting", "connected", "closing"};
    return names[static_cast<size_t>(s)];
}

socket::socket() noexcept {
    sending_.owner = finishing_.owner = receivable_.owner = hangup_.owner = this;
    connecting_.owner = closing_.owner = retry_.owner = this;
    sending_.done = on_sendable;
    finishing_.done = on_finished;
    receivable_.done = on_receivable;
    hangup_.done = on_hangup;
    connecting_.done = on_connected;
    closing_.done = on_closed;
    retry_.call = on_retry;
}

// -- Holds.

bool socket::try_hold(uint64_t what) noexcept {
    uint64_t seen = holds_.load(std::memory_order_relaxed);
    while (static_cast<uint32_t>(seen) != 0) {
        if (holds_.compare_exchange_weak(seen, seen + what, std::memory_order_acquire,
                                         std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

void socket::let_go(uint64_t what) noexcept {
    const uint64_t before = holds_.fetch_sub(what, std::memory_order_acq_rel);
    OPENWSK_ASSERT(static_cast<uint32_t>(before) != 0);
    if (before == what) {
        client& application = *client_;
        forget_life();
        home_->retire(*this);
        // Last: when the application has let go of its sockets, nothing is left of them, so that
        // the machine may end.
        application.socket_closed();
    }
}

void socket::keep() noexcept {
    holds_.fetch_add(one_hold, std::memory_order_relaxed);
}

void socket::drop() noexcept {
    let_go(one_hold);
}

void socket::finished() noexcept {
    let_go(one_hold);
}

/// Everything a new life must not inherit. Nobody else knows the object now.
void socket::forget_life() noexcept {
    host::guard g(mutex_);
    OPENWSK_ASSERT(completions_.empty() && sends_.empty() && receives_.empty() &&
                   disabling_.empty() && staged_.empty() && retained_.empty());
    state_ = socket_state::unused;
    transport_.reset();
    context_ = nullptr;
    listen_dispatch_ = nullptr;
    connect_dispatch_ = nullptr;
    dead_ = visible_ = begun_close_ = transport_closed_ = false;
    closed_by_client_.store(false, std::memory_order_relaxed);
    failure_ = STATUS_SUCCESS;
    aborted_ = false;
    reuse_address_ = exclusive_address_ = no_delay_ = error_reports_ = false;
    v6_only_ = true;
    receive_buffer_ = 0;
    connect_ = close_ = finish_ = nullptr;
    static_events_ = enabled_ = in_callback_ = dead_told_ = 0;
    active_ = awaits_dispatch_ = graceful_told_ = abortive_told_ = false;
    send_token_ = send_armed_ = send_shut_ = finish_done_ = false;
    receive_token_ = receive_busy_ = receive_armed_ = indicating_ = false;
    paused_ = unpaused_ = peer_shut_ = peer_finished_ = received_all_ = false;
    retained_bytes_ = 0;
    hangup_armed_ = retry_armed_ = false;
    child_ = child_state::loose;
    child_failed_ = inspected_ = abort_due_ = false;
    inspect_id_ = {};
    verdict_ = WskInspectMax;
    parent_ = nullptr;
    send_busy_ = false;
    backlog_told_ = backlog_now_ = 0;
    traffic_ = {};
}

void socket::set_state(socket_state s) noexcept {
    trace::emit(trace::event::wsk_socket_state, ordinal_, static_cast<uint64_t>(state_),
                static_cast<uint64_t>(s));
    state_ = s;
}

// -- Requests.

request* socket::begin(request_kind kind, IRP* irp, const ke::edge& e) noexcept {
    io::operation* op = io::begin(irp, e);
    return op != nullptr ? &make_request(*op, kind) : nullptr;
}

request& socket::make_request(io::operation& op, request_kind kind) noexcept {
    request& r = op.emplace<request>();
    r.kind = kind;
    return r;
}

bool socket::reserve_close(base::machine& m) noexcept {
    io::operation* op = io::reserve(m);
    close_reserve_.store(op, std::memory_order_release);
    return op != nullptr;
}

void socket::drop_close_reserve() noexcept {
    if (io::operation* op = close_reserve_.exchange(nullptr, std::memory_order_acquire)) {
        io::give_back(*op);
    }
}

void socket::pend(request& r) noexcept {
    r.owner = this;
    io::mark_pending(r.operation());
}

void socket::queue(request_list& on, request& r) noexcept {
    pend(r);
    r.state = request_state::waiting;
    on.push_back(r);
    if (!io::arm_cancel(r.operation(), on_cancel)) {
        cancel(r);
    }
}

void socket::finish(request& r, base::status s, uint64_t information) noexcept {
    OPENWSK_ASSERT(r.state != request_state::over);
    r.state = request_state::over;
    r.result = s;
    r.information = information;
    completions_.push_back(r);
}

void socket::finish_queued(request& r, base::status s, uint64_t information) noexcept {
    r.node.unlink();
    finish(r, s, information);
}

/// Those that a kernel call is using end when it returns.
void socket::finish_all(request_list& of, base::status s) noexcept {
    request* following = nullptr;
    for (request* r = of.front(); r != nullptr; r = following) {
        following = of.next(*r);
        if (r->state == request_state::flight) {
            r->cancelled = true;
        } else {
            finish_queued(*r, s, r->data.moved());
        }
    }
}

void socket::on_cancel(io::operation& op) noexcept {
    request& r = op.state<request>();
    socket& s = *r.owner;
    section in(s);
    s.cancel(r);
    if (s.work_waiting()) {
        in.schedule();
    }
}

/// What IoCancelIrp means for a request, in each of its states.
void socket::cancel(request& r) noexcept {
    switch (r.state) {
        case request_state::fresh:
        case request_state::over:
            return;
        case request_state::flight:
            r.cancelled = true;
            if (&r == connect_) {
                transport_->cancel(connecting_);
            }
            return;
        case request_state::waiting:
            if (r.kind == request_kind::disable) {
                return;  // ends when the callbacks have returned, and not before
            }
            if (&r == finish_) {
                finish_ = nullptr;  // our FIN is on its way all the same
                finish(r, STATUS_CANCELLED);
                return;
            }
            finish_queued(r, STATUS_CANCELLED, r.data.moved());
            return;
    }
}

/// Completes one request: the driver's completion routine runs, without the lock.
void socket::deliver(request& r) noexcept {
    const request_kind kind = r.kind;
    const base::status result = r.result;
    socket* made = r.accepted;
    void* context = r.context;
    const WSK_CLIENT_CONNECTION_DISPATCH* dispatch = r.dispatch;
    const uint64_t information = r.information;
    client& application = *client_;
    mutex_.unlock();
    if (kind == request_kind::accept && made != nullptr) {
        made->hand_over(context, dispatch);
    }
    trace::emit(trace::event::wsk_complete, ordinal_, static_cast<uint64_t>(kind),
                static_cast<uint64_t>(result.code()), information);
    (void)io::complete(r.operation(), result, information);
    if (kind == request_kind::accept && made != nullptr) {
        made->activate(0);
        made->let_go(one_hold);
    } else if (kind == request_kind::create || kind == request_kind::make) {
        application.irp_done();
    }
    mutex_.lock();
    if (kind == request_kind::make) {
        made_known(result.ok());
    }
}

// -- The strand.

/// There is work for step() that nobody has been told of: a strand that runs finds it by itself.
bool socket::work_waiting() noexcept {
    return idle_locked() && (!completions_.empty() || events_waiting() || can_end());
}

bool socket::events_waiting() noexcept {
    if (listener_ != nullptr && (inspect_due() || accept_event_due() || drop_due())) {
        return true;
    }
    return receive_event_due() || disconnect_event_due() || dead_events_due() != 0 ||
           backlog_now_ != backlog_told_;
}

bool socket::step() noexcept {
    if (request* r = completions_.pop_front()) {
        deliver(*r);
        return true;
    }
    if (at_event_thread() && event_step()) {
        return true;
    }
    if (can_end()) {
        end();
        return false;
    }
    return false;
}

bool socket::event_step() noexcept {
    if (listener_ != nullptr && (drop_step() || inspect_step() || accept_step())) {
        return true;
    }
    return receive_step() || disconnect_step() || backlog_step() || dead_step();
}

// -- Retry after a lack of memory.

void socket::retry_later() noexcept {
    if (retry_armed_ || begun_close_) {
        return;
    }
    retry_armed_ = true;
    keep();
    loop().arm(retry_, host::current().now_ns() + retry_ns);
}

void socket::on_retry(net::task& t) noexcept {
    socket& s = *static_cast<owned<net::timer>&>(t).owner;
    {
        section in(s);
        s.retry_armed_ = false;
        s.pump_receives();
        s.settle_receiving(false);
        s.pump_accepts();
        in.run_here();
    }
    s.let_go(one_hold);
}

// -- Reports.

void socket::describe(base::object_info& out) noexcept {
    section in(*this);
    out.kind = base::object_kind::socket;
    out.ordinal = ordinal_;
    out.bytes = sizeof *this;
    out.address = &exported;
    out.site = site_;
    char local[64] = "-";
    char remote[64] = "-";
    if (transport_) {
        format_address(transport_->local_address(), local, sizeof local);
        format_address(transport_->remote_address(), remote, sizeof remote);
    }
    unsigned waiting = 0;
    for (request_list* l : {&sends_, &receives_, &completions_, &disabling_}) {
        for (request* r = l->front(); r != nullptr; r = l->next(*r)) {
            ++waiting;
        }
    }
    waiting += (connect_ != nullptr) + (finish_ != nullptr) + (close_ != nullptr);
    if (listener_ != nullptr) {
        for (request* r = listener_->accepts.front(); r; r = listener_->accepts.next(*r)) {
            ++waiting;
        }
    }
    std::snprintf(out.text, sizeof out.text, "%s %s - %s, %s, %u IRPs pending", name_of(category_),
                  local, remote, name_of(state_), waiting);
}

void socket::describe(base::traffic_info& out) noexcept {
    section in(*this);
    out = traffic_;
    out.ordinal = ordinal_;
    out.open = state_ != socket_state::unused;
    char local[50] = "-";
    char remote[50] = "-";
    if (transport_) {
        format_address(transport_->local_address(), local, sizeof local);
        format_address(transport_->remote_address(), remote, sizeof remote);
    }
    if (category_ == category::listen) {
        std::snprintf(out.name, sizeof out.name, "listening %s", local);
    } else {
        std::snprintf(out.name, sizeof out.name, "%s %s - %s", name_of(category_), local, remote);
    }
}

void socket::show_retained(base::object_visitor& v) noexcept {
    section in(*this);
    for (lent* l = retained_.front(); l != nullptr; l = retained_.next(*l)) {
        base::object_info o;
        o.kind = base::object_kind::indication;
        o.ordinal = l->slab_index() + 1;
        o.bytes = l->length();
        o.address = &l->node;
        o.site = site_;
        std::snprintf(o.text, sizeof o.text, "%zu bytes of socket %lu", l->length(),
                      static_cast<unsigned long>(ordinal_));
        v.visit(o);
    }
}

}  // namespace wsk
