// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// TCP over epoll: connect, accept, send, receive, our FIN, acknowledgement. See epoll_socket.hpp.

#include <algorithm>
#include <cerrno>
#include <new>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/host.hpp"
#include "net/epoll_socket.hpp"
#include "net/sockaddr.hpp"

namespace net {
namespace {

constexpr uint64_t connect_timeout_ns = 21'000'000'000;  // Windows: two SYN retries
constexpr uint32_t vectors_max = 1024;                   // IOV_MAX
constexpr uint32_t trimmed_max = 16;

bool tcp_state(int fd, uint8_t& state) noexcept {
    tcp_info info{};
    socklen_t length = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
        return false;
    }
    state = info.tcpi_state;
    return true;
}

/// Errors that end an established connection, as opposed to those of one call.
bool ends_connection(error e) noexcept {
    switch (e) {
        case error::connection_reset:
        case error::connection_aborted:
        case error::connection_refused:
        case error::timed_out:
        case error::network_unreachable:
        case error::host_unreachable:
        case error::host_down:
        case error::dead:
            return true;
        default:
            return false;
    }
}

size_t length_of(const iovec* vectors, uint32_t count) noexcept {
    size_t total = 0;
    for (uint32_t i = 0; i < count; ++i) {
        total += vectors[i].iov_len;
    }
    return total;
}

// In a process with threads libc's send and recv, which are cancellation points, cost four atomic
// operations each that the system call does not. Sanitizers see memory go in and out by libc only.

ssize_t send_bytes(int fd, const iovec& v) noexcept {
#if OPENWSK_ASAN || OPENWSK_TSAN
    return ::send(fd, v.iov_base, v.iov_len, MSG_NOSIGNAL);
#else
    return syscall(SYS_sendto, fd, v.iov_base, v.iov_len, MSG_NOSIGNAL, nullptr, 0);
#endif
}

ssize_t receive_bytes(int fd, const iovec& v) noexcept {
#if OPENWSK_ASAN || OPENWSK_TSAN
    return ::recv(fd, v.iov_base, v.iov_len, 0);
#else
    return syscall(SYS_recvfrom, fd, v.iov_base, v.iov_len, 0, nullptr, nullptr);
#endif
}

/// Moves the transfer's position past the bytes that were handed over.
void advance(transfer& t, size_t bytes) noexcept {
    t.bytes += bytes;
    while (t.vector_index < t.vector_count) {
        const size_t left = t.vectors[t.vector_index].iov_len - t.vector_offset;
        if (bytes < left) {
            t.vector_offset += bytes;
            return;
        }
        bytes -= left;
        ++t.vector_index;
        t.vector_offset = 0;
    }
}

}  // namespace

// -- Connecting.

bool epoll_socket::start_connect(connect_operation& c) noexcept {
    host::guard g(mutex_);
    const address& remote = c.remote;
    if (fd_ < 0 || kind_ != kind::stream || phase_ != phase::bound || remote.family != family_) {
        c.result = phase_ == phase::bound ? error::invalid_argument : error::already_connected;
        return true;
    }
    if (remote.port == 0 || remote.is_any()) {
        c.result = error::address_not_available;  // Linux would take the wildcard for loopback
        return true;
    }
    clear_ready(direction::sending);
    forget_events(direction::receiving);
    sockaddr_storage to;
    const socklen_t length = to_sockaddr(remote, to);
    const int result = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), length);
    const int number = result == 0 ? 0 : errno;
    if (result != 0 && number != EINPROGRESS && number != EINTR) {
        c.result = number == EADDRNOTAVAIL ? error::no_free_port : error_of(number);
        back_to_bound_locked();
        return true;
    }
    remote_ = remote;
    phase_ = phase::connecting;
    const error e = watch_events_locked(EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    if (e != error::none) {
        c.result = e;
        back_to_bound_locked();
        return true;
    }
    if (result == 0) {
        c.result = end_connect_locked();
        return true;
    }
    connect_deadline_ns_ =
        host::current().now_ns() + (c.timeout_ns != 0 ? c.timeout_ns : connect_timeout_ns);
    start_timer_locked(connect_deadline_ns_);
    return false;
}

