// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// echo_abuse: many connections to an echo server at once, most of them badly behaved.
//
//     echo_abuse [--connections N] [--seconds N] [--seed N] HOST PORT
//
// Each connection chooses, by the seed, how it behaves; when it has ended another takes its place,
// until the time is over. Connections that end in order (calm, trickle, stall, mute) check that
// every byte comes back and that the stream then ends; the others (reset, flood, hang up) only try
// to hurt. Exit code 0 if no check failed. One thread; an ordinary program without OpenWSK.

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using clock_type = std::chrono::steady_clock;
using time_point = clock_type::time_point;
using std::chrono::milliseconds;

constexpr size_t buffer_bytes = 64 * 1024;
constexpr auto patience = std::chrono::seconds(20);

class prng {
public:
    explicit prng(uint64_t seed) : state_(seed) {}
    uint64_t next() {
        state_ += 0x9e3779b97f4a7c15u;
        uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    uint64_t below(uint64_t bound) { return next() % bound; }

private:
    uint64_t state_;
};

// Byte number i of the stream of a connection.
unsigned char byte_of(uint64_t stream, uint64_t i) {
    return static_cast<unsigned char>((stream + i * 0x9e3779b97f4a7c15u) >> 37);
}

enum class manner : uint8_t { calm, trickle, stall, mute, reset, flood, hang_up, count };
constexpr std::array<const char*, static_cast<size_t>(manner::count)> manner_names = {
    "calm", "trickle", "stall", "mute", "reset", "flood", "hang up"};

constexpr bool checks(manner m) {
    return m <= manner::mute;
}

struct peer {
    int fd = -1;
    manner how = manner::calm;
    uint64_t stream = 0;
    uint64_t total = 0;  // bytes to send
    uint64_t sent = 0;
    uint64_t received = 0;
    bool connected = false;
    bool finished = false;  // our side is shut down
    time_point read_from;   // not before
    time_point give_up;
    uint32_t watched = 0;  // epoll events asked for
};

struct totals {
    std::array<uint64_t, static_cast<size_t>(manner::count)> lives{};
    uint64_t bytes = 0;
    uint64_t failed = 0;
    uint64_t refused = 0;
};

class crowd {
public:
    crowd(const addrinfo* where, unsigned size, uint64_t seed, std::chrono::seconds time)
        : where_(where), random_(seed), peers_(size), end_(clock_type::now() + time) {
        epoll_ = epoll_create1(EPOLL_CLOEXEC);
    }
    crowd(const crowd&) = delete;
    crowd& operator=(const crowd&) = delete;
    ~crowd() { close(epoll_); }

    void run() {
        for (peer& p : peers_) {
            begin(p);
        }
        std::array<epoll_event, 256> events;
        while (alive_ > 0) {
            const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 20);
            for (int i = 0; i < n; ++i) {
                turn(peers_[events[static_cast<size_t>(i)].data.u32]);
            }
            check_times();
        }
    }

