// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The epoll backend: the factory. Loops are in epoll_loop.cpp, sockets in epoll_socket.cpp and its
// neighbours.

#include <new>

#include "net/backend.hpp"
#include "net/epoll_loop.hpp"
#include "net/epoll_socket.hpp"

namespace net {
namespace {

class epoll_backend final : public backend {
public:
    const char* name() const noexcept override { return "epoll"; }

    std::unique_ptr<loop> make_loop() noexcept override { return epoll_loop::make(); }

    error make_socket(loop& l, kind k, family f, int protocol,
                      base::ref_ptr<socket>& out) noexcept override {
        auto* s = new (std::nothrow) epoll_socket(static_cast<epoll_loop&>(l), k, f);
        if (s == nullptr) {
            return error::no_resources;
        }
        auto made = base::ref_ptr<socket>::adopt(s);
        const error e = s->open(protocol);
        if (e == error::none) {
            out = std::move(made);
        }
        return e;
    }
};

}  // namespace

std::unique_ptr<backend> make_epoll_backend() noexcept {
    return std::unique_ptr<backend>(new (std::nothrow) epoll_backend);
}

}  // namespace net
