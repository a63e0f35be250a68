// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The load generator of bench/echo: N connections to 127.0.0.1, on each one message under way at
// a time; every echoed byte is compared. Single-threaded, raw epoll. Prints one line of JSON.
//
//   load PORT [connections=64] [bytes=64] [warm_ms=200] [measure_ms=1000] [server=PID]
//
// requests_per_s           requests answered while measuring
// server_ns_per_request    CPU time of all threads of process PID, by the scheduler's count
// server_user_share        the part of it spent in user space, as the kernel's clock tick samples
// it load_ns_per_request      CPU time of this program p50_us, p99_us           time from send to
// the last byte of the echo

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

uint64_t now_ns() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(t.tv_nsec);
}

/// CPU time of all threads of a process.
uint64_t process_ns(int pid) {
    const std::string folder = "/proc/" + std::to_string(pid) + "/task";
    uint64_t sum = 0;
    DIR* d = opendir(folder.c_str());
    if (d == nullptr) {
        return 0;
    }
    while (const dirent* entry = readdir(d)) {
        if (entry->d_name[0] == '.') {
            continue;
        }
        FILE* f = std::fopen((folder + "/" + entry->d_name + "/schedstat").c_str(), "r");
        uint64_t ran = 0;
        if (f != nullptr) {
            if (std::fscanf(f, "%" SCNu64, &ran) == 1) {
                sum += ran;
            }
            std::fclose(f);
        }
    }
    closedir(d);
    return sum;
}

/// How often the clock tick met the process in user space and in the kernel.
struct ticks {
    uint64_t user = 0;
    uint64_t system = 0;
};

ticks process_ticks(int pid) {
    ticks t;
    if (FILE* f = std::fopen(("/proc/" + std::to_string(pid) + "/stat").c_str(), "r")) {
        char line[1024] = {};
        const char* after_name =
            std::fgets(line, sizeof line, f) != nullptr ? std::strrchr(line, ')') : nullptr;
        if (after_name == nullptr ||
            std::sscanf(after_name,
                        ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
                        &t.user, &t.system) != 2) {
            t = {};
        }
        std::fclose(f);
    }
    return t;
}

struct connection {
    int fd = -1;
    uint64_t sent_at_ns = 0;
    size_t received = 0;
    uint32_t round = 0;
};

struct parameters {
    uint16_t port = 0;
    int server = 0;
    size_t connections = 64;
    size_t bytes = 64;
    uint64_t warm_ns = 200'000'000;
    uint64_t measure_ns = 1'000'000'000;
};

class generator {
public:
    explicit generator(const parameters& p) : p_(p), set_(epoll_create1(EPOLL_CLOEXEC)) {
        for (size_t i = 0; i < p.bytes + 256; ++i) {
            pattern_.push_back(static_cast<char>(i * 131 + (i >> 8)));
        }
        buffer_.resize(p.bytes);
        connections_.resize(p.connections);
        for (connection& c : connections_) {
            open(c);
        }
    }

