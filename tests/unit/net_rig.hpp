// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the tests of src/net share: an epoll backend with a loop that a thread of its own runs,
// operations that a test can wait for, and plain Linux sockets as peers. Every wait is bounded.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/host.hpp"
#include "net/backend.hpp"
#include "net/sockaddr.hpp"

namespace net_rig {

using namespace std::chrono_literals;
constexpr auto patience = 20s;

/// Makes the calling thread known to the host, so that lock ranks are checked on it.
class known_thread {
public:
    known_thread() { host::linux_host().adopt(thread_); }
    ~known_thread() { host::linux_host().abandon(thread_); }

private:
    host::thread thread_;
};

/// A one-time event.
class flag {
public:
    void set() {
        std::lock_guard g(mutex_);
        is_set_ = true;
        changed_.notify_all();
    }
    [[nodiscard]] bool is_set() {
        std::lock_guard g(mutex_);
        return is_set_;
    }
    [[nodiscard]] bool wait() {
        std::unique_lock g(mutex_);
        return changed_.wait_for(g, patience, [&] { return is_set_; });
    }
    void clear() {
        std::lock_guard g(mutex_);
        is_set_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_set_ = false;
};

/// An operation whose end sets a flag, after calling then (if any) on the loop's thread.
template <class Operation>
struct waited : Operation {
    waited() {
        this->done = [](net::operation& o) noexcept {
            auto& self = static_cast<waited&>(static_cast<Operation&>(o));
            ++self.times;
            if (self.then) {
                self.then();
            }
            self.ended.set();
        };
    }
    /// The result; the operation must end in time.
    net::error wait() {
        if (!ended.wait()) {
            ADD_FAILURE() << "operation does not end";
            std::abort();  // it would be used after its scope
        }
        ended.clear();
        return this->result;
    }
    flag ended;
    std::atomic<int> times{0};  ///< how often it was done
    std::function<void()> then;
};

/// A transfer from or into one piece of memory, which outlives it.
struct waited_transfer : waited<net::transfer> {
    waited_transfer(const void* data, size_t length) : piece_{const_cast<void*>(data), length} {
        vectors = &piece_;
        vector_count = 1;
    }
    explicit waited_transfer(const std::string& text) : waited_transfer(text.data(), text.size()) {}
    waited_transfer(const waited_transfer&) = delete;
    waited_transfer& operator=(const waited_transfer&) = delete;

private:
    const iovec piece_;
};

/// Something a loop calls (Called: net::task or net::timer) that a test waits for.
template <class Called>
struct awaited_call : Called {
    awaited_call() {
        this->call = [](net::task& t) noexcept {
            static_cast<awaited_call&>(static_cast<Called&>(t)).called.set();
        };
    }
    void wait() {
        if (!called.wait()) {
            ADD_FAILURE() << "the loop calls nothing";
            std::abort();  // it would be called after its scope
        }
        called.clear();
    }
    flag called;
};

/// Returns when the loop, which another thread runs, has called all that was posted, and all that
/// the kernel had reason to report, before. What has not ended then waits for something that has
/// not happened.
inline void settle(net::loop& l) {
    awaited_call<net::task> fence;
    // The first may be called in a round that looked at the kernel before; what the next round
    // finds comes behind the second, and before the third.
    for (int i = 0; i < 3; ++i) {
        l.post(fence);
        fence.wait();
    }
}

/// As settle, and everything for which a timer of the loop was armed that comes due within the next
/// ns: timers are called in the order of their deadlines, however late.
inline void settle_for(net::loop& l, uint64_t ns) {
    settle(l);
    awaited_call<net::timer> fence;
    l.arm(fence, host::linux_host().now_ns() + ns);
    fence.wait();
    settle(l);
}

/// After this a socket has looked, at least once, for what the kernel does not report.
constexpr uint64_t first_look_ns = 1'000'000;

/// A backend with one loop that a thread runs until the rig goes away.
class rig {
public:
    rig() : backend(net::make_epoll_backend()), loop(backend->make_loop()) {
        runner_ = std::thread([this] {
            known_thread me;
            while (!stop_) {
                loop->run(host::no_deadline);
            }
        });
    }
    ~rig() {
        stop_ = true;
        loop->wake();
        runner_.join();
        loop->run(0);  // what the last wait buried or left
    }

