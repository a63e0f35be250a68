// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What all transport sockets share: the tokens and operations of the two directions, watches, the
// latched error, the order of closing. See socket.hpp for the state machine.
//
// Why no event is lost. An event that finds an operation armed hands it the token together with
// the news; any other event sets lane_ready, which the next holder takes over as news. Only
// a kernel call by the holder, made afterwards, clears either. Arming with news does not wait, and
// arming without is a compare-exchange that fails when lane_ready is set. So an event that came
// after the call that found nothing makes arming fail, and one that comes later finds the
// operation armed. cancel, abort and close leave a flag and then act as an event, so the same
// argument holds for them.

#include "net/socket.hpp"

namespace net {

socket::socket(loop& l, net::kind k, net::family f) noexcept : loop_(l), kind_(k), family_(f) {
    destroy = [](buried& self) noexcept { delete static_cast<socket*>(&self); };
    close_task_.call = [](task& self) noexcept {
        const task socket::*member = &socket::close_task_;
        const socket* nowhere = nullptr;
        const auto offset = reinterpret_cast<ptrdiff_t>(&(nowhere->*member));
        reinterpret_cast<socket*>(reinterpret_cast<char*>(&self) - offset)->close_step();
    };
}

socket::~socket() {
    for (const lane& l : lanes_) {
        OPENWSK_ASSERT((l.word.load(std::memory_order_relaxed) & (lane_held | lane_armed)) == 0);
    }
}

void socket::last_reference_released() noexcept {
    release_kernel();
    loop_.bury(*this);
}

// -- Tokens and operations.

bool socket::try_acquire(direction d) noexcept {
    lane& l = lanes_[static_cast<size_t>(d)];
    uint32_t seen = l.word.load(std::memory_order_relaxed);
    do {
        if ((seen & (lane_held | lane_armed | lane_closing)) != 0) {
            return false;
        }
    } while (!l.word.compare_exchange_weak(seen, lane_held, std::memory_order_acq_rel,
                                           std::memory_order_relaxed));
    l.news = (seen & lane_ready) != 0;
    return true;
}

void socket::release(direction d) noexcept {
    lane& l = lanes_[static_cast<size_t>(d)];
    const uint32_t news = l.news ? lane_ready : 0;
    uint32_t seen = l.word.load(std::memory_order_relaxed);
    do {
        OPENWSK_ASSERT((seen & (lane_held | lane_armed)) == lane_held);
    } while (!l.word.compare_exchange_weak(seen, (seen & ~lane_held) | news,
                                           std::memory_order_acq_rel, std::memory_order_relaxed));
    if ((seen & lane_closing) != 0) {
        part_ended();
    }
}

direction socket::direction_of(const operation& o) noexcept {
    const bool receives = o.what == operation::type::accept || o.what == operation::type::receive ||
                          o.what == operation::type::receive_messages;
    return receives ? direction::receiving : direction::sending;
}

void socket::prepare(operation& o, operation::type what) noexcept {
    OPENWSK_ASSERT(o.done != nullptr && !o.node.linked());
    o.what = what;
    o.owner = this;
    o.result = error::none;
    o.cancel_requested.store(false, std::memory_order_relaxed);
    o.call = run_operation;
}

/// The token passes from the caller to the operation, which waits unless there is news.
void socket::arm(direction d, operation& o) noexcept {
    lane& l = lanes_[static_cast<size_t>(d)];
    l.armed = &o;
    uint32_t seen = l.word.load(std::memory_order_acquire);
    do {
        OPENWSK_ASSERT((seen & (lane_held | lane_armed)) == lane_held);
        if (l.news || (seen & (lane_ready | lane_closing)) != 0 || latched() != error::none) {
            loop_.post(o);
            return;
        }
    } while (!l.word.compare_exchange_weak(seen, lane_armed, std::memory_order_acq_rel,
                                           std::memory_order_acquire));
}

void socket::edge(direction d, base::list<task, &task::node>* ready) noexcept {
    lane& l = lanes_[static_cast<size_t>(d)];
    uint32_t seen = l.word.load(std::memory_order_relaxed);
    bool waits = false;
    do {
        waits = (seen & lane_armed) != 0;
    } while (!l.word.compare_exchange_weak(
        seen, waits ? (seen & ~lane_armed) | lane_held : seen | lane_ready,
        std::memory_order_acq_rel, std::memory_order_relaxed));
    if (!waits) {
        return;
    }
    l.news = true;
    if (ready != nullptr) {
        ready->push_back(*l.armed);
    } else {
        loop_.post(*l.armed);
    }
}

/// An operation that has the token, on the loop.
void socket::run_operation(task& t) noexcept {
    operation& o = static_cast<operation&>(t);
    socket& s = *o.owner;
    if (o.cancel_requested.load(std::memory_order_acquire) || s.closing()) {
        s.undo(o);
        o.result = error::cancelled;
    } else if (!s.perform(o)) {
        s.arm(direction_of(o), o);
        return;
    }
    o.done(o);
}

/// An operation whose result stands.
void socket::run_delivery(task& t) noexcept {
    operation& o = static_cast<operation&>(t);
    o.done(o);
}

/// A watch whose result stands. It has no token that would hold up a close: the close waits for
/// the watch itself, which another thread may be telling while this loop has been handed on.
void socket::run_watch(task& t) noexcept {
    operation& o = static_cast<operation&>(t);
    auto s = base::ref_ptr<socket>::adopt(o.owner);
    o.done(o);
    s->part_ended();
}

void socket::deliver(operation& o) noexcept {
    o.call = run_delivery;
    loop_.post(o);
}

void socket::connect(connect_operation& c) noexcept {
    prepare(c, operation::type::connect);
    if (start_connect(c)) {
        deliver(c);
    } else {
        arm(direction::sending, c);
    }
}

void socket::send(transfer& t) noexcept {
    prepare(t, operation::type::send);
    arm(direction::sending, t);
}

void socket::receive(transfer& t) noexcept {
    prepare(t, operation::type::receive);
    t.bytes = 0;
    arm(direction::receiving, t);
}

void socket::send(datagrams& d) noexcept {
    prepare(d, operation::type::send_messages);
    arm(direction::sending, d);
}

void socket::receive(datagrams& d) noexcept {
    prepare(d, operation::type::receive_messages);
    d.moved = 0;
    arm(direction::receiving, d);
}

void socket::accept(accept_operation& a) noexcept {
    prepare(a, operation::type::accept);
    OPENWSK_ASSERT(!a.accepted);
    arm(direction::receiving, a);
}

void socket::finish(operation& f) noexcept {
    prepare(f, operation::type::finish);
    if (start_finish(f)) {
        deliver(f);
    } else {
        arm(direction::sending, f);
    }
}

void socket::cancel(operation& o) noexcept {
    switch (o.what) {
        case operation::type::acknowledged:
        case operation::type::hangup: {
            host::guard g(mutex_);
            if (acknowledged_watch_ == &o) {
                complete_watch_locked(acknowledged_watch_, error::cancelled);
            } else if (hangup_watch_ == &o) {
                complete_watch_locked(hangup_watch_, error::cancelled);
            }
            return;
        }
        case operation::type::none:
        case operation::type::close:
            return;
        default:
            o.cancel_requested.store(true, std::memory_order_release);
            edge(direction_of(o));
            return;
    }
}

// -- Watches and the latched error.

void socket::watch(operation*& slot, operation& w, operation::type what) noexcept {
    OPENWSK_ASSERT(slot == nullptr);
    prepare(w, what);
    w.call = run_watch;
    slot = &w;
}

/// True when the watch has its end at once.
bool socket::ends_now_locked(operation*& slot) noexcept {
    if (close_ != nullptr) {
        operation& w = *std::exchange(slot, nullptr);
        w.result = error::cancelled;
        deliver(w);  // nothing waits for it any more
        return true;
    }
    if (latched() != error::none) {
        complete_watch_locked(slot, latched());
        return true;
    }
    return false;
}

void socket::watch_acknowledged(operation& w) noexcept {
    host::guard g(mutex_);
    watch(acknowledged_watch_, w, operation::type::acknowledged);
    if (!ends_now_locked(acknowledged_watch_)) {
        watch_locked();
    }
}

void socket::watch_hangup(operation& w, bool error_only) noexcept {
    host::guard g(mutex_);
    watch(hangup_watch_, w, operation::type::hangup);
    hangup_error_only_ = error_only;
    if (!ends_now_locked(hangup_watch_) && peer_finished_ && !error_only) {
        complete_watch_locked(hangup_watch_, error::none);
    }
}

void socket::complete_watch_locked(operation*& slot, error result) noexcept {
    if (operation* w = std::exchange(slot, nullptr)) {
        w->result = result;
        references.acquire();  // until it is done
        parts_open_.fetch_add(1, std::memory_order_relaxed);
        loop_.post(*w);
    }
}

void socket::note_peer_finished_locked() noexcept {
    peer_finished_ = true;
    if (!hangup_error_only_) {
        complete_watch_locked(hangup_watch_, error::none);
    }
}

error socket::latch(error e) noexcept {
    host::guard g(mutex_);
    latch_locked(e);
    return latched();
}

void socket::latch_locked(error e) noexcept {
    error none = error::none;
    if (!latched_.compare_exchange_strong(none, e, std::memory_order_acq_rel)) {
        return;
    }
    complete_watch_locked(acknowledged_watch_, e);
    complete_watch_locked(hangup_watch_, e);
    edge(direction::sending);
    edge(direction::receiving);
}

// -- Closing.

void socket::close(close_operation& c) noexcept {
    {
        host::guard g(mutex_);
        OPENWSK_ASSERT(close_ == nullptr);
        prepare(c, operation::type::close);
        close_ = &c;
        references.acquire();  // until close is done
        complete_watch_locked(acknowledged_watch_, error::cancelled);
        complete_watch_locked(hangup_watch_, error::cancelled);
    }
    for (const direction d : {direction::sending, direction::receiving}) {
        std::atomic<uint32_t>& word = lanes_[static_cast<size_t>(d)].word;
        const uint32_t before = word.fetch_or(lane_closing, std::memory_order_acq_rel);
        if ((before & (lane_held | lane_armed)) == 0) {
            part_ended();
        } else {
            edge(d);
        }
    }
}

/// Once per direction, when nobody has its token and nobody can get it any more, and once per watch
/// that was told.
void socket::part_ended() noexcept {
    if (parts_open_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        loop_.post(close_task_);
    }
}

void socket::finish_close() noexcept {
    close_operation* c = nullptr;
    {
        host::guard g(mutex_);
        c = close_;
    }
    auto mine = base::ref_ptr<socket>::adopt(this);
    c->result = error::none;
    c->done(*c);
}

}  // namespace net
