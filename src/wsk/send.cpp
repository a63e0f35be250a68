// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The sending direction: WskSend, the data of WskConnectEx, and the FIN of WskDisconnect.
//
// Documents: WskSend, "Sending Data over a Connection-Oriented Socket".
//
// One queue in call order. Consecutive sends go out in one kernel call, and each is completed
// with its own length when the kernel has copied its last byte; what the peer has not acknowledged
// is still owed at close (the transport drains before it resets).

#include <algorithm>

#include "verify/violation.hpp"
#include "wsk/sockets.hpp"
#include "wsk/status.hpp"
#include "wsk/submit.hpp"

namespace wsk {
namespace {

constexpr uint32_t vectors_max = 64;  // of one kernel call, on our stack

}  // namespace

// A length without an MDL is a status and no more (IRP-034).
void socket::report_chain(buffer_cursor::verdict v, const WSK_BUF& buffer,
                          const ke::edge& e) noexcept {
    if (v == buffer_cursor::verdict::beyond_chain || v == buffer_cursor::verdict::circular) {
        verify::violation(
            verify::rule::wsk_buffer_beyond_chain, e.caller(), buffer.Mdl,
            "%s: the WSK_BUF describes %zu bytes from offset %u of an MDL chain that "
            "%s",
            e.name(), static_cast<size_t>(buffer.Length), buffer.Offset,
            v == buffer_cursor::verdict::circular ? "leads back into itself" : "holds fewer");
    }
}

base::status socket::send(const WSK_BUF* buffer, ULONG flags, IRP* irp,
                          const ke::edge& e) noexcept {
    buffer_cursor data;
    base::status good = STATUS_SUCCESS;
    if (buffer == nullptr) {
        good = STATUS_INVALID_PARAMETER;
    } else if (const buffer_cursor::verdict v = data.check(*buffer);
               v != buffer_cursor::verdict::good) {
        report_chain(v, *buffer, e);
        good = STATUS_INVALID_PARAMETER;
    } else if ((flags & wsk_flag_oob) != 0) {
        good = STATUS_NOT_SUPPORTED;
    }
    return submit(request_kind::send, irp, e, [&](request& r) OPENWSK_REQUIRES(mutex_) {
        NT_TRY(good);
        NT_TRY(connection_status());
        if (failure_.ok() && send_shut_) {
            return base::status(STATUS_INVALID_DEVICE_STATE);
        }
        if (!failure_.ok()) {
            pend(r);
            finish(r, failure_);
            return base::status(STATUS_PENDING);
        }
        r.data = data;
        r.flags = flags;
        queue(sends_, r);
        pump_sends();
        return base::status(STATUS_PENDING);
    });
}

/// Sends as much of the queue as the kernel takes. Whoever finds the direction idle does it.
void socket::pump_sends() noexcept {
    while (!send_busy_ && !send_armed_) {
        request* r = sends_.front();
        if (r == nullptr) {
            release_sending();
            return;
        }
        if (!failure_.ok()) {
            finish_queued(*r, failure_, r->data.moved());
            continue;
        }
        if (r->data.remaining() == 0 && r->kind != request_kind::disconnect) {
            finish_queued(*r, STATUS_SUCCESS, success_information(*r));
            continue;
        }
        if (!send_token_) {
            if (!transport_->try_acquire(net::direction::sending)) {
                return;
            }
            send_token_ = true;
        }
        if (r->data.remaining() == 0) {
            start_finish(*r);
        } else {
            send_some();
        }
    }
}

/// One kernel call for as many requests as fit. The token is held.
void socket::send_some() noexcept {
    iovec vectors[vectors_max];
    uint32_t count = 0;
    bool flush = false;
    for (request* r = sends_.front(); r != nullptr && count < vectors_max; r = sends_.next(*r)) {
        count += r->data.gather(vectors + count, vectors_max - count);
        r->state = request_state::flight;
        flush |= r->kind == request_kind::send && (r->flags & WSK_FLAG_NODELAY) != 0;
        if (r->kind == request_kind::disconnect) {
            break;
        }
    }
    sending_.vectors = vectors;
    sending_.vector_count = count;
    sending_.vector_index = 0;
    sending_.vector_offset = 0;
    sending_.bytes = 0;
    sending_.no_delay = flush && !no_delay_;
    send_busy_ = true;
    mutex_.unlock();
    const net::error e = transport_->try_send(sending_);
    mutex_.lock();
    send_busy_ = false;
    account_sent(sending_.bytes);
    if (e == net::error::would_block && failure_.ok() && !begun_close_) {
        sending_.vector_count = 0;
        sending_.vectors = nullptr;
        send_token_ = false;
        send_armed_ = true;
        transport_->send(sending_);
    } else if (e != net::error::none && e != net::error::would_block) {
        latch(ends_connection(e) ? e : net::error::dead);
    }
}

/// Distributes what one kernel call took over the requests it was made for.
void socket::account_sent(size_t bytes) noexcept {
    traffic_.bytes_sent += bytes;
    request* following = nullptr;
    for (request* r = sends_.front(); r != nullptr; r = following) {
        following = sends_.next(*r);
        if (r->state != request_state::flight) {
            break;
        }
        const size_t n = std::min(bytes, r->data.remaining());
        r->data.advance(n);
        bytes -= n;
        r->state = request_state::waiting;
        if (r->data.remaining() == 0 && r->kind != request_kind::disconnect) {
            traffic_.sends += r->kind == request_kind::send ? 1 : 0;
            finish_queued(*r, STATUS_SUCCESS, success_information(*r));
        } else if (r->cancelled) {
            finish_queued(*r, failure_.ok() ? base::status(STATUS_CANCELLED) : failure_,
                          r->data.moved());
        }
    }
}

void socket::on_sendable(net::operation& o) noexcept {
    socket& s = owner_of<net::transfer>(o);
    section in(s);
    s.send_armed_ = false;
    s.send_token_ = true;
    if (o.result == net::error::none) {
        s.note_backlog();
    } else if (o.result != net::error::cancelled) {
        s.latch(o.result);
    }
    s.pump_sends();
    in.run_here();
}

/// Everything before it is sent: the disconnect becomes our FIN. The token is held.
void socket::start_finish(request& r) noexcept {
    r.node.unlink();
    finish_ = &r;
    send_token_ = false;
    send_armed_ = true;
    transport_->finish(finishing_);
}

void socket::on_finished(net::operation& o) noexcept {
    socket& s = owner_of<net::operation>(o);
    section in(s);
    s.send_armed_ = false;
    s.send_token_ = true;
    const net::error e = o.result;
    if (e == net::error::none) {
        s.finish_done_ = true;
    } else if (e != net::error::cancelled) {
        s.latch(e);
    }
    if (request* r = std::exchange(s.finish_, nullptr)) {
        s.finish(*r, e == net::error::none ? base::status(STATUS_SUCCESS) : s.failure_,
                 e == net::error::none ? r->data.moved() : 0);
    }
    s.pump_sends();
    in.run_here();
}

void socket::release_sending() noexcept {
    if (std::exchange(send_token_, false)) {
        transport_->release(net::direction::sending);
    }
}

}  // namespace wsk
