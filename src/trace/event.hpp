// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Events: the fixed-size record of everything observable that a machine does, and its ids.
//
// The ids and the record are frozen: replay files, the JSON report and the determinism self-check
// depend on them. New events are appended to the table; a number is never reused.

#pragma once

#include <cstdint>

#include "host/host.hpp"

namespace trace {

// id, name, what the four arguments mean
#define OPENWSK_EVENTS(X)                                         \
    X(1, callout_enter, "target, kind, irql, -")                  \
    X(2, callout_leave, "target, kind, status, -")                \
    X(3, violation, "rule, caller, object, -")                    \
    X(4, bug_check, "code, p1, p2, p3")                           \
    X(10, thread_start, "ordinal, entry, -, -")                   \
    X(11, thread_end, "ordinal, status, -, -")                    \
    X(12, wait_begin, "object, type, timeout, -")                 \
    X(13, wait_end, "object, status, -, -")                       \
    X(14, signal, "object, state, -, -")                          \
    X(15, dpc_run, "dpc, routine, processor, -")                  \
    X(16, timer_fire, "timer, due, -, -")                         \
    X(17, work_item_run, "item, routine, -, -")                   \
    X(20, irp_allocate, "irp, stack locations, -, -")             \
    X(21, irp_free, "irp, -, -, -")                               \
    X(22, irp_complete, "irp, status, information, -")            \
    X(23, irp_cancel, "irp, had routine, -, -")                   \
    X(30, nmr_register, "kind, handle, npi, status")              \
    X(31, nmr_deregister, "handle, status, -, -")                 \
    X(32, nmr_binding_state, "binding, from, to, -")              \
    X(33, nmr_complete, "binding, side, -, -")                    \
    X(34, nmr_registration_state, "registration, from, to, -")    \
    X(40, wsk_register, "registration, status, -, -")             \
    X(41, wsk_capture, "registration, status, captures, -")       \
    X(42, wsk_release, "registration, captures, -, -")            \
    X(43, wsk_deregister, "registration, -, -, -")                \
    X(44, wsk_registration_state, "registration, from, to, -")    \
    X(50, wsk_call, "socket, operation, irp, status")             \
    X(51, wsk_complete, "socket, operation, status, information") \
    X(52, wsk_indicate, "socket, event, status, bytes")           \
    X(53, wsk_socket_state, "socket, from, to, -")                \
    X(60, pool_allocate, "address, bytes, tag, type")             \
    X(61, pool_free, "address, tag, -, -")                        \
    X(70, driver_load, "module, base, size, -")                   \
    X(71, driver_unload, "module, -, -, -")

enum class event : uint16_t {
#define OPENWSK_EVENT_ID(number, name, arguments) name = number,
    OPENWSK_EVENTS(OPENWSK_EVENT_ID)
#undef OPENWSK_EVENT_ID
};

struct record {
    uint64_t time_ns;
    uint64_t arguments[4];
    uint32_t thread;
    uint16_t id;
    uint8_t irql;
    uint8_t reserved;
};
static_assert(sizeof(record) == 48);

void record_event(event id, uint64_t a, uint64_t b, uint64_t c, uint64_t d) noexcept;

/// Appends an event of the calling thread to its ring; dropped (oldest first) when the ring is
/// full. Any IRQL, any lock held; never blocks. Nothing on a thread without a machine. Where the
/// machine records nothing (verification off) it costs two tests.
inline void emit(event id, uint64_t a = 0, uint64_t b = 0, uint64_t c = 0,
                 uint64_t d = 0) noexcept {
    const host::thread* t = host::self();
    if (OPENWSK_LIKELY(t != nullptr) && OPENWSK_UNLIKELY(t->traced)) {
        record_event(id, a, b, c, d);
    }
}

inline uint64_t value(const volatile void* p) noexcept {
    return reinterpret_cast<uint64_t>(p);
}

}  // namespace trace