    base::ref_ptr<net::socket> make(net::kind k = net::kind::stream,
                                    net::family f = net::family::ipv4) {
        base::ref_ptr<net::socket> out;
        EXPECT_EQ(net::error::none, backend->make_socket(*loop, k, f, 0, out));
        return out;
    }
    base::ref_ptr<net::socket> bound(net::kind k = net::kind::stream,
                                     net::family f = net::family::ipv4) {
        auto s = make(k, f);
        EXPECT_EQ(net::error::none, s->bind(net::address::loopback(f)));
        return s;
    }
    base::ref_ptr<net::socket> listener(net::family f = net::family::ipv4) {
        auto s = bound(net::kind::stream, f);
        EXPECT_EQ(net::error::none, s->listen(SOMAXCONN));
        return s;
    }
    /// Waits for a connection; both tokens of the accepted socket are free.
    base::ref_ptr<net::socket> accept(net::socket& s) {
        waited<net::accept_operation> a;
        EXPECT_TRUE(s.try_acquire(net::direction::receiving));
        s.accept(a);
        EXPECT_EQ(net::error::none, a.wait());
        s.release(net::direction::receiving);
        return std::move(a.accepted);
    }

    std::unique_ptr<net::backend> backend;
    std::unique_ptr<net::loop> loop;

private:
    std::atomic<bool> stop_{false};
    std::thread runner_;
};

inline void close(base::ref_ptr<net::socket> s) {
    waited<net::close_operation> c;
    s->close(c);
    EXPECT_EQ(net::error::none, c.wait());
}

inline net::error connect(net::socket& s, const net::address& to) {
    waited<net::connect_operation> c;
    c.remote = to;
    EXPECT_TRUE(s.try_acquire(net::direction::sending));
    s.connect(c);
    const net::error e = c.wait();
    s.release(net::direction::sending);
    return e;
}

inline net::error send(net::socket& s, const std::string& text, size_t* sent = nullptr) {
    waited_transfer t(text);
    EXPECT_TRUE(s.try_acquire(net::direction::sending));
    s.send(t);
    const net::error e = t.wait();
    s.release(net::direction::sending);
    if (sent != nullptr) {
        *sent = t.bytes;
    }
    return e;
}

/// Receives once, up to max bytes.
inline net::error receive(net::socket& s, std::string& out, size_t max = 65536) {
    out.resize(max);
    waited_transfer t(out);
    EXPECT_TRUE(s.try_acquire(net::direction::receiving));
    s.receive(t);
    const net::error e = t.wait();
    s.release(net::direction::receiving);
    out.resize(t.bytes);
    return e;
}

/// A plain blocking Linux socket.
class plain {
public:
    explicit plain(int fd) : fd_(fd) { EXPECT_GE(fd, 0); }
    plain(int family, int type) : plain(::socket(family, type | SOCK_CLOEXEC, 0)) {}
    plain(plain&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    ~plain() { end(); }

    static plain connected(const net::address& to) {
        plain p(net::family_number(to.family), SOCK_STREAM);
        EXPECT_TRUE(p.connect(to)) << strerror(errno);
        return p;
    }
    bool connect(const net::address& to) {
        sockaddr_storage a;
        const socklen_t n = net::to_sockaddr(to, a);
        return ::connect(fd_, reinterpret_cast<sockaddr*>(&a), n) == 0;
    }
    bool bind(const net::address& to) {
        sockaddr_storage a;
        const socklen_t n = net::to_sockaddr(to, a);
        return ::bind(fd_, reinterpret_cast<sockaddr*>(&a), n) == 0;
    }
    net::address local() const {
        sockaddr_storage a{};
        socklen_t n = sizeof a;
        getsockname(fd_, reinterpret_cast<sockaddr*>(&a), &n);
        return net::from_sockaddr(a, n);
    }
    void set(int level, int name, int value) {
        EXPECT_EQ(0, setsockopt(fd_, level, name, &value, sizeof value));
    }
    void send(const std::string& text) {
        EXPECT_EQ(static_cast<ssize_t>(text.size()),
                  ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL));
    }
    /// Up to max bytes; empty at the end of the stream; "!" and errno's text for an error.
    std::string receive(size_t max = 65536) {
        pollfd p{fd_, POLLIN, 0};
        if (::poll(&p, 1, 20000) <= 0) {
            return "!nothing arrives";
        }
        std::string text(max, 0);
        const ssize_t n = recv(fd_, text.data(), max, 0);
        if (n < 0) {
            return std::string("!") + strerror(errno);
        }
        text.resize(static_cast<size_t>(n));
        return text;
    }
    std::string receive_exactly(size_t count) {
        std::string all;
        while (all.size() < count) {
            const std::string part = receive(count - all.size());
            if (part.empty() || part[0] == '!') {
                return all + part;
            }
            all += part;
        }
        return all;
    }
    void finish() { EXPECT_EQ(0, shutdown(fd_, SHUT_WR)); }
    void reset() {
        const linger now{1, 0};
        setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        end();
    }
    void end() {
        if (fd_ >= 0) {
            ::close(std::exchange(fd_, -1));
        }
    }
    [[nodiscard]] int fd() const { return fd_; }

private:
    int fd_;
};

}  // namespace net_rig
