// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Creation, binding, events, the timer and the end of an epoll socket. See epoll_socket.hpp.

#include "net/epoll_socket.hpp"

#include <algorithm>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/host.hpp"
#include "net/sockaddr.hpp"

namespace net {
namespace {

constexpr uint64_t ns_per_ms = 1'000'000;
constexpr uint32_t poll_delay_first_ms = 1;
constexpr uint32_t poll_delay_max_ms = 100;

}  // namespace

epoll_socket::epoll_socket(epoll_loop& l, net::kind k, net::family f) noexcept
    : socket(l, k, f), epoll_(l) {
    timer_.owner = this;
    timer_.call = [](task& t) noexcept {
        epoll_socket* s = static_cast<socket_timer&>(t).owner;
        auto keep = base::ref_ptr<socket>::adopt(s);
        s->on_timer();
    };
}

epoll_socket::~epoll_socket() {
    OPENWSK_ASSERT(fd_ < 0);
}

error epoll_socket::open(int protocol) noexcept {
    const int type = kind_ == kind::stream     ? SOCK_STREAM
                     : kind_ == kind::datagram ? SOCK_DGRAM
                                               : SOCK_RAW;
    fd_ = ::socket(family_number(family_), type | SOCK_NONBLOCK | SOCK_CLOEXEC,
                   kind_ == kind::raw ? protocol : 0);
    if (fd_ < 0) {
        return error_of(errno);
    }
    const int on = 1;
    if (family_ == family::ipv6) {
        setsockopt(fd_, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (kind_ == kind::stream) {
        // A port whose old connections linger in TIME_WAIT must be bindable; Linux wants the
        // option on the old and on the new socket.
        setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    } else {
        // Destination and interface of each datagram; its cast type is derived from them.
        setsockopt(fd_, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        if (family_ == family::ipv6) {
            setsockopt(fd_, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on);
        }
    }
    return error::none;
}

error epoll_socket::adopt(int fd, const address& local, const address& remote) noexcept {
    host::guard g(mutex_);
    fd_ = fd;
    local_ = local;
    local_known_ = local.valid();
    remote_ = remote;
    phase_ = phase::connected;
    // The edge that watching brings if data is already there is enough.
    forget_events(direction::receiving);
    const error e = watch_events_locked(EPOLLIN | EPOLLRDHUP);
    if (e != error::none) {
        close_descriptor_locked(true);
    }
    return e;
}

// -- Set-up.

error epoll_socket::bind(const address& local) noexcept {
    host::guard g(mutex_);
    if (fd_ < 0 || phase_ != phase::fresh || local.family != family_) {
        return error::invalid_argument;
    }
    sockaddr_storage to;
    const socklen_t length = to_sockaddr(local, to);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&to), length) != 0) {
        const error e = error_of(errno);
        return e == error::address_in_use && local.port == 0 ? error::no_free_port : e;
    }
    learn_local_locked();
    phase_ = phase::bound;
    return kind_ == kind::stream ? error::none : watch_events_locked(EPOLLIN);
}

error epoll_socket::listen(uint32_t backlog) noexcept {
    host::guard g(mutex_);
    if (kind_ != kind::stream || phase_ != phase::bound) {
        return error::invalid_argument;
    }
    if (::listen(fd_, static_cast<int>(std::min<uint32_t>(backlog, INT32_MAX))) != 0) {
        return error_of(errno);
    }
    phase_ = phase::listening;
    return watch_events_locked(EPOLLIN);
}

error epoll_socket::set_peer(const address& remote) noexcept {
    host::guard g(mutex_);
    if (kind_ == kind::stream || fd_ < 0 || phase_ == phase::fresh) {
        return error::invalid_argument;
    }
    return set_peer_locked(remote);
}

error epoll_socket::set_peer_locked(const address& remote) noexcept {
    sockaddr_storage to{};
    if (!remote.valid()) {
        dissolve();
        remote_ = {};
        return keep_port_locked();
    }
    if (remote.family != family_) {
        return error::invalid_argument;
    }
    const socklen_t length = to_sockaddr(remote, to);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), length) != 0) {
        return error_of(errno);
    }
    remote_ = remote;
    learn_local_locked();
    return error::none;
}

void epoll_socket::learn_local_locked() noexcept {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    if (getsockname(fd_, reinterpret_cast<sockaddr*>(&from), &length) == 0) {
        local_ = from_sockaddr(from, length);
        local_known_ = true;
    }
}

