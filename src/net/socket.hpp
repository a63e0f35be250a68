// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A transport socket: TCP endpoint, TCP listener or UDP endpoint, in transport words. A
// backend implements them for one interface of a kernel; there is one, over epoll.
//
// Directions. A socket has two directions, sending and receiving, each with one token. Whoever
// holds the token of a direction is the only one to do kernel operations in it, and the
// descriptor cannot close meanwhile. "connect", "send" and "finish" are operations of the sending
// direction, "accept" and "receive" of the receiving one. The state of one direction:
//
//   idle    -> held      [try_acquire]
//   held    -> idle      [release]
//   held    -> armed     [connect, send, finish, accept, receive]
//   armed   -> running   [event, cancel, abort, close]   queued on the loop
//   running -> armed     [loop: the kernel would still block]
//   running -> held      [loop: calls done(operation)]
//   idle    -> closed    [close]
//   held    -> closed    [release after close]
//
//   idle     nothing held, armed or queued: a direct call may be made once acquired
//   held     the holder may call try_*, then arm an operation (that passes the token to it) or
//            release. Holding is not bound to a thread; it must be short or the close waits
//   armed    the operation has the token and waits for the kernel
//   running  the operation has the token and is on the loop's ready list
//   closed   try_acquire fails for ever
//
// done(operation) is called by the loop, on the thread that runs it, with no lock held and WITH
// THE TOKEN HELD: the callee queues its completion and then releases the token, uses it (try_*),
// or arms the next operation. An operation completes exactly once and only through done, never
// inside the call that armed it. So there is one kernel operation per direction at a time, and
// completions keep the order of the operations.
//
// Watches (acknowledged, hangup) are outside the directions: at most one of each armed, any time.
//
// Readiness is learned edge-triggered. A direct call needs no readiness: it just tries. Arming
// an operation costs no system call (but the first one that waits to send: one epoll_ctl).
//
// Errors. A stream socket latches the first error that ends its connection; from then on every
// operation answers it, receives after the data that had arrived before. A datagram socket
// latches nothing: what ICMP says about one datagram is swallowed.
//
// References. The creator has one and may drop it as soon as close() was called. A socket whose
// last reference goes away without close() must have nothing armed and no token held: its
// connection is reset.
//
// Locks: mutex_ (net_socket) -> loop::lock_ (net_loop). Directions are lock-free words. Callers
// may hold locks of lower rank in every call but loop::run().

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <sys/uio.h>

#include "base/heap.hpp"
#include "base/ref_ptr.hpp"
#include "net/address.hpp"
#include "net/error.hpp"
#include "net/loop.hpp"

namespace net {

class socket;

enum class kind : uint8_t { stream, datagram, raw };

enum class direction : uint8_t { sending = 0, receiving = 1 };

/// Something armed on a socket. Embedded in its owner, which keeps it and what it points at alive
/// until done. The same object may be armed again from done on.
struct operation : task {
    void (*done)(operation& self) noexcept = nullptr;  ///< set by the owner
    error result = error::none;                        ///< valid in done

    // The socket's while armed:
    enum class type : uint8_t {
        none,
        connect,
        send,
        send_messages,
        finish,
        accept,
        receive,
        receive_messages,
        acknowledged,
        hangup,
        close
    } what = type::none;
    std::atomic<bool> cancel_requested{false};
    socket* owner = nullptr;
};

/// Bytes of a stream. The vectors are not changed and stay valid until done.
struct transfer : operation {
    const iovec* vectors = nullptr;
    uint32_t vector_count = 0;  ///< any number; zero = wait only (see socket::send, receive)
    bool no_delay = false;      ///< send: flush past Nagle, this and what is queued before it
    size_t bytes = 0;           ///< out: how many were moved, also on failure

