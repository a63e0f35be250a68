// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The middle of bench/echo: the same echo server on the runtime's transport alone (src/net, epoll
// backend), without WSK, IRPs or a driver. What it costs above the raw peer is the price of
// tokens, operations and the loop; what a driver costs above it is the price of WSK.
// Prints its port and serves until it is killed.

#include <cstdio>
#include <cstdlib>

#include "host/host.hpp"
#include "net/backend.hpp"

namespace {

constexpr size_t buffer_bytes = 65536;
char buffer[buffer_bytes];

using net::direction;
using net::error;

struct connection;

struct ending : net::close_operation {
    connection* whose = nullptr;
};

struct connection : net::transfer {
    base::ref_ptr<net::socket> socket;
    ending end;
};

void close(connection& c) noexcept {
    c.socket->release(direction::receiving);
    c.end.whose = &c;
    c.end.done = [](net::operation& o) noexcept {
        delete static_cast<ending&>(static_cast<net::close_operation&>(o)).whose;
    };
    c.socket->close(c.end);
}

/// The peer of this benchmark never has more than one message under way: no reply can block.
bool reply(connection& c, size_t bytes) noexcept {
    const iovec v{buffer, bytes};
    net::transfer t;
    t.vectors = &v;
    t.vector_count = 1;
    if (!c.socket->try_acquire(direction::sending)) {
        return false;
    }
    const error e = c.socket->try_send(t);
    c.socket->release(direction::sending);
    return e == error::none;
}

void on_readable(net::operation& o) noexcept {
    auto& c = static_cast<connection&>(o);
    const iovec v{buffer, buffer_bytes};
    size_t bytes = 0;
    const error e = o.result == error::none ? c.socket->try_receive(&v, 1, bytes) : o.result;
    if (e == error::would_block || (e == error::none && bytes > 0 && reply(c, bytes))) {
        c.socket->receive(c);
    } else {
        close(c);
    }
}

struct acceptor : net::accept_operation {
    base::ref_ptr<net::socket> listener;
};

void on_accepted(net::operation& o) noexcept {
    auto& a = static_cast<acceptor&>(o);
    auto* c = new connection;
    c->socket = std::move(a.accepted);
    c->done = on_readable;
    if (c->socket->try_acquire(direction::receiving)) {
        c->socket->receive(*c);
    }
    a.listener->accept(a);
}

}  // namespace

int main() {
    auto backend = net::make_epoll_backend();
    auto loop = backend->make_loop();
    acceptor a;
    a.done = on_accepted;
    const auto at = net::address::loopback(net::family::ipv4);
    if (backend->make_socket(*loop, net::kind::stream, net::family::ipv4, 0, a.listener) !=
            error::none ||
        a.listener->set_option(net::option::no_delay, 1) != error::none ||
        a.listener->bind(at) != error::none || a.listener->listen(4096) != error::none ||
        !a.listener->try_acquire(direction::receiving)) {
        std::fputs("net_echo: no listening socket\n", stderr);
        return 1;
    }
    a.listener->accept(a);
    std::printf("%d\n", a.listener->local_address().port);
    std::fflush(stdout);
    for (;;) {
        loop->run(host::no_deadline);
    }
}
