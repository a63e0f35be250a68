// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The receiving direction: WskReceive, WskReceiveEvent, WskRelease.
//
// Documents: WskReceive, WskReceiveEvent, WskRelease, "Receiving Data over a Connection-Oriented
// Socket".
//
// Requests come first, in call order; only when none waits and the receive event is live does the
// strand read for the event. What the driver did not take is staged: the event is then paused until
// the next WskReceive, and staged bytes come before anything the transport has. Retained bytes
// count against the socket's budget; beyond it nothing is read for the event, so that the peer's
// window closes.
//
// Who reads: the holder of the transport's receiving token (receive_token_, or an armed operation).
// While receive_token_ is set without receive_busy_ the strand is about to read.

#include <algorithm>

#include "ke/callout.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"
#include "wsk/sockets.hpp"
#include "wsk/status.hpp"
#include "wsk/submit.hpp"

namespace wsk {
namespace {

constexpr uint32_t vectors_max = 64;            // of one kernel call, on our stack
constexpr size_t discard_max = 1024 * 1024;     // of one kernel call
constexpr size_t budget_default = 1024 * 1024;  // retained bytes without SO_RCVBUF
constexpr size_t peek_bytes = 4096;             // what a zero-length receive may read ahead
constexpr unsigned turns_max = 16;              // kernel calls in one go, then others have a turn

bool drains(const request& r) noexcept {
    return (r.flags & WSK_FLAG_DRAIN) != 0;
}

bool only_waits(const request& r) noexcept {
    return r.data.length() == 0 && !drains(r);
}

}  // namespace

// -- WskReceive.

base::status socket::receive(const WSK_BUF* buffer, ULONG flags, IRP* irp,
                             const ke::edge& e) noexcept {
    constexpr ULONG known = WSK_FLAG_WAITALL | WSK_FLAG_DRAIN;
    buffer_cursor data;
    base::status good = STATUS_SUCCESS;
    if ((flags & ~known) != 0) {
        good = STATUS_NOT_SUPPORTED;
    } else if (buffer == nullptr || (flags & known) == known ||
               ((flags & WSK_FLAG_DRAIN) != 0 && buffer->Length != 0)) {
        good = STATUS_INVALID_PARAMETER;
    } else if (const buffer_cursor::verdict v = data.check(*buffer);
               v != buffer_cursor::verdict::good) {
        report_chain(v, *buffer, e);
        good = STATUS_INVALID_PARAMETER;
    }
    return submit(request_kind::receive, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        NT_TRY(good);
        NT_TRY(connection_status());
        r.data = data;
        r.flags = flags;
        paused_ = false;
        unpaused_ = true;
        queue(receives_, r);
        pump_receives();
        settle_receiving(false);
        return base::status(STATUS_PENDING);
    });
}

/// Serves waiting requests as far as data goes. Whoever finds the direction idle does it.
void socket::pump_receives() noexcept {
    if (state_ != socket_state::connected) {
        return;
    }
    unsigned turns = 0;
    while (!receive_busy_ && !indicating_ && !receive_armed_) {
        request* r = receives_.front();
        if (r == nullptr) {
            return;
        }
        if (!staged_.empty()) {
            serve_staged(*r);
        } else if (peer_shut_) {
            finish_queued(*r, STATUS_SUCCESS, r->data.moved());
        } else if (received_all_) {
            finish_queued(*r, failure_, r->data.moved());
        } else if (!acquire_receiving()) {
            return;
        } else if (turns++ == turns_max) {
            arm_receive();
        } else if (only_waits(*r)) {
            stage_some();
        } else {
            receive_some(*r);
        }
    }
}

/// True when the request is satisfied with what it has.
bool socket::receive_done(const request& r) const noexcept {
    if (drains(r)) {
        return false;  // only the end of the stream satisfies it
    }
    return r.data.remaining() == 0 || (r.data.moved() != 0 && (r.flags & WSK_FLAG_WAITALL) == 0);
}

