// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The client object: what a PWSK_CLIENT names. One per attachment of an application to the WSK
// subsystem, whichever way it attached (WskRegister or NmrRegisterClient).
//
// Documents: "Winsock Kernel Objects", "WSK_CLIENT", "Unregistering a Winsock Kernel Application".
//
// A PWSK_CLIENT is a slab handle (mm/slab.hpp), so a stale one is recognised. Every function of
// WSK_PROVIDER_DISPATCH starts with a client_call, which turns the handle into the object and keeps
// the object alive until the call returns.
//
// The object counts what holds the application's deregistration back: calls, sockets (accepted
// ones included) and IRPs that a provider-dispatch function accepted. All counts live in one
// atomic word, so no lock is involved and every member may be used under any lock of a socket,
// except those marked "completes": these may finish the detach and with it run the cleanup
// callbacks of the application, so no lock may be held.
//
// State, bits of the word:
//
//     attached --ProviderDetachClient--> detaching --counts reach zero--> detached --cleanup-->
//     free
//
//     attached   sockets may be created
//     detaching  no new socket; existing ones work; the detach pends while anything is counted
//     detached   the NMR has been told (once); nothing refers to the object any more
//
// IRQL: <= DISPATCH_LEVEL everywhere.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/host.hpp"
#include "mm/slab.hpp"
#include "wdk/abi/wsk.h"

namespace wsk {

class subsystem;

class client : public mm::slab_entry {
public:
    client() = default;

    // ---- constant while attached ----

    [[nodiscard]] PWSK_CLIENT handle() const noexcept {
        return reinterpret_cast<PWSK_CLIENT>(handle_as(mm::handle_kind::wsk_client));
    }
    [[nodiscard]] USHORT version() const noexcept { return version_; }
    /// ClientContext of WskClientEvent: WSK_CLIENT_NPI's, or the binding context of the NMR route.
    [[nodiscard]] void* context() const noexcept { return context_; }
    [[nodiscard]] const WSK_CLIENT_DISPATCH& dispatch() const noexcept { return *dispatch_; }
    /// Address inside the application, for "which driver".
    [[nodiscard]] const void* creation_site() const noexcept { return creation_site_; }

    // ---- sockets ----

    /// False once the application is leaving: WskSocket and WskSocketConnect then complete their
    /// IRP with STATUS_DEVICE_NOT_READY (REG-168).
    [[nodiscard]] bool accepts_sockets() const noexcept {
        host::schedule_point(host::point::interlocked, &holds_);
        return (holds_.load(std::memory_order_acquire) & leaving_mask) == 0;
    }

    /// Counts a socket, created or accepted; returns the static event callbacks (WSK_EVENT_ flags)
    /// that apply to it. Pair: socket_closed, when nobody uses the object any more.
    ULONG socket_opened() noexcept {
        hold(one_socket);
        return static_events_.fetch_or(socket_seen, std::memory_order_acq_rel) & event_flags;
    }
    /// Completes. The close IRP's completion routine has returned.
    void socket_closed() noexcept { release(one_socket); }

    // ---- IRPs accepted by a provider-dispatch function that returned STATUS_PENDING ----

    /// For a client that accepts sockets, or whose sockets the IRP is for.
    void irp_pended() noexcept { hold(one_irp); }
    /// For IRPs that need no socket. False once nothing may pend any more: the function then
    /// completes its IRP with STATUS_DEVICE_NOT_READY.
    [[nodiscard]] bool try_pend_irp() noexcept {
        host::schedule_point(host::point::interlocked, &holds_);
        if ((holds_.fetch_add(one_irp, std::memory_order_acq_rel) & detached) == 0) {
            return true;
        }
        release(one_irp);
        return false;
    }
    /// Completes. Called when the IRP's completion routine has returned.
    void irp_done() noexcept { release(one_irp); }

    // ---- static event callbacks (WSK_SET_STATIC_EVENT_CALLBACKS) ----

    /// Adds flags for sockets created from now on; STATUS_INVALID_DEVICE_STATE once a socket was
    /// created (REG-135).
    base::status add_static_events(ULONG flags) noexcept;
    /// True once a socket was created.
    [[nodiscard]] bool has_had_sockets() const noexcept {
        return (static_events_.load(std::memory_order_acquire) & socket_seen) != 0;
    }

    // ---- events ----