    void run() {
        for (connection& c : connections_) {
            send_next(c);
        }
        turn(now_ns() + p_.warm_ns);
        latencies_ns_.clear();
        latencies_ns_.reserve(4'000'000);
        const uint64_t requests = requests_;
        const uint64_t server_ns = process_ns(p_.server);
        const ticks before = process_ticks(p_.server);
        const uint64_t own_ns = process_ns(getpid());
        const uint64_t start_ns = now_ns();
        turn(start_ns + p_.measure_ns);
        const uint64_t took_ns = now_ns() - start_ns;
        const uint64_t server_used_ns = process_ns(p_.server) - server_ns;
        const ticks after = process_ticks(p_.server);
        const auto user = static_cast<double>(after.user - before.user);
        const auto all = user + static_cast<double>(after.system - before.system);
        report(requests_ - requests, took_ns, server_used_ns, process_ns(getpid()) - own_ns,
               all > 0 ? user / all : 0);
    }

private:
    void open(connection& c) {
        c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(p_.port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(c.fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
            fail("connect");
        }
        const int on = 1;
        setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event e{};
        e.events = EPOLLIN;
        e.data.ptr = &c;
        epoll_ctl(set_, EPOLL_CTL_ADD, c.fd, &e);
    }

    [[nodiscard]] const char* message(const connection& c) const {
        return pattern_.data() + c.round % 256;
    }

    void send_next(connection& c) {
        c.received = 0;
        c.sent_at_ns = now_ns();
        if (send(c.fd, message(c), p_.bytes, MSG_NOSIGNAL) != static_cast<ssize_t>(p_.bytes)) {
            fail("send");
        }
    }

    void receive(connection& c) {
        const ssize_t n = recv(c.fd, buffer_.data(), p_.bytes - c.received, 0);
        if (n <= 0) {
            fail(n == 0 ? "server closed the connection" : "recv");
        }
        if (std::memcmp(buffer_.data(), message(c) + c.received, static_cast<size_t>(n)) != 0) {
            std::fputs("load: wrong bytes came back\n", stderr);
            std::exit(1);
        }
        c.received += static_cast<size_t>(n);
        if (c.received == p_.bytes) {
            latencies_ns_.push_back(now_ns() - c.sent_at_ns);
            ++requests_;
            ++c.round;
            send_next(c);
        }
    }

    void turn(uint64_t until_ns) {
        do {
            epoll_event events[256];
            const int n = epoll_wait(set_, events, 256, 1000);
            if (n == 0 || (n < 0 && errno != EINTR)) {
                fail("no answer within a second");
            }
            for (int i = 0; i < n; ++i) {
                receive(*static_cast<connection*>(events[i].data.ptr));
            }
        } while (now_ns() < until_ns);
    }

    void report(uint64_t requests, uint64_t took_ns, uint64_t server_ns, uint64_t own_ns,
                double user_share) {
        std::sort(latencies_ns_.begin(), latencies_ns_.end());
        const auto quantile_us = [&](size_t percent) {
            const size_t at = latencies_ns_.size() * percent / 100;
            return latencies_ns_.empty() ? 0.0 : static_cast<double>(latencies_ns_[at]) / 1000;
        };
        const auto n = static_cast<double>(std::max<uint64_t>(requests, 1));
        std::printf(
            "{\"requests_per_s\": %.0f, \"server_ns_per_request\": %.1f, "
            "\"server_user_share\": %.4f, \"load_ns_per_request\": %.1f, \"p50_us\": %.1f, "
            "\"p99_us\": %.1f}\n",
            n * 1e9 / static_cast<double>(took_ns), static_cast<double>(server_ns) / n, user_share,
            static_cast<double>(own_ns) / n, quantile_us(50), quantile_us(99));
    }

    const parameters p_;
    int set_;
    std::string pattern_;
    std::string buffer_;
    std::vector<connection> connections_;
    std::vector<uint64_t> latencies_ns_;
    uint64_t requests_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    parameters p;
    if (argc < 2) {
        std::fputs("usage: load PORT [name=value ...]\n", stderr);
        return 2;
    }
    p.port = static_cast<uint16_t>(std::atoi(argv[1]));
    for (int i = 2; i < argc; ++i) {
        const std::string argument = argv[i];
        const size_t equals = argument.find('=');
        const std::string name = argument.substr(0, equals);
        const uint64_t value =
            equals == std::string::npos ? 0 : std::strtoull(argv[i] + equals + 1, nullptr, 10);
        if (name == "connections") {
            p.connections = value;
        } else if (name == "bytes") {
            p.bytes = value;
        } else if (name == "warm_ms") {
            p.warm_ns = value * 1'000'000;
        } else if (name == "measure_ms") {
            p.measure_ns = value * 1'000'000;
        } else if (name == "server") {
            p.server = static_cast<int>(value);
        } else {
            std::fprintf(stderr, "load: unknown option %s\n", name.c_str());
            return 2;
        }
    }
    generator(p).run();
}