bool epoll_socket::perform_connect(operation& o) noexcept {
    clear_ready(direction::sending);
    host::guard g(mutex_);
    if (latched() != error::none) {
        o.result = latched();
        return true;
    }
    uint8_t state = TCP_CLOSE;
    const int number = pending_error();
    if (number == 0 && tcp_state(fd_, state) && (state == TCP_SYN_SENT || state == TCP_SYN_RECV)) {
        if (host::current().now_ns() < connect_deadline_ns_) {
            return false;
        }
        o.result = error::timed_out;
        back_to_bound_locked();
        return true;
    }
    if (number != 0 || state == TCP_CLOSE) {
        o.result = number != 0 ? error_of(number) : error::connection_refused;
        back_to_bound_locked();
        return true;
    }
    stop_timer_locked();
    o.result = end_connect_locked();
    return true;
}

/// The kernel says connected.
error epoll_socket::end_connect_locked() noexcept {
    learn_local_locked();
    if (local_ == remote_) {
        // TCP's simultaneous open with oneself: nobody listens there.
        back_to_bound_locked();
        return error::connection_refused;
    }
    phase_ = phase::connected;
    output_wanted_ = true;  // watched for output since the connect began
    set_ready(direction::sending);
    return error::none;
}

/// After an attempt to connect: as bind left it, with the same port, which Linux gives up.
void epoll_socket::back_to_bound_locked() noexcept {
    stop_timer_locked();
    unwatch_locked();
    dissolve();
    static_cast<void>(pending_error());
    remote_ = {};
    phase_ = phase::bound;
    // Somebody may have taken the port meanwhile; the next connect then goes from a new one.
    static_cast<void>(keep_port_locked());
}

// -- Accepting.

/// True when accept must wait for something other than a connection: descriptors or memory.
bool epoll_socket::accept_backs_off(int number) noexcept {
    if (error_of(number) != error::no_resources) {
        return false;
    }
    host::guard g(mutex_);
    poll_again_locked(false);
    return true;
}

error epoll_socket::try_accept(loop* target, base::ref_ptr<socket>& accepted) noexcept {
    clear_ready(direction::receiving);
    auto& l = target != nullptr ? static_cast<epoll_loop&>(*target) : epoll_;
    auto* child = new (std::nothrow) epoll_socket(l, kind::stream, family_);
    if (child == nullptr) {
        accept_backs_off(ENOMEM);
        return error::would_block;
    }
    auto owned = base::ref_ptr<socket>::adopt(child);
    for (;;) {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int fd =
            accept4(fd_, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            set_ready(direction::receiving);
            const error e = child->adopt(fd, address{}, from_sockaddr(from, length));
            if (e != error::none) {
                accept_backs_off(ENOMEM);  // the kernel cannot watch it: it was reset
                return error::would_block;
            }
            host::guard g(mutex_);
            poll_delay_ms_ = 0;
            accepted = std::move(owned);
            return error::none;
        }
        const int number = errno;
        if (number == EAGAIN || accept_backs_off(number)) {
            return error::would_block;
        }
        const error e = error_of(number);
        if (e == error::dead || e == error::invalid_argument) {
            set_ready(direction::receiving);
            return e == error::dead ? latch(error::dead) : e;  // EINVAL: not listening
        }
        // Anything else is about a connection that died in the queue: take the next one.
    }
}

// -- Sending.

/// What a failed send or receive of this connection means; latches what ends it.
error epoll_socket::stream_failure(int number) noexcept {
    host::guard g(mutex_);
    if (latched() != error::none) {
        return latched();
    }
    if (phase_ != phase::connected) {
        return error_of(number) == error::dead ? error::dead : error::not_connected;
    }
    error e = error_of(number);
    if (number == EPIPE) {
        if (const int cause = pending_error()) {
            e = error_of(cause);
        } else if (finish_sent_) {
            return error::not_connected;
        }
    }
    if (ends_connection(e)) {
        latch_locked(e);
    }
    return e;
}