/// After a failed connect or connect(AF_UNSPEC), with which Linux gives back a port and an address
/// that bind did not name: binds to the same again. (getsockname cannot tell whether it did: it
/// goes on showing the port.)
error epoll_socket::keep_port_locked() noexcept {
    const address bound = local_;
    learn_local_locked();
    sockaddr_storage to;
    const address again = local_.is_any() ? address::any(family_, bound.port) : bound;
    const socklen_t length = to_sockaddr(again, to);
    if (::bind(fd_, reinterpret_cast<sockaddr*>(&to), length) != 0 && errno != EINVAL) {
        return error_of(errno);
    }
    learn_local_locked();
    return error::none;
}

address epoll_socket::local_address() noexcept {
    host::guard g(mutex_);
    if (!local_known_ && fd_ >= 0 && phase_ != phase::fresh) {
        learn_local_locked();
    }
    return local_;
}

address epoll_socket::remote_address() noexcept {
    host::guard g(mutex_);
    return remote_;
}

// -- Events.

error epoll_socket::watch_events_locked(uint32_t events) noexcept {
    if (watched_ && (events_ & events) == events) {
        return error::none;
    }
    const error e = epoll_.watch(*this, fd_, events_ | events, watched_);
    if (e == error::none) {
        watched_ = true;
        events_ |= events;
    }
    return e;
}

void epoll_socket::unwatch_locked() noexcept {
    if (watched_) {
        epoll_.unwatch(fd_);
        watched_ = false;
        events_ = 0;
    }
}

/// The holder of the sending token was told to wait (or need not wait any more). A stream socket
/// reports room only to somebody who was told to wait, so its interest stays; a datagram socket
/// reports every buffer the kernel has sent, so its interest goes again.
void epoll_socket::want_output(bool wanted) noexcept {
    if (output_wanted_ == wanted || (!wanted && kind_ == kind::stream)) {
        return;
    }
    output_wanted_ = wanted;
    host::guard g(mutex_);
    if (!watched_) {
        return;
    }
    events_ = wanted ? events_ | EPOLLOUT : events_ & ~static_cast<uint32_t>(EPOLLOUT);
    const error e = epoll_.watch(*this, fd_, events_, true);
    OPENWSK_ASSERT(e == error::none);  // changing what is watched needs no memory
}

void epoll_socket::on_events(uint32_t events, base::list<task, &task::node>& ready) noexcept {
    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        on_hang_up(events);
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) {
        edge(direction::receiving, &ready);
    }
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        edge(direction::sending, &ready);
    }
}

void epoll_socket::on_hang_up(uint32_t events) noexcept {
    host::guard g(mutex_);
    if (fd_ < 0) {
        return;
    }
    if (kind_ != kind::stream) {
        static_cast<void>(pending_error());  // ICMP about an earlier datagram concerns nobody
        return;
    }
    if (phase_ != phase::connected) {
        return;  // a connect reads the error itself
    }
    hung_up_.store(true, std::memory_order_release);
    if ((events & EPOLLERR) != 0) {
        if (const int number = pending_error()) {
            latch_locked(error_of(number));
        }
    } else if ((events & EPOLLRDHUP) != 0 && !peer_finished_) {
        note_peer_finished_locked();
    }
}

/// connect(AF_UNSPEC): ends the connection (an established one by RST) and keeps the descriptor.
/// Other threads may be sending and receiving; the kernel serialises that. The C library's connect
/// is not used because ThreadSanitizer takes it for the creation of the descriptor.
void epoll_socket::dissolve() const noexcept {
    sockaddr nobody{};
    nobody.sa_family = AF_UNSPEC;
    syscall(SYS_connect, fd_, &nobody, sizeof nobody);
}

/// Reads and clears SO_ERROR.
int epoll_socket::pending_error() const noexcept {
    int number = 0;
    socklen_t length = sizeof number;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &number, &length);
    return number;
}

// -- The timer.

// One reference for each call that will happen. Another thread may be about to make one while the
// timer is armed again, so what counts is the loop's answer and not a flag of our own.

void epoll_socket::start_timer_locked(uint64_t deadline_ns) noexcept {
    references.acquire();
    if (loop_.arm(timer_, deadline_ns)) {
        drop_timer_reference();
    }
}

void epoll_socket::stop_timer_locked() noexcept {
    if (loop_.disarm(timer_)) {
        drop_timer_reference();
    }
}

void epoll_socket::drop_timer_reference() noexcept {
    const bool last = references.release();
    OPENWSK_ASSERT(!last);  // the caller has one
}

/// Looks again a little later; each time twice as late, so that a slow peer costs little.
void epoll_socket::poll_again_locked(bool first) noexcept {
    poll_delay_ms_ = first || poll_delay_ms_ == 0 ? poll_delay_first_ms
                                                  : std::min(poll_delay_ms_ * 2, poll_delay_max_ms);
    start_timer_locked(host::current().now_ns() + poll_delay_ms_ * ns_per_ms);
}

