// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The peer of bench/echo: a TCP echo server over raw epoll, as fast as one thread can be written
// simply. Edge-triggered, one 64 KiB buffer, a short read counts as empty, replies sent directly.
// Prints its port and serves until it is killed.

#include <cerrno>
#include <cstdio>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr size_t buffer_bytes = 65536;
char buffer[buffer_bytes];
int set = -1;

struct connection {
    int fd;
    std::string unsent;
};

void watch(connection& c, uint32_t events) {
    epoll_event e{};
    e.events = events | EPOLLET;
    e.data.ptr = &c;
    epoll_ctl(set, EPOLL_CTL_ADD, c.fd, &e);
}

void accept_all(const connection& listener) {
    for (;;) {
        const int fd = accept4(listener.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            return;
        }
        watch(*new connection{fd, {}}, EPOLLIN | EPOLLOUT | EPOLLRDHUP);
    }
}

/// False when the connection has failed.
bool flush(connection& c) {
    size_t sent = 0;
    while (sent < c.unsent.size()) {
        const ssize_t n = send(c.fd, c.unsent.data() + sent, c.unsent.size() - sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN) {
                return false;
            }
            break;
        }
        sent += static_cast<size_t>(n);
    }
    c.unsent.erase(0, sent);
    return true;
}

bool reply(connection& c, size_t bytes) {
    size_t sent = 0;
    if (c.unsent.empty()) {
        const ssize_t n = send(c.fd, buffer, bytes, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            return false;
        }
        sent = n < 0 ? 0 : static_cast<size_t>(n);
    }
    if (sent < bytes) {
        c.unsent.append(buffer + sent, bytes - sent);
    }
    return true;
}

bool echo(connection& c, bool hung_up) {
    for (;;) {
        const ssize_t n = recv(c.fd, buffer, buffer_bytes, 0);
        if (n <= 0) {
            return n < 0 && errno == EAGAIN;
        }
        if (!reply(c, static_cast<size_t>(n))) {
            return false;
        }
        if (static_cast<size_t>(n) < buffer_bytes && !hung_up) {
            return true;
        }
    }
}

void serve(connection& c, uint32_t events) {
    const bool hung_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    bool alive = true;
    if ((events & EPOLLOUT) != 0 && !c.unsent.empty()) {
        alive = flush(c);
    }
    if (alive && ((events & EPOLLIN) != 0 || hung_up)) {
        alive = echo(c, hung_up);
    }
    if (!alive) {
        close(c.fd);
        delete &c;
    }
}

}  // namespace

int main() {
    connection listener{socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), {}};
    const int on = 1;
    setsockopt(listener.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    set = epoll_create1(EPOLL_CLOEXEC);
    if (bind(listener.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener.fd, SOMAXCONN) != 0 || set < 0 ||
        getsockname(listener.fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
        std::perror("epoll_echo");
        return 1;
    }
    watch(listener, EPOLLIN);
    std::printf("%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    for (;;) {
        epoll_event events[512];
        const int n = epoll_wait(set, events, 512, -1);
        for (int i = 0; i < n; ++i) {
            auto* c = static_cast<connection*>(events[i].data.ptr);
            if (c == &listener) {
                accept_all(listener);
            } else {
                serve(*c, events[i].events);
            }
        }
    }
}