/// WSK_FLAG_NODELAY holds for one send: Nagle is off from before its first byte to after its last.
void epoll_socket::raise_no_delay(bool raise) noexcept {
    if (no_delay_raised_ == raise || no_delay_.load(std::memory_order_relaxed)) {
        return;
    }
    no_delay_raised_ = raise;
    const int value = raise ? 1 : 0;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &value, sizeof value);
}

error epoll_socket::try_send(transfer& t) noexcept {
    clear_ready(direction::sending);
    if (latched() != error::none) {
        return latched();
    }
    if (t.no_delay) {
        raise_no_delay(true);
    }
    while (t.vector_index < t.vector_count) {
        iovec trimmed[trimmed_max];
        msghdr message{};
        if (t.vector_offset == 0) {
            message.msg_iov = const_cast<iovec*>(t.vectors + t.vector_index);
            message.msg_iovlen = std::min(t.vector_count - t.vector_index, vectors_max);
        } else {
            const uint32_t n = std::min(t.vector_count - t.vector_index, trimmed_max);
            std::copy_n(t.vectors + t.vector_index, n, trimmed);
            trimmed[0].iov_base = static_cast<char*>(trimmed[0].iov_base) + t.vector_offset;
            trimmed[0].iov_len -= t.vector_offset;
            message.msg_iov = trimmed;
            message.msg_iovlen = n;
        }
        const size_t offered =
            length_of(message.msg_iov, static_cast<uint32_t>(message.msg_iovlen));
        ssize_t n = 0;
        if (message.msg_iovlen == 1) {
            n = offered == 0 ? 0 : send_bytes(fd_, *message.msg_iov);
        } else if (offered != 0) {
            n = sendmsg(fd_, &message, MSG_NOSIGNAL);
        }
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno != EAGAIN) {
                const error e = stream_failure(errno);
                set_ready(direction::sending);
                return e;
            }
            want_output(true);
            return error::would_block;
        }
        advance(t, static_cast<size_t>(n));
        handed_over_.store(handed_over_.load(std::memory_order_relaxed) + static_cast<size_t>(n),
                           std::memory_order_release);
        if (static_cast<size_t>(n) < offered) {
            want_output(true);  // the kernel took what it could
            return error::would_block;
        }
    }
    if (no_delay_raised_) {
        raise_no_delay(false);
    }
    set_ready(direction::sending);
    return error::none;
}

// -- Receiving.

error epoll_socket::received(ssize_t n, size_t wanted, size_t& bytes) noexcept {
    bytes = 0;
    if (n > 0) {
        bytes = static_cast<size_t>(n);
        // Less than asked for means empty, unless the end that follows is already reported.
        if (bytes == wanted || hung_up_.load(std::memory_order_acquire)) {
            set_ready(direction::receiving);
        }
        return error::none;
    }
    if (n < 0 && errno == EAGAIN) {
        return latched() != error::none ? latched() : error::would_block;
    }
    const int number = n < 0 ? errno : 0;
    set_ready(direction::receiving);
    if (n < 0) {
        return stream_failure(number);
    }
    // End of data: the peer's FIN, unless something worse was seen.
    host::guard g(mutex_);
    if (latched() != error::none) {
        return latched();
    }
    if (!peer_finished_) {
        note_peer_finished_locked();
    }
    return error::none;
}

error epoll_socket::try_receive(const iovec* vectors, uint32_t count, size_t& bytes) noexcept {
    clear_ready(direction::receiving);
    const size_t wanted = length_of(vectors, count);
    OPENWSK_ASSERT(wanted > 0);
    ssize_t n = 0;
    do {
        if (count == 1) {
            n = receive_bytes(fd_, vectors[0]);
        } else {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(vectors);
            message.msg_iovlen = std::min(count, vectors_max);
            n = recvmsg(fd_, &message, 0);
        }
    } while (n < 0 && errno == EINTR);
    return received(n, count <= vectors_max ? wanted : length_of(vectors, vectors_max), bytes);
}