    // The socket's while armed:
    uint32_t vector_index = 0;
    size_t vector_offset = 0;
};

enum class cast : uint8_t { unicast, multicast, broadcast };

/// One datagram, to send or received. -1 in a control field means "not given".
struct datagram {
    const iovec* vectors = nullptr;
    uint32_t vector_count = 0;
    /// Send: destination (family none: the fixed peer). Received: source.
    address peer;
    /// Send: source address (family none: by route). Received: destination in the packet, port 0.
    address local;
    /// Send: outgoing interface (0: by route). Received: arrival interface.
    uint32_t interface = 0;
    /// TTL. Received only if option::receive_hop_limit is on.
    int16_t hop_limit = -1;
    /// TOS byte with ECN. Received only if option::receive_traffic_class is on.
    int16_t traffic_class = -1;
    /// Bytes per datagram when this is several back to back (GSO, GRO); 0: it is one.
    uint16_t segment = 0;
    net::cast cast = net::cast::unicast;  ///< received
    bool truncated = false;               ///< received: longer than the vectors
    size_t bytes = 0;                     ///< out: sent or stored
    size_t full_bytes = 0;                ///< received: length before truncation
};

/// Several datagrams in one go, in order.
struct datagrams : operation {
    datagram* messages = nullptr;
    uint32_t count = 0;
    uint32_t moved = 0;  ///< out: sent: how many; received: how many are valid (1..count)
};

struct accept_operation : operation {
    loop* target = nullptr;          ///< the loop of the accepted socket; null: the listener's
    base::ref_ptr<socket> accepted;  ///< out: connected, both directions idle
};

struct connect_operation : operation {
    address remote;
    uint64_t timeout_ns = 0;  ///< 0: the transport's default (21 s, as Windows)
};

struct close_operation : operation {
    /// How long bytes that were sent but not yet acknowledged may hold up the reset.
    uint64_t drain_ns = 5'000'000'000;
};

enum class option : uint8_t {
    // any kind
    receive_buffer,  ///< bytes; get answers what was set
    send_buffer,
    share_port,     ///< lets two sockets bind the same port; both need it; any time before the
                    ///< second bind. The rules who may share are the caller's
    v6_only,        ///< before bind; default 1
    hop_limit,      ///< unicast TTL
    traffic_class,  ///< TOS byte
    interface,      ///< index of the outgoing interface; 0: by route
    dont_fragment,  ///< 1: DF and an error when too large; 0: may be fragmented
    mtu_discover,   ///< Linux IP_PMTUDISC_*
    mtu,            ///< get, connected only
    // stream
    no_delay,
    keep_alive,
    keep_idle_s,
    keep_interval_s,
    keep_count,
    user_timeout_ms,  ///< unacknowledged that long: timed_out
    fast_open,        ///< a listener takes data that comes with the SYN; connect never sends any
    // datagram
    broadcast,
    multicast_interface,  ///< index
    multicast_hops,
    multicast_loop,
    receive_hop_limit,
    receive_traffic_class,
    receive_coalesced,  ///< GRO: 1 = several datagrams in one buffer may be received
    no_checksum,
    count_,
};

/// A snapshot of a stream's transport, for backlog questions.
struct stream_info {
    uint32_t round_trip_us = 0;
    uint32_t congestion_window_bytes = 0;
    uint32_t segment_bytes = 0;
    size_t unacknowledged_bytes = 0;  ///< sent, not acknowledged (FIN not counted)
    size_t unread_bytes = 0;          ///< received, not yet taken
    bool finish_acknowledged = false;
    bool peer_finished = false;  ///< the peer's FIN has arrived (data may still be unread)
};

class socket : public buried, public base::heap_object {
public:
    base::ref_count references;
    void last_reference_released() noexcept;

    socket(const socket&) = delete;
    socket& operator=(const socket&) = delete;

    [[nodiscard]] net::kind kind() const noexcept { return kind_; }
    [[nodiscard]] net::family family() const noexcept { return family_; }
    [[nodiscard]] loop& owner() const noexcept { return loop_; }

    // -- Set-up: immediate, any thread, serialised by the socket itself.

    /// Binds; port 0 takes a free one, visible in local_address() at once. After a failure the
    /// socket is unbound and may be bound again.
    virtual error bind(const address& local) noexcept = 0;
    /// Starts to queue connections. Bound stream sockets only.
    virtual error listen(uint32_t backlog) noexcept = 0;
    /// Fixes the datagram peer (the kernel then filters by it) and the local address the route
    /// gives; family none clears it and keeps the port.
    virtual error set_peer(const address& remote) noexcept = 0;
    virtual error set_option(option o, int value) noexcept = 0;
    virtual error get_option(option o, int& value) noexcept = 0;
    /// Joins (or leaves) a multicast group on an interface (0: the route's).
    virtual error set_membership(const address& group, uint32_t interface, bool join) noexcept = 0;

    /// Valid from bind on; the concrete address once connected; kept after a reset.
    [[nodiscard]] virtual address local_address() noexcept = 0;
    /// Family none until connected (or set_peer); kept after a reset.
    [[nodiscard]] virtual address remote_address() noexcept = 0;
    virtual error query(stream_info& out) noexcept = 0;

