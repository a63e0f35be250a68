// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// All WSK sockets of a machine: their memory, their buffers, their ports, their history.
//
// A PWSK_SOCKET is the address of a member of a socket object. Objects live in a slab that never
// gives memory back, so any value a driver passes can be judged without following it. A closed
// socket rests in quarantine before its memory becomes another socket, so that its late users are
// recognised.
//
//   free -> open -> quarantined -> free
//
//     open         [create, adopt]
//     quarantined  [retire]; still in use for the slab, but cannot be held
//     free         [retire of the quarantine_max-th socket after it]
//
// Locks: mutex_ (rank object): the slab, the quarantine, the history. A socket's lock is never
// taken under it.

#pragma once

#include "base/inspect.hpp"
#include "base/machine.hpp"
#include "wsk/socket.hpp"

namespace io {
class loop_pool;
}

namespace wsk {

class sockets final : public base::machine_part {
public:
    static constexpr base::part slot = base::part::wsk_sockets;

    explicit sockets(base::machine& m) noexcept : machine_(m) {}
    ~sockets() override;

    /// Makes a socket in state created, held by the driver. STATUS_INSUFFICIENT_RESOURCES, or what
    /// the transport says.
    base::result<socket*> create(client& owner, const creation& how) noexcept;
    /// Makes a socket in state connected around an accepted transport, held by the listener. Null:
    /// no memory, and the transport stays the caller's.
    socket* adopt(client& owner, const creation& how, base::ref_ptr<net::socket>& transport,
                  socket* listener) noexcept;

    /// The open or quarantined socket behind a driver's pointer, or null.
    [[nodiscard]] socket* find(PWSK_SOCKET s) const noexcept;

    /// WskRelease on a socket that is closed: true when all nodes were in quarantine (CONN-087).
    bool release_late(PWSK_SOCKET s, const WSK_DATA_INDICATION* list) noexcept;

    /// The last hold is gone.
    void retire(socket& s) noexcept;
    /// Remembers what went through a socket that is closed.
    void remember(const base::traffic_info& t) noexcept;

    [[nodiscard]] base::machine& machine() const noexcept { return machine_; }
    [[nodiscard]] buffer_pool& buffers() noexcept { return buffers_; }
    [[nodiscard]] port_table& ports() noexcept { return ports_; }
    [[nodiscard]] uint64_t next_ordinal() noexcept {
        return ordinal_.fetch_add(1, std::memory_order_relaxed) + 1;
    }
    [[nodiscard]] uint32_t open_count() noexcept;

    /// Sockets, retained indications, traffic.
    void show(base::object_visitor& v) noexcept override;

private:
    static constexpr uint32_t quarantine_max = 64;
    static constexpr uint32_t history_max = 256;

    /// A socket with its reserve for the close; null when memory is out.
    socket* take() noexcept;
    socket* take_object() noexcept;

    base::machine& machine_;
    buffer_pool buffers_;
    port_table ports_;
    std::atomic<uint64_t> ordinal_{0};

    host::mutex mutex_{base::lock_rank::object};
    mm::slab<socket> slab_;
    socket* quarantine_[quarantine_max] OPENWSK_GUARDED_BY(mutex_) = {};
    uint32_t quarantine_next_ OPENWSK_GUARDED_BY(mutex_) = 0;
    uint32_t open_ OPENWSK_GUARDED_BY(mutex_) = 0;
    struct history : base::heap_object {
        base::traffic_info entries[history_max];
    };
    history* history_ OPENWSK_GUARDED_BY(mutex_) = nullptr;  // made with the first closed socket
    uint64_t remembered_ OPENWSK_GUARDED_BY(mutex_) = 0;
};

/// One call into a socket, from the edge: finds the object behind the driver's pointer, checks that
/// the function exists for its category and holds it until the call returns. When it is false the
/// driver has broken a rule, which is reported.
///
///     wsk::socket_call call(e, Socket, wsk::has_send);
///     if (!call) { return call.refuse(Irp); }
class socket_call {
public:
    socket_call(const ke::edge& e, PWSK_SOCKET s, uint8_t categories) noexcept;
    socket_call(const socket_call&) = delete;
    socket_call& operator=(const socket_call&) = delete;
    ~socket_call() {
        if (socket_ != nullptr) {
            edge_.thread().wsk_call = outer_;
            socket_->let_go(socket::one_call);
        }
    }

    explicit operator bool() const noexcept { return socket_ != nullptr; }
    socket* operator->() const noexcept { return socket_; }
    /// Completes the IRP, if there is one, with the status that the call returns.
    base::status refuse(IRP* irp) const noexcept;
    [[nodiscard]] base::status status() const noexcept { return status_; }

    /// How many calls into a socket are on the stack of a thread: one made inside a completion
    /// routine, which another call runs, stands above that one.
    static uint32_t nested(const ke::thread& t, const socket& s) noexcept;

private:
    const ke::edge& edge_;
    socket* socket_ = nullptr;
    const void* outer_ = nullptr;
    base::status status_;
};

}  // namespace wsk
