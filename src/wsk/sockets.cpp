// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/sockets.hpp"

#include <algorithm>
#include <cstddef>

#include "io/loop_pool.hpp"
#include "mm/try_new.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"

namespace wsk {

sockets::~sockets() {
    host::guard g(mutex_);
    OPENWSK_ASSERT(open_ == 0);
    delete history_;
}

socket* sockets::take() noexcept {
    socket* s = take_object();
    if (s != nullptr && !s->reserve_close(machine_)) {
        retire(*s);
        return nullptr;
    }
    return s;
}

socket* sockets::take_object() noexcept {
    for (;;) {
        uint32_t wanted = 0;
        {
            host::guard g(mutex_);
            if (slab_.free_count() != 0) {
                socket* s = slab_.take();
                open_ += s != nullptr ? 1 : 0;
                return s;
            }
            wanted = slab_.next_chunk_objects();
        }
        socket* fresh = wanted != 0 ? mm::slab<socket>::allocate(wanted) : nullptr;
        if (fresh == nullptr) {
            return nullptr;
        }
        host::guard g(mutex_);
        if (slab_.next_chunk_objects() == wanted) {
            slab_.add(fresh);
        } else {
            mm::slab<socket>::discard(fresh);
        }
    }
}

base::result<socket*> sockets::create(client& owner, const creation& how) noexcept {
    if (!machine_.get<io::loop_pool>().start()) {
        return base::status(STATUS_INSUFFICIENT_RESOURCES);
    }
    socket* s = take();
    if (s == nullptr) {
        return base::status(STATUS_INSUFFICIENT_RESOURCES);
    }
    const base::status opened = s->open(*this, owner, how, {}, nullptr);
    if (!opened.ok()) {
        retire(*s);
        return opened;
    }
    return s;
}

socket* sockets::adopt(client& owner, const creation& how, base::ref_ptr<net::socket>& transport,
                       socket* listener) noexcept {
    socket* s = take();
    if (s == nullptr) {
        return nullptr;
    }
    const base::status opened = s->open(*this, owner, how, std::move(transport), listener);
    OPENWSK_ASSERT(opened.ok());
    return s;
}

socket* sockets::find(PWSK_SOCKET s) const noexcept {
    return slab_.of_member(s, &socket::exported);
}

bool sockets::release_late(PWSK_SOCKET s, const WSK_DATA_INDICATION* list) noexcept {
    if (list == nullptr || OPENWSK_LIKELY(buffers_.quarantined() == 0)) {
        return false;
    }
    socket* found = find(s);
    if (found != nullptr && found->try_hold(socket::one_hold)) {
        found->let_go(socket::one_hold);
        return false;
    }
    while (list != nullptr) {
        lent* l = buffers_.find(list);
        const WSK_DATA_INDICATION* const next = l != nullptr ? list->Next : nullptr;
        if (l == nullptr || !buffers_.release_quarantined(*l)) {
            return false;
        }
        list = next;
    }
    return true;
}

void sockets::retire(socket& s) noexcept {
    s.drop_close_reserve();
    host::guard g(mutex_);
    --open_;
    socket*& place = quarantine_[quarantine_next_++ % quarantine_max];
    if (place != nullptr) {
        slab_.put(*place);
    }
    place = &s;
}

void sockets::remember(const base::traffic_info& t) noexcept {
    host::guard g(mutex_);
    if (history_ == nullptr) {
        history_ = new (std::nothrow) history;
    }
    if (history_ != nullptr) {
        history_->entries[remembered_++ % history_max] = t;
    }
}

uint32_t sockets::open_count() noexcept {
    host::guard g(mutex_);
    return open_;
}

void sockets::show(base::object_visitor& v) noexcept {
    // Sockets are held one by one, because a socket's lock comes before ours.
    const verify::ledger* ledger = machine_.find<verify::ledger>();
    for (uint32_t index = 0;; ++index) {
        socket* s = slab_.at_index(index);
        if (s == nullptr) {
            break;
        }
        if (!s->try_hold(socket::one_hold)) {
            continue;
        }
        base::object_info o;
        s->describe(o);
        verify::entry made = {};
        if (ledger != nullptr && ledger->find(base::object_kind::socket, o.address, made)) {
            o.stack = made.stack;
            o.depth = made.depth;
        }
        v.visit(o);
        s->show_retained(v);
        base::traffic_info t;
        s->describe(t);
        v.visit(t);
        s->let_go(socket::one_hold);
    }
    for (uint64_t i = 0;; ++i) {
        base::traffic_info t;
        {
            host::guard g(mutex_);
            const uint64_t first = remembered_ - std::min<uint64_t>(remembered_, history_max);
            if (first + i >= remembered_) {
                break;
            }
            t = history_->entries[(first + i) % history_max];
        }
        v.visit(t);
    }
}

socket_call::socket_call(const ke::edge& e, PWSK_SOCKET s, uint8_t categories) noexcept : edge_(e) {
    socket* found = e.machine().get<sockets>().find(s);
    bool open = found != nullptr && found->try_hold(socket::one_call);
    if (open && found->closed_by_client()) {
        found->let_go(socket::one_call);
        open = false;
    }
    if (!open) {
        status_ = STATUS_INVALID_HANDLE;
        verify::violation(verify::rule::wsk_bad_socket, e.caller(), s, "%s: %p is %s", e.name(),
                          static_cast<void*>(s),
                          found != nullptr ? "a socket that was closed" : "no socket");
        return;
    }
    if ((in(found->kind()) & categories) == 0) {
        status_ = STATUS_INVALID_DEVICE_REQUEST;
        verify::violation(verify::rule::wsk_wrong_category, e.caller(), s,
                          "%s was called for a %s socket, which has no such function", e.name(),
                          name_of(found->kind()));
        found->let_go(socket::one_call);
        return;
    }
    socket_ = found;
    outer_ = std::exchange(e.thread().wsk_call, this);
}

uint32_t socket_call::nested(const ke::thread& t, const socket& s) noexcept {
    uint32_t count = 0;
    for (const void* at = t.wsk_call; at != nullptr;) {
        const auto& c = *static_cast<const socket_call*>(at);
        count += c.socket_ == &s ? 1 : 0;
        at = c.outer_;
    }
    return count;
}

base::status socket_call::refuse(IRP* irp) const noexcept {
    return irp != nullptr ? io::fail(irp, edge_, status_) : status_;
}

}  // namespace wsk