    [[nodiscard]] const totals& result() const { return totals_; }

private:
    void begin(peer& p) {
        if (clock_type::now() >= end_) {
            return;
        }
        p = peer{};
        p.how = static_cast<manner>(random_.below(static_cast<uint64_t>(manner::count)));
        p.stream = random_.next();
        p.total = p.how == manner::trickle ? 1 + random_.below(64)
                  : p.how == manner::mute  ? 0
                                           : 1 + random_.below(256 * 1024);
        const time_point now = clock_type::now();
        p.read_from = p.how == manner::stall ? now + milliseconds(random_.below(300)) : now;
        p.give_up = now + patience;
        p.fd = socket(where_->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int one = 1;
        setsockopt(p.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (p.fd < 0 ||
            (connect(p.fd, where_->ai_addr, where_->ai_addrlen) != 0 && errno != EINPROGRESS)) {
            ++totals_.refused;
            if (p.fd >= 0) {
                close(p.fd);
            }
            p.fd = -1;
            return;
        }
        ++alive_;
        ++totals_.lives[static_cast<size_t>(p.how)];
        epoll_event e{};
        e.events = p.watched = EPOLLOUT;
        e.data.u32 = static_cast<uint32_t>(&p - peers_.data());
        epoll_ctl(epoll_, EPOLL_CTL_ADD, p.fd, &e);
    }

    void end(peer& p, bool abort, const char* wrong) {
        if (wrong != nullptr) {
            ++totals_.failed;
            std::fprintf(stderr, "echo_abuse: %s: %s after %llu of %llu bytes\n",
                         manner_names[static_cast<size_t>(p.how)], wrong,
                         static_cast<unsigned long long>(p.received),
                         static_cast<unsigned long long>(p.total));
        }
        if (abort) {
            const linger now{1, 0};
            setsockopt(p.fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        }
        close(p.fd);
        p.fd = -1;
        --alive_;
        totals_.bytes += p.received;
        begin(p);
    }

    void turn(peer& p) {
        if (p.fd < 0) {
            return;
        }
        if (!p.connected) {
            int error = 0;
            socklen_t length = sizeof error;
            getsockopt(p.fd, SOL_SOCKET, SO_ERROR, &error, &length);
            if (error != 0) {
                ++totals_.refused;
                end(p, false, checks(p.how) ? "cannot connect" : nullptr);
                return;
            }
            p.connected = true;
        }
        if (p.how == manner::hang_up) {
            end(p, random_.below(2) == 0, nullptr);
            return;
        }
        if (send_some(p) && receive_some(p)) {
            watch(p);
        }
    }

    // False when the connection has ended.
    bool send_some(peer& p) {
        unsigned char buffer[4096];
        while (p.sent < p.total) {
            const size_t most = p.how == manner::trickle ? 1 : sizeof buffer;
            const auto count = static_cast<size_t>(std::min<uint64_t>(most, p.total - p.sent));
            for (size_t i = 0; i < count; ++i) {
                buffer[i] = byte_of(p.stream, p.sent + i);
            }
            const ssize_t n = send(p.fd, buffer, count, MSG_NOSIGNAL);
            if (n < 0) {
                if (errno == EAGAIN || errno == EINTR) {
                    return true;
                }
                end(p, false, checks(p.how) ? "cannot send" : nullptr);
                return false;
            }
            p.sent += static_cast<uint64_t>(n);
            if (p.how == manner::reset && p.sent > p.total / 2) {
                end(p, true, nullptr);
                return false;
            }
            if (p.how == manner::trickle) {
                break;
            }
        }
        if (p.sent == p.total && !p.finished) {
            if (p.how == manner::flood) {
                end(p, false, nullptr);  // with what came back unread: a reset
                return false;
            }
            p.finished = true;
            shutdown(p.fd, SHUT_WR);
        }
        return true;
    }

    bool receive_some(peer& p) {
        if (clock_type::now() < p.read_from || p.how == manner::flood) {
            return true;
        }
        while (true) {
            const ssize_t n = recv(p.fd, buffer_.data(), buffer_.size(), 0);
            if (n < 0) {
                if (errno == EAGAIN || errno == EINTR) {
                    return true;
                }
                end(p, false, checks(p.how) ? "cannot receive" : nullptr);
                return false;
            }
            if (n == 0) {
                const bool whole = p.received == p.total;
                end(p, false, whole || !checks(p.how) ? nullptr : "the stream ended early");
                return false;
            }
            for (ssize_t i = 0; i < n; ++i) {
                if (buffer_[static_cast<size_t>(i)] !=
                    byte_of(p.stream, p.received + static_cast<uint64_t>(i))) {
                    end(p, true, "other bytes came back");
                    return false;
                }
            }
            p.received += static_cast<uint64_t>(n);
            p.give_up = clock_type::now() + patience;
        }
    }

    void watch(peer& p) {
        const bool reads = p.how != manner::flood && clock_type::now() >= p.read_from;
        const uint32_t wanted =
            (reads ? uint32_t{EPOLLIN} : 0u) | (p.sent < p.total ? uint32_t{EPOLLOUT} : 0u);
        if (wanted != p.watched) {
            epoll_event e{};
            e.events = p.watched = wanted;
            e.data.u32 = static_cast<uint32_t>(&p - peers_.data());
            epoll_ctl(epoll_, EPOLL_CTL_MOD, p.fd, &e);
        }
    }

    void check_times() {
        const time_point now = clock_type::now();
        for (peer& p : peers_) {
            if (p.fd < 0) {
                continue;
            }
            if (now >= p.give_up) {
                end(p, true, "nothing happens");
            } else if (p.how == manner::stall && (p.watched & EPOLLIN) == 0 && now >= p.read_from) {
                watch(p);
            }
        }
    }

    const addrinfo* where_;
    prng random_;
    std::vector<peer> peers_;
    std::vector<unsigned char> buffer_ = std::vector<unsigned char>(buffer_bytes);
    const time_point end_;
    int epoll_ = -1;
    size_t alive_ = 0;
    totals totals_;
};

void allow_descriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
    uint64_t connections = 100;
    uint64_t seconds = 5;
    uint64_t seed = 1;
    std::vector<std::string> rest;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        uint64_t* number = word == "--connections" ? &connections
                           : word == "--seconds"   ? &seconds
                           : word == "--seed"      ? &seed
                                                   : nullptr;
        if (number != nullptr && i + 1 < argc) {
            *number = std::strtoull(argv[++i], nullptr, 10);
        } else {
            rest.push_back(word);
        }
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* where = nullptr;
    if (rest.size() != 2 || connections == 0 || connections > 100000 ||
        getaddrinfo(rest[0].c_str(), rest[1].c_str(), &hints, &where) != 0) {
        std::fprintf(stderr,
                     "usage: echo_abuse [--connections N] [--seconds N] [--seed N] HOST PORT\n");
        return 2;
    }
    allow_descriptors();
    crowd c(where, static_cast<unsigned>(connections), seed, std::chrono::seconds(seconds));
    c.run();
    freeaddrinfo(where);
    uint64_t lives = 0;
    for (size_t i = 0; i < manner_names.size(); ++i) {
        std::printf("%s%llu %s", i == 0 ? "" : ", ",
                    static_cast<unsigned long long>(c.result().lives[i]), manner_names[i]);
        lives += c.result().lives[i];
    }
    std::printf("\n%llu connections, %llu bytes came back, %llu refused, %llu failed\n",
                static_cast<unsigned long long>(lives),
                static_cast<unsigned long long>(c.result().bytes),
                static_cast<unsigned long long>(c.result().refused),
                static_cast<unsigned long long>(c.result().failed));
    return c.result().failed == 0 && c.result().lives[0] > 0 ? 0 : 1;
}