    // -- Tokens.

    /// False when the direction is held or has an operation armed or running, or after close().
    [[nodiscard]] bool try_acquire(direction d) noexcept;
    void release(direction d) noexcept;

    // -- Direct calls: by the holder of the direction's token. They never wait; would_block means
    // nothing was moved.

    /// Hands as many bytes as the kernel takes now, starting where the transfer stands; none when
    /// all are handed over (t.bytes counts), would_block when some remain: send(t) goes on there.
    virtual error try_send(transfer& t) noexcept = 0;
    /// Receives into the vectors; none with bytes 0 is the peer's FIN.
    virtual error try_receive(const iovec* vectors, uint32_t count, size_t& bytes) noexcept = 0;
    /// Drops up to max received bytes.
    virtual error try_discard(size_t max, size_t& bytes) noexcept = 0;
    virtual error try_send(datagrams& d) noexcept = 0;     ///< goes on at d.moved
    virtual error try_receive(datagrams& d) noexcept = 0;  ///< one or more
    virtual error try_accept(loop* target, base::ref_ptr<socket>& accepted) noexcept = 0;

    // -- Operations: by the holder of the direction's token, which passes to the operation.

    /// Bound, unconnected stream. After a failure the socket is bound to the same address and
    /// may connect again.
    void connect(connect_operation& c) noexcept;
    /// Done when the kernel has taken every byte, or has failed. No vectors: done when the kernel
    /// would take some.
    void send(transfer& t) noexcept;
    /// Done with at least one byte, the peer's FIN (none, 0 bytes) or an error. No vectors: done
    /// when try_receive has something to say, consuming nothing (a hint: it may still block).
    void receive(transfer& t) noexcept;
    void send(datagrams& d) noexcept;
    void receive(datagrams& d) noexcept;  ///< no messages: readiness only
    void accept(accept_operation& a) noexcept;
    /// Sends our FIN now (every send before it is done) and is done when the peer acknowledged it.
    /// Sends after it answer not_connected.
    void finish(operation& f) noexcept;

    // -- Watches: any thread, without a token.

    /// Done when every byte handed over before the call is acknowledged, or the connection failed.
    void watch_acknowledged(operation& w) noexcept;
    /// Done when the connection has failed (the latched error) or, unless error_only, when the
    /// peer's FIN has arrived (none); received data may be unread then.
    void watch_hangup(operation& w, bool error_only) noexcept;

    // -- Ending.

    /// Asks an armed operation or watch to end with cancelled; it is done exactly once all the
    /// same, with its own result when the kernel was faster (no byte and no connection is lost).
    /// Call it only while the operation is armed by your books, under the lock that its done
    /// takes before the operation is used again. A cancelled connect leaves the socket bound.
    void cancel(operation& o) noexcept;

    /// Resets the connection now: unsent and unread bytes are lost, connection_aborted is
    /// latched, what is armed ends with it. Addresses stay. Harmless when not connected.
    virtual void abort() noexcept = 0;

    /// Ends the socket. Armed operations and watches end with cancelled; then, when both tokens
    /// are free and done of every watch has returned: bytes already handed over are given drain_ns
    /// to be acknowledged, a connection that is not finished on both sides is reset, connections
    /// waiting in a listener are reset, the descriptor is closed, and close is done (result none).
    /// Cannot fail, allocates nothing, once per socket. No call but release, cancel, addresses and
    /// dropping references afterwards. (Who releases a token in done may find that close was done
    /// by another thread before his done returns.)
    void close(close_operation& c) noexcept;

private:
    // The state of a direction: "idle" is none of the first two bits, "running" is held.
    static constexpr uint32_t lane_held = 1;
    static constexpr uint32_t lane_armed = 2;
    static constexpr uint32_t lane_ready = 4;    // an event came since the last kernel call
    static constexpr uint32_t lane_closing = 8;  // close() was called; never cleared

    struct lane {
        // acq_rel everywhere: whoever takes the token sees what the last holder wrote.
        std::atomic<uint32_t> word{lane_ready};  // the first operation always asks the kernel
        // The holder's; news is lane_ready while the token is held, without an atomic operation.
        bool news = false;
        operation* armed = nullptr;  // the operation that has the token
    };

protected:
    socket(loop& l, net::kind k, net::family f) noexcept;
    virtual ~socket();