    /// Calls WskClientEvent, which is always enabled; STATUS_NOT_IMPLEMENTED if there is none. No
    /// event type is defined, so nothing in the runtime raises one (REG-124).
    base::status raise_event(ULONG type, void* information, SIZE_T length) noexcept;

    // ---- the licence of an application that registered with WskRegister ----

    /// Completes. Called by the registration, once, when nothing is captured and its detach began.
    void licence_returned() noexcept { release(licence); }

    // ---- figures for reports ----

    struct counts {
        uint32_t calls;
        uint32_t sockets;
        uint32_t irps;
    };
    [[nodiscard]] counts held_by() const noexcept;

private:
    friend class subsystem;
    friend class client_call;

    // holds_: bits 0..20 calls, 21..41 sockets, 42..60 IRPs, 61 licence, 62 detaching, 63 detached.
    static constexpr uint64_t one_call = 1;
    static constexpr uint64_t one_socket = uint64_t{1} << 21;
    static constexpr uint64_t one_irp = uint64_t{1} << 42;
    static constexpr uint64_t licence = uint64_t{1} << 61;
    static constexpr uint64_t detaching = uint64_t{1} << 62;
    static constexpr uint64_t detached = uint64_t{1} << 63;
    static constexpr uint64_t leaving_mask = detaching | detached;
    static constexpr uint64_t counts_mask = detaching - 1;

    static constexpr uint64_t socket_seen = uint64_t{1} << 32;
    static constexpr uint64_t event_flags = UINT32_MAX;

    void attach(subsystem& owner, HANDLE binding, const WSK_CLIENT_DISPATCH& dispatch,
                void* context, const void* creation_site, bool licensed) noexcept;
    /// True when nothing is counted: the detach is complete.
    [[nodiscard]] bool begin_detach() noexcept;
    [[nodiscard]] bool enter(PWSK_CLIENT h) noexcept;
    [[nodiscard]] bool mark_detached() noexcept;
    void hold(uint64_t what) noexcept {
        host::schedule_point(host::point::interlocked, &holds_);
        holds_.fetch_add(what, std::memory_order_acq_rel);
    }
    void release(uint64_t what) noexcept {
        host::schedule_point(host::point::interlocked, &holds_);
        const uint64_t now = holds_.fetch_sub(what, std::memory_order_acq_rel) - what;
        if (now == detaching) {
            last_hold_released();
        }
    }
    void last_hold_released() noexcept;

    // Constant while attached.
    subsystem* owner_ = nullptr;
    const WSK_CLIENT_DISPATCH* dispatch_ = nullptr;
    void* context_ = nullptr;
    const void* creation_site_ = nullptr;
    HANDLE binding_ = nullptr;
    USHORT version_ = 0;

    // Own synchronisation. A late client_call with a dead handle may add to holds_ for a moment and
    // takes it back, so holds_ is valid, and its bits are kept, in unused objects too.
    std::atomic<uint64_t> holds_{detached};
    std::atomic<uint64_t> static_events_{0};
};

/// One call through WSK_PROVIDER_DISPATCH, counted from entry to return, failures included
/// (REG-095, REG-150).
///
///     wsk::client_call call(e.machine(), Client);
///     if (!call) { return complete(Irp, call.status()); }
///     wsk::client& c = *call;
///
/// The destructor completes (see above): end the scope without a lock.
class client_call {
public:
    client_call(base::machine& m, PWSK_CLIENT handle) noexcept;
    client_call(const client_call&) = delete;
    client_call& operator=(const client_call&) = delete;
    ~client_call() {
        if (client_ != nullptr) {
            client_->release(client::one_call);
        }
    }

    explicit operator bool() const noexcept { return client_ != nullptr; }
    client& operator*() const noexcept { return *client_; }
    client* operator->() const noexcept { return client_; }
    /// Why not: STATUS_DEVICE_NOT_READY for a client that is detached (SOCK-005),
    /// STATUS_INVALID_HANDLE for a value that never was one (SOCK-004).
    [[nodiscard]] base::status status() const noexcept { return status_; }

private:
    client* client_ = nullptr;
    base::status status_;
};

/// The tables handed out, one per supported version. They hold edges, so src/ddi/wsk_provider.cpp
/// defines them.
extern const WSK_PROVIDER_DISPATCH provider_dispatch_1_0;
extern const WSK_PROVIDER_DISPATCH provider_dispatch_1_1;

}  // namespace wsk
