// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The epoll set. epoll_wait is the one place besides host::wait where the runtime sleeps; the
// simulated host never gets here, because a simulated machine has no transport.

#include "net/epoll_loop.hpp"

#include <cerrno>
#include <ctime>
#include <new>

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/fiber.hpp"
#include "host/host.hpp"
#include "net/epoll_socket.hpp"
#include "net/sockaddr.hpp"

namespace net {
namespace {

constexpr int events_max = 256;
constexpr uint64_t ns_per_s = 1'000'000'000;
constexpr uint64_t ns_per_ms = 1'000'000;

/// epoll_wait with a deadline in nanoseconds where the kernel has it, else in milliseconds.
int wait(int set, epoll_event* events, uint64_t deadline_ns) noexcept {
    if (deadline_ns == host::no_deadline) {
        return epoll_wait(set, events, events_max, -1);
    }
    const uint64_t now_ns = deadline_ns == 0 ? 0 : host::current().now_ns();
    if (deadline_ns <= now_ns) {
        return epoll_wait(set, events, events_max, 0);
    }
    const uint64_t left_ns = deadline_ns - now_ns;
    timespec left{};
    left.tv_sec = static_cast<time_t>(left_ns / ns_per_s);
    left.tv_nsec = static_cast<long>(left_ns % ns_per_s);
    const int n = epoll_pwait2(set, events, events_max, &left, nullptr);
    if (n >= 0 || (errno != ENOSYS && errno != EPERM)) {
        return n;
    }
    const uint64_t left_ms = (left_ns + ns_per_ms - 1) / ns_per_ms;
    return epoll_wait(set, events, events_max,
                      left_ms > INT32_MAX ? INT32_MAX : static_cast<int>(left_ms));
}

}  // namespace

std::unique_ptr<epoll_loop> epoll_loop::make() noexcept {
    const int set = epoll_create1(EPOLL_CLOEXEC);
    const int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    epoll_event e{};
    e.events = EPOLLIN | EPOLLET;
    e.data.ptr = nullptr;
    if (set >= 0 && bell >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, bell, &e) == 0) {
        if (auto* l = new (std::nothrow) epoll_loop(set, bell)) {
            return std::unique_ptr<epoll_loop>(l);
        }
    }
    for (const int fd : {set, bell}) {
        if (fd >= 0) {
            ::close(fd);
        }
    }
    return nullptr;
}

epoll_loop::~epoll_loop() {
    ::close(bell_);
    ::close(set_);
}

error epoll_loop::watch(epoll_socket& s, int fd, uint32_t events, bool added) noexcept {
    epoll_event e{};
    e.events = events | EPOLLET;
    e.data.ptr = &s;
    // ThreadSanitizer does not know epoll_pwait2: without this the event does not order poll after
    // whoever made the socket.
    host::order_release(this);
    if (epoll_ctl(set_, added ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e) != 0) {
        return error_of(errno);
    }
    return error::none;
}

void epoll_loop::unwatch(int fd) noexcept {
    epoll_event unused{};
    const int result = epoll_ctl(set_, EPOLL_CTL_DEL, fd, &unused);
    // Other than that only when somebody has taken the descriptor away from the process (error
    // dead); its registration went with it.
    OPENWSK_ASSERT(result == 0 || errno == ENOENT || errno == EBADF || errno == EPERM);
}

void epoll_loop::poll(uint64_t deadline_ns, task_list& out) noexcept {
    epoll_event events[events_max];
    const int n = wait(set_, events, deadline_ns);
    OPENWSK_ASSERT(n >= 0 || errno == EINTR);
    host::order_acquire(this);
    for (int i = 0; i < n; ++i) {
        // The socket may be buried but is not freed: see loop::bury.
        if (auto* s = static_cast<epoll_socket*>(events[i].data.ptr)) {
            s->on_events(events[i].events, out);
        }
    }
}

void epoll_loop::interrupt() noexcept {
    const uint64_t one = 1;
    host::order_release(this);
    const ssize_t written = ::write(bell_, &one, sizeof one);
    OPENWSK_ASSERT(written == sizeof one);
}

}  // namespace net
