// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/client_control.hpp"

#include <cstring>

#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/ws2def.h"
#include "wsk/client.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {
namespace {

// What WskSocket accepts (REG-138). The provider id is ours and stable.
constexpr GUID transport_provider = {
    0x8f3c1d52, 0x6a0b, 0x4c7e, {0x9d, 0x21, 0x5e, 0x8a, 0x43, 0xb0, 0x17, 0xc6}};
constexpr WSK_TRANSPORT transports[] = {
    {MAKE_WSK_VERSION(1, 1), SOCK_STREAM, IPPROTO_TCP, AF_INET, transport_provider},
    {MAKE_WSK_VERSION(1, 1), SOCK_STREAM, IPPROTO_TCP, AF_INET6, transport_provider},
};

constexpr ULONG every_event = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_RECEIVE_FROM |
                              WSK_EVENT_DISCONNECT | WSK_EVENT_SEND_BACKLOG;

struct answer {
    base::status status;
    SIZE_T bytes = 0;
};

answer list_transports(const client_control_call& q) noexcept {
    if (q.returned == nullptr) {
        return {STATUS_INVALID_PARAMETER};
    }
    if (q.out == nullptr || q.out_bytes < sizeof transports) {
        return {STATUS_BUFFER_OVERFLOW, sizeof transports};
    }
    std::memcpy(q.out, transports, sizeof transports);
    return {STATUS_SUCCESS, sizeof transports};
}

answer set_static_events(client& c, const client_control_call& q) noexcept {
    if (q.in == nullptr || q.in_bytes != sizeof(WSK_EVENT_CALLBACK_CONTROL)) {
        return {STATUS_INVALID_PARAMETER};
    }
    WSK_EVENT_CALLBACK_CONTROL wish;
    std::memcpy(&wish, q.in, sizeof wish);
    if (wish.NpiId == nullptr || std::memcmp(wish.NpiId, &wsk_npi, sizeof wsk_npi) != 0 ||
        wish.EventMask == 0 || (wish.EventMask & ~every_event) != 0) {
        return {STATUS_INVALID_PARAMETER};
    }
    return {c.add_static_events(wish.EventMask)};
}

// Before the first socket only (REG-135); no TDI transport exists, so there is nothing to bypass.
answer set_tdi_behavior(const client& c, const client_control_call& q) noexcept {
    if (c.has_had_sockets()) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    return {q.in != nullptr && q.in_bytes == sizeof(ULONG) ? STATUS_SUCCESS
                                                           : STATUS_INVALID_PARAMETER};
}

answer map_tdi_devices(const client& c) noexcept {
    return {c.has_had_sockets() ? STATUS_INVALID_DEVICE_STATE : STATUS_NOT_SUPPORTED};
}

answer cache_descriptor(client& c, const client_control_call& q, const ke::edge& e) noexcept {
    if (q.in == nullptr || q.in_bytes != sizeof(PVOID) || q.out == nullptr ||
        q.out_bytes != sizeof(PVOID)) {
        return {STATUS_INVALID_PARAMETER};
    }
    PSECURITY_DESCRIPTOR original = nullptr;
    PSECURITY_DESCRIPTOR copy = nullptr;
    std::memcpy(&original, q.in, sizeof original);
    const base::status s =
        e.machine().get<subsystem>().descriptors().cache(c, original, e.caller(), copy);
    if (!s.ok()) {
        return {s};
    }
    std::memcpy(q.out, &copy, sizeof copy);
    return {s, sizeof copy};
}

answer release_descriptor(client& c, const client_control_call& q, const ke::edge& e) noexcept {
    if (q.in == nullptr || q.in_bytes != sizeof(PVOID)) {
        return {STATUS_INVALID_PARAMETER};
    }
    PSECURITY_DESCRIPTOR copy = nullptr;
    std::memcpy(&copy, q.in, sizeof copy);
    if (!e.machine().get<subsystem>().descriptors().release(c, copy)) {
        verify::violation(verify::rule::wsk_registration_misuse, e.caller(), copy,
                          "WSK_RELEASE_SD with %p, which this client has not cached", copy);
        return {STATUS_INVALID_PARAMETER};
    }
    return {STATUS_SUCCESS};
}

answer execute(client& c, const client_control_call& q, const ke::edge& e) noexcept {
    switch (q.code) {
        case WSK_CACHE_SD:
            return cache_descriptor(c, q, e);
        case WSK_RELEASE_SD:
            return release_descriptor(c, q, e);
        case WSK_TRANSPORT_LIST_QUERY:
            return list_transports(q);
        case WSK_SET_STATIC_EVENT_CALLBACKS:
            return set_static_events(c, q);
        case WSK_TDI_BEHAVIOR:
            return set_tdi_behavior(c, q);
        case WSK_TDI_DEVICENAME_MAPPING:
            return map_tdi_devices(c);
        case WSK_TRANSPORT_LIST_CHANGE:
            return {STATUS_INVALID_PARAMETER};  // without its IRP (REG-141)
        default:
            return {STATUS_NOT_SUPPORTED};
    }
}

constexpr bool is_known(ULONG code) noexcept {
    return code == WSK_TRANSPORT_LIST_QUERY || code == WSK_CACHE_SD || code == WSK_RELEASE_SD ||
           code == WSK_SET_STATIC_EVENT_CALLBACKS || code == WSK_TDI_BEHAVIOR ||
           code == WSK_TDI_DEVICENAME_MAPPING;
}

}  // namespace