void epoll_socket::on_timer() noexcept {
    bool closing_goes_on = false;
    {
        host::guard g(mutex_);
        if (fd_ < 0) {
            return;
        }
        if (draining_) {
            closing_goes_on = true;
        } else if (phase_ == phase::connecting || phase_ == phase::listening) {
            edge(direction::sending);
            edge(direction::receiving);
        } else {
            if (acknowledged_watch_ != nullptr) {
                if (acknowledged_locked()) {
                    complete_watch_locked(acknowledged_watch_, error::none);
                } else {
                    poll_again_locked(false);
                }
            }
            if (finish_sent_) {
                edge(direction::sending);
            }
        }
    }
    if (closing_goes_on) {
        close_step();
    }
}

void epoll_socket::watch_locked() noexcept {
    acknowledge_target_ = handed_over_.load(std::memory_order_acquire);
    if (phase_ != phase::connected) {
        complete_watch_locked(acknowledged_watch_, error::not_connected);
    } else if (acknowledged_locked()) {
        complete_watch_locked(acknowledged_watch_, error::none);
    } else {
        poll_again_locked(true);
    }
}

// -- Operations.

bool epoll_socket::perform(operation& o) noexcept {
    error e = error::none;
    switch (o.what) {
        case operation::type::connect:
            return perform_connect(o);
        case operation::type::finish:
            return perform_finish(o);
        case operation::type::send: {
            auto& t = static_cast<transfer&>(o);
            if (t.vector_count == 0) {
                break;
            }
            e = try_send(t);
            break;
        }
        case operation::type::receive: {
            auto& t = static_cast<transfer&>(o);
            if (t.vector_count == 0) {
                break;
            }
            e = try_receive(t.vectors, t.vector_count, t.bytes);
            break;
        }
        case operation::type::send_messages:
            e = try_send(static_cast<datagrams&>(o));
            break;
        case operation::type::receive_messages: {
            auto& d = static_cast<datagrams&>(o);
            if (d.count == 0) {
                break;
            }
            e = try_receive(d);
            break;
        }
        case operation::type::accept: {
            auto& a = static_cast<accept_operation&>(o);
            e = try_accept(a.target, a.accepted);
            break;
        }
        default:
            OPENWSK_UNREACHABLE("operation of no direction");
    }
    o.result = e;
    return e != error::would_block;
}

void epoll_socket::undo(operation& o) noexcept {
    host::guard g(mutex_);
    if (o.what == operation::type::connect && phase_ == phase::connecting) {
        back_to_bound_locked();
    }
    if (o.what == operation::type::finish) {
        set_ready(direction::sending);
    }
}

// -- Ending.

void epoll_socket::abort() noexcept {
    host::guard g(mutex_);
    if (fd_ < 0 || kind_ != kind::stream ||
        (phase_ != phase::connecting && phase_ != phase::connected)) {
        return;
    }
    if (!local_known_) {
        learn_local_locked();
    }
    stop_timer_locked();
    dissolve();
    phase_ = phase::ended;
    latch_locked(error::connection_aborted);
}

void epoll_socket::close_step() noexcept {
    {
        host::guard g(mutex_);
        if (fd_ >= 0) {
            bool reset = false;
            if (phase_ == phase::connected && latched() == error::none && !both_finished()) {
                const uint64_t now_ns = host::current().now_ns();
                if (!draining_) {
                    draining_ = true;
                    poll_delay_ms_ = 0;
                    drain_deadline_ns_ =
                        now_ns + std::min(close_->drain_ns, host::no_deadline - now_ns);
                }
                if (unacknowledged_bytes() > 0 && now_ns < drain_deadline_ns_) {
                    poll_again_locked(false);
                    return;
                }
                reset = true;
            }
            stop_timer_locked();
            close_descriptor_locked(reset);
        }
    }
    finish_close();
}

/// Closes the descriptor; with reset the peer is told by RST.
void epoll_socket::close_descriptor_locked(bool reset) noexcept {
    unwatch_locked();
    if (reset) {
        const linger now{1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    } else if (kind_ == kind::stream && phase_ == phase::connected) {
        // Unread bytes would make Linux reset a connection that both sides have finished. MSG_TRUNC
        // drops them unread; sanitizers, which know recv, would think they were stored at null.
        while (syscall(SYS_recvfrom, fd_, nullptr, size_t{INT32_MAX}, MSG_TRUNC | MSG_DONTWAIT,
                       nullptr, nullptr) > 0) {
        }
    }
    ::close(fd_);
    fd_ = -1;
}

void epoll_socket::release_kernel() noexcept {
    host::guard g(mutex_);
    if (fd_ >= 0) {
        close_descriptor_locked(phase_ == phase::connected && !both_finished());
    }
}

}  // namespace net
