// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/address_info.hpp"

#include <cstddef>

#include "ke/kernel.hpp"
#include "mm/pool.hpp"
#include "mm/try_new.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/client.hpp"

namespace wsk {
namespace {

constexpr uint32_t list_tag = 'W' | 's' << 8 | 'k' << 16 | 'A' << 24;

// The lookup that a call asks for, or null without memory; s is what the arguments deserve.
template <class Question, class Call>
net::lookup* make_lookup(net::lookup::subject about, Question net::lookup::*question, const Call& q,
                         base::status& s) noexcept {
    net::lookup* l = mm::try_new<net::lookup>();
    s = STATUS_INSUFFICIENT_RESOURCES;
    if (l != nullptr) {
        l->about = about;
        s = to_question(q, l->*question);
    }
    return l;
}

}  // namespace

/// The state of the operation.
struct name_service::query {
    name_service* service = nullptr;
    client* owner = nullptr;
    net::lookup* asked = nullptr;  ///< guarded by the service's lock_
    ADDRINFOEXW** list = nullptr;
    UNICODE_STRING* node = nullptr;
    UNICODE_STRING* service_name = nullptr;
    ke::deferred later;  ///< completes a cancelled query outside IoCancelIrp

    [[nodiscard]] base::status write(const net::lookup& l) noexcept;
    [[nodiscard]] base::status write_list(const net::address_answer& a) noexcept;
    [[nodiscard]] base::status write_names(const net::name_answer& a) noexcept;
};

name_service::name_service(base::machine& m) noexcept
    : machine_(&m), source_(m.host().simulated() ? &net::fixed_names() : &net::system_names()) {}

name_service::~name_service() {
    if (resolver_) {
        resolver_->close();
    }
    if (thread_) {
        machine_->get<ke::kernel>().wait_ended(*thread_);
    }
}

base::status name_service::get_address_info(client& c, const address_info_call& q, IRP* irp,
                                            const ke::edge& e) noexcept {
    if (q.result != nullptr) {
        *q.result = nullptr;
    }
    base::status s;
    net::lookup* l = make_lookup(net::lookup::subject::addresses, &net::lookup::addresses, q, s);
    query filled;
    filled.list = q.result;
    return ask(c, filled, l, s, irp, e);
}

base::status name_service::get_name_info(client& c, const name_info_call& q, IRP* irp,
                                         const ke::edge& e) noexcept {
    base::status s;
    net::lookup* l = make_lookup(net::lookup::subject::names, &net::lookup::names, q, s);
    query filled;
    filled.node = q.node;
    filled.service_name = q.service;
    return ask(c, filled, l, s, irp, e);
}

// Owns l. checked is what the arguments deserve; a failure is completed like an answer.
base::status name_service::ask(client& c, query& filled, net::lookup* l, base::status checked,
                               IRP* irp, const ke::edge& e) noexcept {
    const bool held = c.accepts_sockets() && c.try_pend_irp();
    io::operation* op = io::begin(irp, e);
    if (op == nullptr) {
        delete l;
        if (held) {
            c.irp_done();
        }
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    io::mark_pending(*op);
    if (checked.ok() && !held) {
        checked = STATUS_DEVICE_NOT_READY;
    }
    if (checked.ok() && !start()) {
        checked = STATUS_INSUFFICIENT_RESOURCES;
    }
    filled.service = this;
    filled.owner = held ? &c : nullptr;
    auto& q = op->emplace<query>(filled);
    if (checked.ok()) {
        hand_over(q, *l);
    } else {
        delete l;
        finish(q, checked);
    }
    return STATUS_PENDING;
}

// The resolver and the thread that takes its answers, once. False without memory or threads.
bool name_service::start() noexcept {
    host::guard g(lock_);
    if (!resolver_) {
        resolver_ = net::resolver::make(*source_);
    }
    if (!resolver_ || !resolver_->prepare()) {
        return false;
    }
    if (!thread_) {
        ke::spawn_options options;
        options.name = "openwsk-names";
        thread_ = machine_->get<ke::kernel>().spawn(options, deliver_all, this);
    }
    return bool{thread_};
}

// The query may be over, and its IRP gone, as soon as lock_ is released.
void name_service::hand_over(query& q, net::lookup& l) noexcept {
    bool crowded = false;
    bool armed = false;
    {
        host::guard g(lock_);
        armed = io::arm_cancel(io::operation::of(q), cancelled);
        if (armed) {
            l.owner = &q;
            q.asked = &l;
            crowded = resolver_->submit(l);
        }
    }
    if (!armed) {
        delete &l;
        finish(q, STATUS_CANCELLED);
    }
    if (crowded) {
        resolver_->add_thread();
    }
}

// Whoever clears asked completes the query; who comes later finds it over.
void name_service::cancelled(io::operation& op) noexcept {
    auto& q = op.state<query>();
    net::lookup* mine = nullptr;
    {
        host::guard g(q.service->lock_);
        net::lookup* l = q.asked;
        if (l == nullptr) {
            return;
        }
        q.asked = nullptr;
        l->owner = nullptr;
        mine = q.service->resolver_->withdraw(*l) ? l : nullptr;
    }
    delete mine;
    q.later.run = [](ke::deferred& d) noexcept {
        finish(*reinterpret_cast<query*>(reinterpret_cast<char*>(&d) - offsetof(query, later)),
               STATUS_CANCELLED);
    };
    ke::defer(q.later);
}

void name_service::deliver_all(void* self) noexcept {
    auto& s = *static_cast<name_service*>(self);
    while (net::lookup* l = s.resolver_->next()) {
        s.deliver(*l);
    }
}

void name_service::deliver(net::lookup& l) noexcept {
    query* q = nullptr;
    {
        host::guard g(lock_);
        q = static_cast<query*>(l.owner);
        if (q != nullptr) {
            q->asked = nullptr;
        }
    }
    if (q != nullptr) {
        const base::status s = q->write(l);
        finish(*q, s);
    }
    delete &l;
}

void name_service::finish(query& q, base::status s) noexcept {
    client* owner = q.owner;
    (void)io::complete(io::operation::of(q), s);
    if (owner != nullptr) {
        owner->irp_done();
    }
}

base::status name_service::query::write(const net::lookup& l) noexcept {
    return l.about == net::lookup::subject::addresses ? write_list(l.found) : write_names(l.named);
}

base::status name_service::query::write_list(const net::address_answer& a) noexcept {
    if (a.error != net::name_error::none) {
        return status_of(a.error);
    }
    const mm::pool_request wanted = {list_bytes(a), list_tag, false, true, false};
    void* block =
        service->machine_->get<mm::pool>().allocate(wanted, io::operation::of(*this).caller());
    if (block == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *list = make_list(a, block);
    return STATUS_SUCCESS;
}

base::status name_service::query::write_names(const net::name_answer& a) noexcept {
    base::status s = status_of(a.error);
    if (s.ok()) {
        s = check_room(node, a.node);
    }
    if (s.ok()) {
        s = check_room(service_name, a.service);
    }
    if (s.ok()) {
        write_text(node, a.node);
        write_text(service_name, a.service);
    }
    return s;
}

void free_address_info(ADDRINFOEXW* list, const ke::edge& e) noexcept {
    if (list != nullptr) {
        e.machine().get<mm::pool>().free(list, list_tag, e.caller());
    }
}

}  // namespace wsk