base::status transport_watch::wait(client& c, IRP* irp, const ke::edge& e) noexcept {
    if (!c.try_pend_irp()) {
        return io::fail(irp, e, STATUS_DEVICE_NOT_READY);
    }
    io::operation* op = io::begin(irp, e);
    if (op == nullptr) {
        c.irp_done();
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    auto& w = op->emplace<waiter>();
    w.watch = this;
    w.owner = &c;
    io::mark_pending(*op);
    bool armed = false;
    {
        // In one step, because the IRP may be gone as soon as it can be found on the list, and a
        // cancel that comes at once must find it there.
        host::guard g(lock_);
        armed = io::arm_cancel(*op, cancelled);
        if (armed) {
            waiting_.push_back(w);
        }
    }
    if (!armed) {
        w.result = STATUS_CANCELLED;
        finish(w);
        return STATUS_PENDING;
    }
    if (!c.accepts_sockets()) {
        release(c);  // the detach may have looked before the request was on the list
    }
    return STATUS_PENDING;
}

// Whoever takes a request off the list completes it; who comes later finds it gone.
void transport_watch::cancelled(io::operation& op) noexcept {
    auto& w = op.state<waiter>();
    {
        host::guard g(w.watch->lock_);
        if (!w.node.linked()) {
            return;
        }
        waiter_list::remove(w);
    }
    w.result = STATUS_CANCELLED;
    w.later.run = [](ke::deferred& d) noexcept {
        auto* self =
            reinterpret_cast<waiter*>(reinterpret_cast<char*>(&d) - offsetof(waiter, later));
        finish(*self);
    };
    ke::defer(w.later);
}

void transport_watch::finish(waiter& w) noexcept {
    client* owner = w.owner;
    (void)io::complete(io::operation::of(w), w.result);
    owner->irp_done();
}

void transport_watch::take(client* owner, base::status result) noexcept {
    for (;;) {
        waiter* found = nullptr;
        {
            host::guard g(lock_);
            found = waiting_.front();
            while (found != nullptr && owner != nullptr && found->owner != owner) {
                found = waiting_.next(*found);
            }
            if (found == nullptr) {
                return;
            }
            waiter_list::remove(*found);
        }
        found->result = result;
        finish(*found);
    }
}

void transport_watch::announce() noexcept {
    take(nullptr, STATUS_SUCCESS);
}

void transport_watch::release(client& c) noexcept {
    take(&c, STATUS_CANCELLED);
}

base::status control_client(client& c, const client_control_call& q, IRP* irp,
                            const ke::edge& e) noexcept {
    if (q.code == WSK_TRANSPORT_LIST_CHANGE && irp != nullptr) {
        return e.machine().get<subsystem>().transports().wait(c, irp, e);
    }
    // Only a list change takes an IRP (REG-136).
    if (irp != nullptr && is_known(q.code)) {
        return io::fail(irp, e, STATUS_INVALID_PARAMETER);
    }
    const answer a = execute(c, q, e);
    if (q.returned != nullptr) {
        *q.returned = a.bytes;
    }
    return irp != nullptr ? io::fail(irp, e, a.status) : a.status;
}

}  // namespace wsk
