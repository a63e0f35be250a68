// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// echo_client: drives an echo server over TCP, checks every byte that comes back, and says how
// fast it was. An ordinary program with ordinary sockets; it knows nothing of OpenWSK.
//
//     echo_client [--connections N] [--bytes N] [--chunk N] HOST PORT
//
// Each connection sends its own stream of pseudo-random bytes, so that bytes of another connection,
// or of another place in the stream, do not pass. It sends and receives at once, ends its side
// when all is sent, and expects the rest and then the end of the stream. Exit code 0 only if every
// connection got exactly what it sent.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr int poll_timeout_ms = 20000;

struct settings {
    std::string host;
    std::string port;
    unsigned connections = 8;
    uint64_t bytes = 4u << 20;  // per connection
    size_t chunk = 64u << 10;
};

// An endless stream of bytes that depends on the seed (SplitMix64, eight bytes a step).
class stream {
public:
    explicit stream(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u) {}

    void next(unsigned char* out, size_t count) {
        for (size_t i = 0; i < count; ++i) {
            if (left_ == 0) {
                step();
            }
            out[i] = static_cast<unsigned char>(word_);
            word_ >>= 8;
            --left_;
        }
    }

private:
    void step() {
        state_ += 0x9e3779b97f4a7c15u;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        word_ = z ^ (z >> 31);
        left_ = 8;
    }

    uint64_t state_;
    uint64_t word_ = 0;
    unsigned left_ = 0;
};

class connection {
public:
    connection(const settings& s, unsigned number)
        : s_(s), outgoing_(number + 1), incoming_(number + 1) {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() {
        if (fd_ >= 0) {
            close(fd_);
        }
    }

    /// Null, or what went wrong.
    const char* run() {
        if (!open_socket()) {
            return "cannot connect";
        }
        std::vector<unsigned char> out(s_.chunk);
        std::vector<unsigned char> in(s_.chunk);
        std::vector<unsigned char> expected(s_.chunk);
        size_t staged = 0;
        size_t staged_sent = 0;
        while (true) {
            if (staged == staged_sent && sent_ < s_.bytes) {
                staged = static_cast<size_t>(std::min<uint64_t>(s_.chunk, s_.bytes - sent_));
                staged_sent = 0;
                outgoing_.next(out.data(), staged);
            }
            const bool sending = staged_sent < staged;
            pollfd p{fd_, static_cast<short>(POLLIN | (sending ? POLLOUT : 0)), 0};
            if (poll(&p, 1, poll_timeout_ms) <= 0) {
                return "nothing happens";
            }
            if (sending && (p.revents & POLLOUT) != 0 && !send_some(out, staged, staged_sent)) {
                return "cannot send";
            }
            if ((p.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
                bool ended = false;
                if (const char* wrong = receive_some(in, expected, ended)) {
                    return wrong;
                }
                if (ended) {
                    return received_ == s_.bytes ? nullptr : "the stream ended early";
                }
            }
        }
    }

private:
    bool open_socket() {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (getaddrinfo(s_.host.c_str(), s_.port.c_str(), &hints, &found) != 0) {
            return false;
        }
        for (const addrinfo* a = found; a != nullptr && fd_ < 0; a = a->ai_next) {
            fd_ = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
            if (fd_ >= 0 && connect(fd_, a->ai_addr, a->ai_addrlen) != 0) {
                close(fd_);
                fd_ = -1;
            }
        }
        freeaddrinfo(found);
        return fd_ >= 0 && fcntl(fd_, F_SETFL, O_NONBLOCK) == 0;
    }

    bool send_some(const std::vector<unsigned char>& out, size_t staged, size_t& done) {
        const ssize_t n = send(fd_, out.data() + done, staged - done, MSG_NOSIGNAL);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR;
        }
        done += static_cast<size_t>(n);
        sent_ += static_cast<uint64_t>(n);
        return sent_ < s_.bytes || shutdown(fd_, SHUT_WR) == 0;
    }

    const char* receive_some(std::vector<unsigned char>& in, std::vector<unsigned char>& expected,
                             bool& ended) {
        const ssize_t n = recv(fd_, in.data(), in.size(), 0);
        if (n < 0) {
            return errno == EAGAIN || errno == EINTR ? nullptr : "cannot receive";
        }
        if (n == 0) {
            ended = true;
            return nullptr;
        }
        const auto count = static_cast<size_t>(n);
        if (received_ + count > s_.bytes) {
            return "more came back than was sent";
        }
        incoming_.next(expected.data(), count);
        if (std::memcmp(in.data(), expected.data(), count) != 0) {
            return "other bytes came back than were sent";
        }
        received_ += count;
        return nullptr;
    }

    const settings& s_;
    stream outgoing_;
    stream incoming_;
    int fd_ = -1;
    uint64_t sent_ = 0;
    uint64_t received_ = 0;
};

bool number_of(const char* text, uint64_t limit, uint64_t& out) {
    char* end = nullptr;
    errno = 0;
    out = std::strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && out >= 1 && out <= limit;
}

bool parse(int argc, char** argv, settings& s) {
    std::vector<std::string> rest;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        uint64_t value = 0;
        if (word.compare(0, 2, "--") != 0) {
            rest.push_back(word);
            continue;
        }
        if (i + 1 >= argc || !number_of(argv[++i], uint64_t{1} << 40, value)) {
            return false;
        }
        if (word == "--connections" && value <= 10000) {
            s.connections = static_cast<unsigned>(value);
        } else if (word == "--bytes") {
            s.bytes = value;
        } else if (word == "--chunk" && value <= (64u << 20)) {
            s.chunk = static_cast<size_t>(value);
        } else {
            return false;
        }
    }
    if (rest.size() != 2) {
        return false;
    }
    s.host = rest[0];
    s.port = rest[1];
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    settings s;
    if (!parse(argc, argv, s)) {
        std::fprintf(stderr,
                     "usage: echo_client [--connections N] [--bytes N] [--chunk N] HOST PORT\n");
        return 2;
    }
    std::atomic<unsigned> failed{0};
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < s.connections; ++i) {
        threads.emplace_back([&s, &failed, i] {
            connection c(s, i);
            if (const char* wrong = c.run()) {
                std::fprintf(stderr, "echo_client: connection %u: %s\n", i, wrong);
                ++failed;
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    if (failed != 0) {
        std::fprintf(stderr, "echo_client: %u of %u connections failed\n", failed.load(),
                     s.connections);
        return 1;
    }
    const double bytes = static_cast<double>(s.connections) * static_cast<double>(s.bytes);
    std::printf("%s port %s: %u connections, %.0f bytes sent and back in %.3f s, %.1f MB/s\n",
                s.host.c_str(), s.port.c_str(), s.connections, bytes, time.count(),
                bytes / 1e6 / time.count());
    return 0;
}
