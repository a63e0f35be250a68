// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The other end of a connection in tests of WSK sockets: plain POSIX sockets on the loopback
// interface. Declared without POSIX headers, which cannot be included beside the Windows ones;
// defined in tests/unit/wsk_peer_test.cpp.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace test {

/// A TCP endpoint. Every call is bounded by the test's patience; -1 stands for failure.
class peer {
public:
    peer() = default;
    explicit peer(int fd) : fd_(fd) {}
    peer(peer&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
    peer& operator=(peer&& other) noexcept;
    ~peer();

    /// Connects to 127.0.0.1 or [::1]; receive_buffer 0: the system's default. Not open on
    /// failure, and last_error() says why.
    static peer connect(uint16_t port, bool v6 = false, int receive_buffer = 0);

    [[nodiscard]] bool open() const { return fd_ >= 0; }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] uint16_t local_port() const;

    bool send(const std::string& bytes);
    /// Sends what the kernel takes without waiting; returns how many bytes.
    size_t send_some(const std::string& bytes);
    /// Exactly n bytes, fewer at the end of the stream or on an error.
    std::string receive(size_t n);
    /// What there is now, at least one byte unless the stream has ended.
    std::string receive_some(size_t max = 65536);
    /// True when the stream has ended (FIN) and nothing was unread.
    bool ended();
    /// Waits for the end of the stream or an error; true when it was a reset.
    bool was_reset();
    void finish();  ///< shutdown(SHUT_WR)
    void reset();   ///< RST
    void close();   ///< FIN (or RST when data is unread)
    void no_delay();

private:
    int fd_ = -1;
};

/// A listening POSIX socket on the loopback interface, on a port of the kernel's choice.
class peer_listener {
public:
    explicit peer_listener(bool v6 = false, int receive_buffer = 0);
    peer_listener(const peer_listener&) = delete;
    peer_listener& operator=(const peer_listener&) = delete;
    ~peer_listener();
    [[nodiscard]] uint16_t port() const { return port_; }
    peer accept();

private:
    int fd_ = -1;
    uint16_t port_ = 0;
};

/// A listening POSIX socket that answers nobody: its queue is full, and Linux then drops what
/// arrives. A connect to it goes on until somebody gives up.
class deaf_listener {
public:
    deaf_listener();
    deaf_listener(const deaf_listener&) = delete;
    deaf_listener& operator=(const deaf_listener&) = delete;
    ~deaf_listener();
    [[nodiscard]] uint16_t port() const { return port_; }

private:
    int fd_ = -1;
    int queued_ = -1;
    uint16_t port_ = 0;
};

/// The descriptor behind a socket of the runtime, to be taken away from under it. It is found by
/// the ports of the connection; remote_port 0: not connected.
class descriptor {
public:
    explicit descriptor(uint16_t local_port, uint16_t remote_port = 0);
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor() { forget(); }

    /// The number names no socket any more. The kernel still reports what happens to the socket,
    /// until forget(), which must come before the runtime closes it.
    void take_away();
    void forget();
    /// A listening socket stops listening, which the kernel reports.
    void stop_listening();

private:
    int fd_ = -1;
    int kept_ = -1;
};

/// A loopback port that nobody listens on at this moment.
uint16_t unused_port();

}  // namespace test
