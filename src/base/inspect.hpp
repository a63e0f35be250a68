// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// How a part of a machine shows what it holds: for the report after an unload, for a wait that
// lasts too long, for a snapshot on request. One description serves all of them.
//
// A part shows what a driver made and has not given back (pool, IRPs, MDLs, handles, threads, work
// items, timers, registrations, captures, bindings, sockets, devices, ...), never what the runtime
// holds for itself.

#pragma once

#include <cstdint>

namespace base {

/// Kinds of objects. The names go into the JSON report and are frozen: append only.
// id, name, plural
#define OPENWSK_OBJECT_KINDS(X)                                   \
    X(pool, "pool", "pool allocations")                           \
    X(irp, "irp", "IRPs")                                         \
    X(mdl, "mdl", "MDLs")                                         \
    X(handle, "handle", "handles")                                \
    X(thread, "thread", "threads")                                \
    X(work_item, "work-item", "work items")                       \
    X(timer, "timer", "timers")                                   \
    X(dpc, "dpc", "DPCs")                                         \
    X(lock, "lock", "locks")                                      \
    X(lookaside, "lookaside", "lookaside lists")                  \
    X(device, "device", "device objects")                         \
    X(registration, "registration", "registrations")              \
    X(binding, "binding", "bindings")                             \
    X(capture, "capture", "captures")                             \
    X(socket, "socket", "sockets")                                \
    X(indication, "indication", "retained indications")           \
    X(address_info, "address-info", "address information blocks") \
    X(reference, "reference", "object references")                \
    X(locked_pages, "locked-pages", "locked page ranges")         \
    X(symbolic_link, "symbolic-link", "symbolic links")           \
    X(view, "view", "section views")                              \
    X(executive_timer, "executive-timer", "executive timers")

enum class object_kind : uint8_t {
#define OPENWSK_OBJECT_KIND_ID(id, name, plural) id,
    OPENWSK_OBJECT_KINDS(OPENWSK_OBJECT_KIND_ID)
#undef OPENWSK_OBJECT_KIND_ID
};

inline constexpr uint8_t object_kind_count = 0
#define OPENWSK_OBJECT_KIND_ONE(id, name, plural) +1
    OPENWSK_OBJECT_KINDS(OPENWSK_OBJECT_KIND_ONE)
#undef OPENWSK_OBJECT_KIND_ONE
    ;

/// "work-item", "work items".
constexpr const char* name_of(object_kind kind) noexcept {
    constexpr const char* names[] = {
#define OPENWSK_OBJECT_KIND_NAME(id, name, plural) name,
        OPENWSK_OBJECT_KINDS(OPENWSK_OBJECT_KIND_NAME)
#undef OPENWSK_OBJECT_KIND_NAME
    };
    return names[static_cast<uint8_t>(kind)];
}
constexpr const char* plural_of(object_kind kind) noexcept {
    constexpr const char* names[] = {
#define OPENWSK_OBJECT_KIND_PLURAL(id, name, plural) plural,
        OPENWSK_OBJECT_KINDS(OPENWSK_OBJECT_KIND_PLURAL)
#undef OPENWSK_OBJECT_KIND_PLURAL
    };
    return names[static_cast<uint8_t>(kind)];
}

struct object_info {
    object_kind kind;
    uint32_t tag = 0;      ///< pool tag, or 0
    uint64_t ordinal = 0;  ///< number among objects of the kind in the machine
    uint64_t bytes = 0;    ///< what it occupies; 0 where that says nothing
    const void* address = nullptr;
    const void* site = nullptr;          ///< return address in the driver that made it
    const void* const* stack = nullptr;  ///< its creation, innermost first; for the visit only
    uint8_t depth = 0;
    char text[160] = {};  ///< details: "tcp 0.0.0.0:40007 listening, 2 IRPs pending"
};

/// What went through a socket. Shown for sockets that are open and for those closed before.
struct traffic_info {
    uint64_t ordinal = 0;
    char name[120] = {};  ///< "connection 127.0.0.1:40007 - 127.0.0.1:51234"
    uint64_t bytes_received = 0;
    uint64_t bytes_sent = 0;
    uint64_t receives = 0;  ///< indications and completed receive requests
    uint64_t sends = 0;     ///< completed send requests
    uint64_t accepted = 0;  ///< connections that a listening socket gave to the driver
    uint64_t dropped = 0;   ///< datagrams lost to the receive budget
    bool open = false;
};

/// Called by machine_part::show, perhaps with a lock of the part held: a visitor only copies.
class object_visitor {
public:
    object_visitor() = default;
    object_visitor(const object_visitor&) = delete;
    object_visitor& operator=(const object_visitor&) = delete;
    virtual ~object_visitor() = default;
    virtual void visit(const object_info& object) noexcept = 0;
    virtual void visit(const traffic_info& traffic) noexcept = 0;
};

}  // namespace base