error epoll_socket::try_discard(size_t max, size_t& bytes) noexcept {
    clear_ready(direction::receiving);
    const size_t wanted = std::min<size_t>(max, INT32_MAX);
    OPENWSK_ASSERT(wanted > 0);
    ssize_t n = 0;
    do {
        n = recv(fd_, nullptr, wanted, MSG_TRUNC);
    } while (n < 0 && errno == EINTR);
    return received(n, wanted, bytes);
}

// -- Our FIN and acknowledgements.

bool epoll_socket::start_finish(operation& f) noexcept {
    set_ready(direction::sending);  // no event will announce that a send can only fail
    host::guard g(mutex_);
    if (latched() != error::none || phase_ != phase::connected) {
        f.result = latched() != error::none ? latched() : error::not_connected;
        return true;
    }
    finish_sent_ = true;
    if (shutdown(fd_, SHUT_WR) != 0) {
        const int number = pending_error();
        latch_locked(number != 0 ? error_of(number) : error::connection_reset);
        f.result = latched();
        return true;
    }
    if (finish_acknowledged_locked()) {
        f.result = latched();
        return true;
    }
    poll_again_locked(true);
    return false;
}

bool epoll_socket::perform_finish(operation& o) noexcept {
    clear_ready(direction::sending);
    host::guard g(mutex_);
    if (latched() == error::none && !finish_acknowledged_locked()) {
        poll_again_locked(false);
        return false;
    }
    o.result = latched();
    set_ready(direction::sending);  // as in start_finish
    return true;
}

/// Our FIN was acknowledged, or the connection failed meanwhile and that is latched now.
bool epoll_socket::finish_acknowledged_locked() noexcept {
    uint8_t state = TCP_CLOSE;
    if (!tcp_state(fd_, state)) {
        return false;
    }
    if (state == TCP_CLOSE) {
        if (const int number = pending_error()) {
            latch_locked(error_of(number));
        }
        return true;
    }
    return state == TCP_FIN_WAIT2 || state == TCP_TIME_WAIT;
}

size_t epoll_socket::unacknowledged_bytes() const noexcept {
    int queued = 0;
    return ioctl(fd_, SIOCOUTQ, &queued) == 0 && queued > 0 ? static_cast<size_t>(queued) : 0;
}

bool epoll_socket::acknowledged_locked() noexcept {
    // Read in this order: bytes handed over between the two reads only make the answer later.
    const uint64_t handed = handed_over_.load(std::memory_order_acquire);
    return handed - std::min<uint64_t>(handed, unacknowledged_bytes()) >= acknowledge_target_;
}

/// FINs went both ways (or the connection is gone): nothing is left to reset.
bool epoll_socket::both_finished() const noexcept {
    uint8_t state = TCP_CLOSE;
    if (!tcp_state(fd_, state)) {
        return true;
    }
    return state == TCP_CLOSE || state == TCP_TIME_WAIT || state == TCP_CLOSING ||
           state == TCP_LAST_ACK;
}

error epoll_socket::query(stream_info& out) noexcept {
    host::guard g(mutex_);
    out = {};
    tcp_info info{};
    socklen_t length = sizeof info;
    if (fd_ < 0 || kind_ != kind::stream || phase_ != phase::connected) {
        return error::not_connected;
    }
    if (getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) {
        return error_of(errno);
    }
    out.round_trip_us = info.tcpi_rtt;
    out.segment_bytes = info.tcpi_snd_mss;
    out.congestion_window_bytes = info.tcpi_snd_cwnd * info.tcpi_snd_mss;
    int unread = 0;
    if (ioctl(fd_, SIOCINQ, &unread) == 0 && unread > 0) {
        out.unread_bytes = static_cast<size_t>(unread);
    }
    out.finish_acknowledged =
        finish_sent_ && (info.tcpi_state == TCP_FIN_WAIT2 || info.tcpi_state == TCP_TIME_WAIT ||
                         info.tcpi_state == TCP_CLOSE);
    out.unacknowledged_bytes = out.finish_acknowledged ? 0 : unacknowledged_bytes();
    out.peer_finished = peer_finished_;
    return error::none;
}

}  // namespace net