void socket::serve_staged(request& r) noexcept {
    if (drains(r)) {
        drop_staged();
        return;
    }
    if (only_waits(r)) {
        finish_queued(r, STATUS_SUCCESS);
        return;
    }
    while (lent* l = staged_.front()) {
        l->drop_front(r.data.fill(l->bytes(), l->length()));
        if (l->length() != 0) {
            break;
        }
        l->link.unlink();
        home_->buffers().give_back(*l);
    }
    if (receive_done(r)) {
        ++traffic_.receives;
        finish_queued(r, STATUS_SUCCESS, r.data.moved());
    }
}

/// One kernel call for the first request. The token is held.
void socket::receive_some(request& r) noexcept {
    iovec vectors[vectors_max];
    const uint32_t count = drains(r) ? 0 : r.data.gather(vectors, vectors_max);
    size_t got = 0;
    r.state = request_state::flight;
    receive_busy_ = true;
    mutex_.unlock();
    const net::error e = drains(r) ? transport_->try_discard(discard_max, got)
                                   : transport_->try_receive(vectors, count, got);
    mutex_.lock();
    receive_busy_ = false;
    r.state = request_state::waiting;
    if (e == net::error::none && got != 0) {
        traffic_.bytes_received += got;
        if (!drains(r)) {
            r.data.advance(got);
        }
        if (receive_done(r)) {
            ++traffic_.receives;
            finish_queued(r, STATUS_SUCCESS, r.data.moved());
            return;
        }
    } else if (e == net::error::none) {
        peer_shut_ = true;
    }
    if (r.cancelled) {
        const bool failed = !begun_close_ && (aborted_ || dead_);
        finish_queued(r, failed ? failure_ : base::status(STATUS_CANCELLED), r.data.moved());
    }
    read_ended(e);
}

/// What a kernel call in the receiving direction said besides data.
void socket::read_ended(net::error e) noexcept {
    if (e == net::error::none) {
        return;
    }
    if (e == net::error::would_block) {
        if (begun_close_ || (receives_.empty() && !wants_to_read())) {
            release_receiving();
        } else {
            arm_receive();
        }
    } else if (e == net::error::no_resources) {
        release_receiving();
        retry_later();
    } else {
        received_all_ = true;
        latch(ends_connection(e) ? e : net::error::dead);
    }
}

/// Reads a little ahead, to learn whether there is anything. The token is held.
void socket::stage_some() noexcept {
    lent* l = nullptr;
    bool full = false;
    receive_busy_ = true;
    mutex_.unlock();
    const net::error e = home_->buffers().receive(*transport_, peek_bytes, l, full);
    mutex_.lock();
    receive_busy_ = false;
    if (l != nullptr) {
        traffic_.bytes_received += l->length();
        if (begun_close_ || aborted_) {
            home_->buffers().give_back(*l);
        } else {
            stage(*l);
        }
        return;
    }
    if (e == net::error::none) {
        peer_shut_ = true;
    }
    read_ended(e);
}

void socket::stage(lent& l) noexcept {
    l.where = lent::state::staged;
    staged_.push_front(l);
}

void socket::drop_staged() noexcept {
    while (lent* l = staged_.pop_front()) {
        home_->buffers().give_back(*l);
    }
}

// -- The token.

bool socket::acquire_receiving() noexcept {
    if (!receive_token_ && transport_->try_acquire(net::direction::receiving)) {
        receive_token_ = true;
    }
    return receive_token_;
}

void socket::release_receiving() noexcept {
    if (std::exchange(receive_token_, false)) {
        transport_->release(net::direction::receiving);
    }
}

void socket::arm_receive() noexcept {
    receive_token_ = false;
    receive_armed_ = true;
    receivable_.vectors = nullptr;
    receivable_.vector_count = 0;
    transport_->receive(receivable_);
}

