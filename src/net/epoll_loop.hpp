// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// An event loop over one epoll set and one eventfd. Private to src/net.
//
// All interest is edge-triggered, the eventfd's too: every write to it is an edge, so nobody
// ever needs to read it.

#pragma once

#include <cstdint>
#include <memory>

#include "net/error.hpp"
#include "net/loop.hpp"

namespace net {

class epoll_socket;

class epoll_loop final : public loop {
public:
    /// Null when descriptors or memory are exhausted.
    static std::unique_ptr<epoll_loop> make() noexcept;
    ~epoll_loop() override;

    /// Adds the descriptor, or changes what it is watched for. Any thread.
    error watch(epoll_socket& s, int fd, uint32_t events, bool added) noexcept;
    void unwatch(int fd) noexcept;

private:
    epoll_loop(int set, int bell) noexcept : set_(set), bell_(bell) {}

    void poll(uint64_t deadline_ns, task_list& out) noexcept override;
    void interrupt() noexcept override;

    const int set_;
    const int bell_;
};

}  // namespace net
