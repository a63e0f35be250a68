// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A socket over a non-blocking descriptor in an epoll set. Private to src/net; split over
//
//   epoll_socket.cpp     creation, bind, listen, events, timer, ending
//   epoll_stream.cpp     connect, accept, send, receive, finish, acknowledgement
//   epoll_datagram.cpp   datagrams and their control data
//   epoll_option.cpp     options and memberships
//
// The descriptor is written only while nobody can use it: before the socket is handed out, and by
// close_step/release_kernel, which run when both directions are closed. Direct calls and
// operations are therefore covered by their token; everything else reads it under mutex_.
//
//   fresh      -> bound       [bind]
//   bound      -> listening   [listen]
//   bound      -> connecting  [start_connect]
//   bound      -> connected   [start_connect, when the kernel is that fast]
//   connecting -> connected   [perform]
//   connecting -> bound       [perform: refused, timed out; undo: cancelled]
//   connecting -> ended       [abort]
//   connected  -> ended       [abort]
//
//   fresh, bound   not in the epoll set (a bound datagram socket is)
//   listening      watched for input
//   connecting     watched for everything; connect_deadline_ns_ is armed in timer_
//   connected      watched for input and hang-up, for output from the first blocked send on
//   ended          addresses and the latched error are all there is
//
// timer_ serves whatever the socket waits for without a kernel event: the connect timeout, the
// back-off of an accept that ran out of descriptors, and acknowledgements (of data, of our FIN, of
// what close drains), which Linux does not report. While armed it holds a reference.

#pragma once

#include <atomic>

#include "net/epoll_loop.hpp"
#include "net/socket.hpp"

namespace net {

class epoll_socket final : public socket {
public:
    epoll_socket(epoll_loop& l, net::kind k, net::family f) noexcept;

    /// Makes the descriptor; once, before the socket is handed out.
    error open(int protocol) noexcept;
    /// Takes over an accepted descriptor and watches it; closes it on failure.
    error adopt(int fd, const address& local, const address& remote) noexcept;

    /// What the kernel reported; called by the loop while it polls. Operations that became
    /// runnable are appended to ready. The socket may have lost its last reference.
    void on_events(uint32_t events, base::list<task, &task::node>& ready) noexcept;

    error bind(const address& local) noexcept override;
    error listen(uint32_t backlog) noexcept override;
    error set_peer(const address& remote) noexcept override;
    error set_option(option o, int value) noexcept override;
    error get_option(option o, int& value) noexcept override;
    error set_membership(const address& group, uint32_t interface, bool join) noexcept override;
    address local_address() noexcept override;
    address remote_address() noexcept override;
    error query(stream_info& out) noexcept override;

    error try_send(transfer& t) noexcept override;
    error try_receive(const iovec* vectors, uint32_t count, size_t& bytes) noexcept override;
    error try_discard(size_t max, size_t& bytes) noexcept override;
    error try_send(datagrams& d) noexcept override;
    error try_receive(datagrams& d) noexcept override;
    error try_accept(loop* target, base::ref_ptr<socket>& accepted) noexcept override;

    void abort() noexcept override;

private:
    enum class phase : uint8_t { fresh, bound, listening, connecting, connected, ended };

    ~epoll_socket() override;

    bool start_connect(connect_operation& c) noexcept override;
    bool start_finish(operation& f) noexcept override;
    bool perform(operation& o) noexcept override;
    void undo(operation& o) noexcept override;
    void watch_locked() noexcept override OPENWSK_REQUIRES(mutex_);
    void close_step() noexcept override;
    void release_kernel() noexcept override;

    // epoll_socket.cpp
    void on_hang_up(uint32_t events) noexcept;
    void on_timer() noexcept;
    void start_timer_locked(uint64_t deadline_ns) noexcept OPENWSK_REQUIRES(mutex_);
    void stop_timer_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void drop_timer_reference() noexcept;
    void poll_again_locked(bool first) noexcept OPENWSK_REQUIRES(mutex_);
    error watch_events_locked(uint32_t events) noexcept OPENWSK_REQUIRES(mutex_);
    void unwatch_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void want_output(bool wanted) noexcept;
    void learn_local_locked() noexcept OPENWSK_REQUIRES(mutex_);
    error keep_port_locked() noexcept OPENWSK_REQUIRES(mutex_);
    error set_peer_locked(const address& remote) noexcept OPENWSK_REQUIRES(mutex_);
    void close_descriptor_locked(bool reset) noexcept OPENWSK_REQUIRES(mutex_);
    void dissolve() const noexcept;
    [[nodiscard]] int pending_error() const noexcept;

    // epoll_stream.cpp
    bool perform_connect(operation& o) noexcept;
    error end_connect_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void back_to_bound_locked() noexcept OPENWSK_REQUIRES(mutex_);
    bool perform_finish(operation& o) noexcept;
    bool acknowledged_locked() noexcept OPENWSK_REQUIRES(mutex_);
    bool finish_acknowledged_locked() noexcept OPENWSK_REQUIRES(mutex_);
    [[nodiscard]] bool both_finished() const noexcept;
    [[nodiscard]] size_t unacknowledged_bytes() const noexcept;
    error stream_failure(int number) noexcept;
    error received(ssize_t n, size_t wanted, size_t& bytes) noexcept;
    void raise_no_delay(bool raise) noexcept;
    bool accept_backs_off(int number) noexcept;

    // epoll_option.cpp
    error apply_option_locked(option o, int value) noexcept OPENWSK_REQUIRES(mutex_);

    epoll_loop& epoll_;
    int fd_ = -1;

    // The holder of the sending direction's token:
    bool no_delay_raised_ = false;
    bool output_wanted_ = false;

    std::atomic<bool> hung_up_{false};   // FIN or error reported: no further edge will come.
                                         // Written by the loop before its edge, read by receivers
    std::atomic<bool> no_delay_{false};  // option, read by senders
    std::atomic<uint64_t> handed_over_{0};  // bytes the kernel took; written by the sender

    phase phase_ OPENWSK_GUARDED_BY(mutex_) = phase::fresh;
    bool watched_ OPENWSK_GUARDED_BY(mutex_) = false;
    bool local_known_ OPENWSK_GUARDED_BY(mutex_) = false;
    bool finish_sent_ OPENWSK_GUARDED_BY(mutex_) = false;
    bool draining_ OPENWSK_GUARDED_BY(mutex_) = false;
    uint32_t events_ OPENWSK_GUARDED_BY(mutex_) = 0;
    uint32_t poll_delay_ms_ OPENWSK_GUARDED_BY(mutex_) = 0;
    int receive_buffer_ OPENWSK_GUARDED_BY(mutex_) = 0;  // as set: the kernel doubles it
    int send_buffer_ OPENWSK_GUARDED_BY(mutex_) = 0;
    int multicast_interface_ OPENWSK_GUARDED_BY(mutex_) = 0;  // IPv4 cannot be asked
    uint64_t acknowledge_target_ OPENWSK_GUARDED_BY(mutex_) = 0;
    uint64_t connect_deadline_ns_ OPENWSK_GUARDED_BY(mutex_) = 0;
    uint64_t drain_deadline_ns_ OPENWSK_GUARDED_BY(mutex_) = 0;
    address local_ OPENWSK_GUARDED_BY(mutex_);
    address remote_ OPENWSK_GUARDED_BY(mutex_);

    struct socket_timer : timer {
        epoll_socket* owner = nullptr;
    };
    socket_timer timer_;
};

}  // namespace net
