// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The POSIX ends that the tests of WSK sockets talk to, and a test that they work.

#include "tests/unit/support/wsk_peer.hpp"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test {
namespace {

constexpr int patience_ms = 20000;

bool wait_for(int fd, short events) {
    pollfd p{fd, events, 0};
    return poll(&p, 1, patience_ms) == 1;
}

sockaddr_storage loopback(bool v6, uint16_t port, socklen_t& length) {
    sockaddr_storage s{};
    if (v6) {
        auto& a = reinterpret_cast<sockaddr_in6&>(s);
        a.sin6_family = AF_INET6;
        a.sin6_port = htons(port);
        a.sin6_addr = in6addr_loopback;
        length = sizeof a;
    } else {
        auto& a = reinterpret_cast<sockaddr_in&>(s);
        a.sin_family = AF_INET;
        a.sin_port = htons(port);
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        length = sizeof a;
    }
    return s;
}

uint16_t port_of(int fd) {
    sockaddr_storage s{};
    socklen_t length = sizeof s;
    if (getsockname(fd, reinterpret_cast<sockaddr*>(&s), &length) != 0) {
        return 0;
    }
    return ntohs(s.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(s).sin6_port
                                         : reinterpret_cast<sockaddr_in&>(s).sin_port);
}

int listen_on_loopback(bool v6, int receive_buffer) {
    const int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    socklen_t length = 0;
    sockaddr_storage a = loopback(v6, 0, length);
    if (bind(fd, reinterpret_cast<sockaddr*>(&a), length) != 0 || listen(fd, 512) != 0) {
        ::close(fd);
        return -1;
    }
    return fd;
}

}  // namespace

peer& peer::operator=(peer&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

peer::~peer() {
    close();
}

peer peer::connect(uint16_t port, bool v6, int receive_buffer) {
    const int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    socklen_t length = 0;
    sockaddr_storage a = loopback(v6, port, length);
    int rc = 0;
    do {
        rc = ::connect(fd, reinterpret_cast<sockaddr*>(&a), length);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        ::close(fd);
        return peer();
    }
    return peer(fd);
}

uint16_t peer::local_port() const {
    return port_of(fd_);
}

bool peer::send(const std::string& bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n =
            ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            done += static_cast<size_t>(n);
        } else if (errno != EINTR && (errno != EAGAIN || !wait_for(fd_, POLLOUT))) {
            return false;
        }
    }
    return true;
}

size_t peer::send_some(const std::string& bytes) {
    size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n =
            ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0) {
            break;
        }
        done += static_cast<size_t>(n);
    }
    return done;
}

std::string peer::receive(size_t n) {
    std::string out;
    while (out.size() < n) {
        const std::string part = receive_some(std::min<size_t>(n - out.size(), 65536));
        if (part.empty()) {
            break;
        }
        out += part;
    }
    return out;
}

std::string peer::receive_some(size_t max) {
    std::string out(max, '\0');
    if (!wait_for(fd_, POLLIN)) {
        ADD_FAILURE() << "the peer waited in vain for data";
        return {};
    }
    const ssize_t n = recv(fd_, out.data(), max, MSG_DONTWAIT);
    out.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return out;
}

bool peer::ended() {
    char c = 0;
    return wait_for(fd_, POLLIN) && recv(fd_, &c, 1, MSG_DONTWAIT) == 0;
}

bool peer::was_reset() {
    for (;;) {
        char data[4096];
        if (!wait_for(fd_, POLLIN)) {
            return false;
        }
        const ssize_t n = recv(fd_, data, sizeof data, MSG_DONTWAIT);
        if (n <= 0) {
            return n < 0 && errno == ECONNRESET;
        }
    }
}

void peer::finish() {
    shutdown(fd_, SHUT_WR);
}

void peer::reset() {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
}

void peer::close() {
    if (fd_ >= 0) {
        ::close(std::exchange(fd_, -1));
    }
}

void peer::no_delay() {
    const int one = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

peer_listener::peer_listener(bool v6, int receive_buffer)
    : fd_(listen_on_loopback(v6, receive_buffer)), port_(port_of(fd_)) {}

peer_listener::~peer_listener() {
    ::close(fd_);
}

peer peer_listener::accept() {
    if (!wait_for(fd_, POLLIN)) {
        return peer();
    }
    return peer(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
}

deaf_listener::deaf_listener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    socklen_t length = 0;
    sockaddr_storage a = loopback(false, 0, length);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&a), length), 0);
    EXPECT_EQ(listen(fd_, 0), 0);
    port_ = port_of(fd_);
    // One connection fills a queue of none.
    queued_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    a = loopback(false, port_, length);
    EXPECT_EQ(::connect(queued_, reinterpret_cast<sockaddr*>(&a), length), 0);
    EXPECT_TRUE(wait_for(fd_, POLLIN));
}

deaf_listener::~deaf_listener() {
    ::close(queued_);
    ::close(fd_);
}

descriptor::descriptor(uint16_t local_port, uint16_t remote_port) {
    for (int fd = 3; fd < 4096; ++fd) {
        int protocol = 0;
        socklen_t length = sizeof protocol;
        if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0 ||
            protocol != IPPROTO_TCP || port_of(fd) != local_port) {
            continue;
        }
        sockaddr_storage to{};
        length = sizeof to;
        const bool connected = getpeername(fd, reinterpret_cast<sockaddr*>(&to), &length) == 0;
        const uint16_t its_port =
            connected ? ntohs(reinterpret_cast<sockaddr_in&>(to).sin_port) : uint16_t{0};
        if (its_port == remote_port) {
            EXPECT_EQ(fd_, -1) << "two descriptors fit";
            fd_ = fd;
        }
    }
    EXPECT_NE(fd_, -1) << "no descriptor of port " << local_port;
}

void descriptor::take_away() {
    kept_ = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    EXPECT_EQ(dup3(nothing, fd_, O_CLOEXEC), fd_);
    ::close(nothing);
}

void descriptor::forget() {
    if (kept_ >= 0) {
        ::close(std::exchange(kept_, -1));
    }
}

void descriptor::stop_listening() {
    EXPECT_EQ(shutdown(fd_, SHUT_RD), 0);
}

uint16_t unused_port() {
    const int fd = listen_on_loopback(false, 0);
    const uint16_t port = port_of(fd);
    ::close(fd);
    return port;
}

TEST(wsk_peer, two_posix_ends_talk_and_reset) {
    peer_listener l;
    peer a = peer::connect(l.port());
    peer b = l.accept();
    ASSERT_TRUE(a.open() && b.open());
    EXPECT_TRUE(a.send("hello"));
    EXPECT_EQ(b.receive(5), "hello");
    a.reset();
    EXPECT_TRUE(b.was_reset());
}

}  // namespace test