    // -- What a backend provides.

    /// Starts a connect (a finish) by the holder of the sending token; true when it has already
    /// ended, with its result set.
    virtual bool start_connect(connect_operation& c) noexcept = 0;
    virtual bool start_finish(operation& f) noexcept = 0;
    /// Does what an armed operation asks for, on the loop, once the direction had an event. True
    /// when it ended, with its result set; false when it must wait for the next event.
    virtual bool perform(operation& o) noexcept = 0;
    /// A cancelled operation is about to be done: undoes what start_* or perform left half done.
    virtual void undo(operation& o) noexcept = 0;
    /// A watch was armed: completes it if its time has come, else makes sure it will be noticed.
    virtual void watch_locked() noexcept OPENWSK_REQUIRES(mutex_) = 0;
    /// Goes on closing, on the loop, with both directions closed; ends with finish_close().
    virtual void close_step() noexcept = 0;
    /// The last reference is gone: frees what the kernel holds. The memory follows by bury.
    virtual void release_kernel() noexcept = 0;

    // -- What a backend uses.

    /// An event in a direction: makes an armed operation run. With ready null it is posted.
    void edge(direction d, base::list<task, &task::node>* ready = nullptr) noexcept;
    /// While nothing can be armed in the direction: it starts without news.
    void forget_events(direction d) noexcept {
        lanes_[static_cast<size_t>(d)].word.fetch_and(~lane_ready, std::memory_order_acq_rel);
    }

    // By the holder of the direction's token:
    /// Before a kernel call: forgets earlier events, so that those from now on count.
    void clear_ready(direction d) noexcept {
        lane& l = lanes_[static_cast<size_t>(d)];
        l.news = false;
        if (OPENWSK_UNLIKELY((l.word.load(std::memory_order_relaxed) & lane_ready) != 0)) {
            l.word.fetch_and(~lane_ready, std::memory_order_acq_rel);
        }
    }
    /// After a kernel call that may have left something: the next operation asks at once.
    void set_ready(direction d) noexcept { lanes_[static_cast<size_t>(d)].news = true; }

    [[nodiscard]] error latched() const noexcept {
        return latched_.load(std::memory_order_acquire);
    }
    /// Latches the error unless one is latched, wakes what is armed; answers the latched one.
    error latch(error e) noexcept OPENWSK_EXCLUDES(mutex_);
    void latch_locked(error e) noexcept OPENWSK_REQUIRES(mutex_);
    /// The peer's FIN has arrived.
    void note_peer_finished_locked() noexcept OPENWSK_REQUIRES(mutex_);

    void complete_watch_locked(operation*& slot, error result) noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool closing() const noexcept {
        return (lanes_[0].word.load(std::memory_order_relaxed) & lane_closing) != 0;
    }
    /// Calls done of the close; the socket may be gone afterwards.
    void finish_close() noexcept;

    loop& loop_;
    const net::kind kind_;
    const net::family family_;

    host::mutex mutex_{base::lock_rank::net_socket};
    operation* acknowledged_watch_ OPENWSK_GUARDED_BY(mutex_) = nullptr;
    operation* hangup_watch_ OPENWSK_GUARDED_BY(mutex_) = nullptr;
    bool hangup_error_only_ OPENWSK_GUARDED_BY(mutex_) = false;
    bool peer_finished_ OPENWSK_GUARDED_BY(mutex_) = false;
    close_operation* close_ OPENWSK_GUARDED_BY(mutex_) = nullptr;

private:
    static void run_operation(task& t) noexcept;
    static void run_delivery(task& t) noexcept;
    static void run_watch(task& t) noexcept;
    static direction direction_of(const operation& o) noexcept;

    void prepare(operation& o, operation::type what) noexcept;
    void arm(direction d, operation& o) noexcept;
    void deliver(operation& o) noexcept;
    void watch(operation*& slot, operation& w, operation::type what) noexcept;
    bool ends_now_locked(operation*& slot) noexcept OPENWSK_REQUIRES(mutex_);
    void part_ended() noexcept;

    lane lanes_[2];
    // What close waits for: both directions and every watch that is being told. acq_rel: who ends
    // the last one sees what the others did.
    std::atomic<uint32_t> parts_open_{2};
    std::atomic<error> latched_{error::none};  // release by latch, acquire by every operation
    task close_task_;
};

}  // namespace net