void socket::on_receivable(net::operation& o) noexcept {
    socket& s = owner_of<net::transfer>(o);
    section in(s);
    s.receive_armed_ = false;
    s.receive_token_ = true;
    s.pump_receives();
    s.settle_receiving(true);
    in.run_here();
}

/// After anything that may have changed who wants to read: nobody keeps the token but a reader.
/// ready: there is something to read, so the strand does it; otherwise an armed operation tells.
void socket::settle_receiving(bool ready) noexcept {
    if (state_ == socket_state::created || receive_busy_ || indicating_ || receive_armed_) {
        return;
    }
    if (begun_close_ || !receives_.empty()) {
        release_receiving();
        return;
    }
    note_end_of_stream();
    if (!wants_to_read() || !staged_.empty()) {
        release_receiving();
    } else if (ready && receive_token_) {
        return;
    } else if (acquire_receiving()) {
        arm_receive();
    }
}

/// The peer's FIN was seen by the watch, and everything before it is taken: nobody has to read
/// to know that the stream has ended.
void socket::note_end_of_stream() noexcept {
    if (!peer_finished_ || peer_shut_ || received_all_ || receive_busy_ || receive_armed_ ||
        indicating_ || !staged_.empty() || !receives_.empty()) {
        return;
    }
    net::stream_info info;
    if (transport_->query(info) == net::error::none && info.unread_bytes == 0) {
        peer_shut_ = true;
    }
}

// -- WskReceiveEvent.

size_t socket::receive_budget() const noexcept {
    return receive_buffer_ != 0 ? receive_buffer_ : budget_default;
}

bool socket::receive_event_live() noexcept {
    return event_live(WSK_EVENT_RECEIVE) && !dead_ && !paused_ && !aborted_ && !abortive_told_;
}

bool socket::wants_to_read() noexcept {
    return receive_event_live() && receives_.empty() && !peer_shut_ && !received_all_ &&
           retained_bytes_ < receive_budget();
}

bool socket::receive_event_due() noexcept {
    if (!receive_event_live() || !receives_.empty() || indicating_ || receive_busy_) {
        return false;
    }
    return !staged_.empty() || (receive_token_ && wants_to_read());
}

bool socket::receive_step() noexcept {
    if (!receive_event_due()) {
        return false;
    }
    bool drained = false;
    lent* l = staged_.pop_front();
    if (l == nullptr && !read_for_event(l, drained)) {
        return peer_shut_ || received_all_;
    }
    if (begun_close_ || aborted_) {
        home_->buffers().give_back(*l);
    } else if (!receive_event_live() || !receives_.empty()) {
        stage(*l);  // somebody changed his mind while we were reading
    } else {
        indicate(*l, drained);
    }
    pump_receives();
    settle_receiving(!drained);
    return true;
}

/// Reads for the event; false when there was nothing to indicate. The token is held.
bool socket::read_for_event(lent*& out, bool& drained) noexcept {
    const size_t room = receive_budget() - retained_bytes_;
    bool full = false;
    receive_busy_ = true;
    mutex_.unlock();
    const net::error e = home_->buffers().receive(*transport_, room, out, full);
    mutex_.lock();
    receive_busy_ = false;
    drained = !full;
    if (out != nullptr) {
        traffic_.bytes_received += out->length();
        return true;
    }
    if (e == net::error::none) {
        peer_shut_ = true;
        release_receiving();
    }
    read_ended(e);
    if (received_all_) {
        release_receiving();
    }
    return false;
}

/// Shows bytes to the driver. The receiving token, if it is held, stays: what comes after them must
/// not be read before the driver has said how many it took.
void socket::indicate(lent& l, bool drained) noexcept {
    l.describe();
    l.where = lent::state::cut;
    l.owner.store(this, std::memory_order_release);
    const SIZE_T indicated = l.length();
    const ULONG flags =
        (drained ? ULONG{WSK_FLAG_ENTIRE_MESSAGE} : 0) |
        (retained_bytes_ * 2 >= receive_budget() ? ULONG{WSK_FLAG_RELEASE_ASAP} : 0);
    const auto callback = connect_dispatch_->WskReceiveEvent;
    void* const mine = context_;
    indicating_ = true;
    unpaused_ = false;
    callback_begins(WSK_EVENT_RECEIVE);
    mutex_.unlock();
    SIZE_T accepted = indicated;
    const NTSTATUS s = ke::callout(ke::callout_kind::wsk_event, callback, mine, flags, &l.node,
                                   indicated, &accepted);
    mutex_.lock();
    indicating_ = false;
    callback_ended();
    ++traffic_.receives;
    trace::emit(trace::event::wsk_indicate, ordinal_, WSK_EVENT_RECEIVE, static_cast<uint64_t>(s),
                indicated);
    const void* const where = reinterpret_cast<const void*>(callback);
    if (s == STATUS_SUCCESS && accepted > indicated) {
        verify::violation(verify::rule::wsk_accepted_too_much, where, &exported,
                          "WskReceiveEvent set *BytesAccepted to %zu of %zu", accepted, indicated);
    } else if (s != STATUS_SUCCESS && s != STATUS_PENDING && s != STATUS_DATA_NOT_ACCEPTED) {
        verify::violation(verify::rule::wsk_event_status, where, &exported,
                          "WskReceiveEvent returned 0x%08x", static_cast<unsigned>(s));
    }
    settle_indication(l, s, s == STATUS_SUCCESS ? std::min(accepted, indicated) : 0);
}

void socket::settle_indication(lent& l, NTSTATUS s, size_t taken) noexcept {
    if (s == STATUS_PENDING) {
        if (l.where == lent::state::released) {
            home_->buffers().give_back(l);
        } else if (begun_close_) {
            home_->buffers().quarantine(l, *client_);
        } else {
            l.where = lent::state::retained;
            retained_.push_back(l);
            retained_bytes_ += l.length();
        }
        return;
    }
    if (taken == l.length() || begun_close_ || aborted_) {
        home_->buffers().give_back(l);
        return;
    }
    l.owner.store(nullptr, std::memory_order_relaxed);
    l.drop_front(taken);
    stage(l);
    paused_ = !unpaused_;
}

// -- WskRelease.

base::status socket::release(const WSK_DATA_INDICATION* list, const ke::edge& e) noexcept {
    if (list == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    buffer_pool& buffers = home_->buffers();
    for (const WSK_DATA_INDICATION* node = list; node != nullptr;) {
        lent* l = buffers.find(node);
        const WSK_DATA_INDICATION* const next = l != nullptr ? node->Next : nullptr;
        bool mine = false;
        if (l != nullptr && l->owner.load(std::memory_order_acquire) == this) {
            section in(*this);
            const bool was_full = retained_bytes_ >= receive_budget();
            mine = take_back(*l);
            if (was_full && !indicating_) {
                settle_receiving(false);
            }
            if (work_waiting()) {
                in.schedule();
            }
        }
        if (!mine && (l == nullptr || !buffers.release_quarantined(*l))) {
            verify::violation(verify::rule::wsk_bad_release, e.caller(), node,
                              "WskRelease: %p is not a retained indication of socket %p",
                              static_cast<const void*>(node), &exported);
            return STATUS_INVALID_PARAMETER;
        }
        node = next;
    }
    return STATUS_SUCCESS;
}

bool socket::take_back(lent& l) noexcept {
    if (l.owner.load(std::memory_order_relaxed) != this) {
        return false;
    }
    if (l.where == lent::state::retained) {
        l.link.unlink();
        retained_bytes_ -= l.length();
        home_->buffers().give_back(l);
        return true;
    }
    if (l.where == lent::state::cut && indicating_) {
        l.where = lent::state::released;  // inside the callback, which will return STATUS_PENDING
        return true;
    }
    return false;
}

}  // namespace wsk
