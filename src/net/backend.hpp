// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The transport seam: a factory of loops and sockets. The runtime above speaks only the words of
// net/socket.hpp and net/loop.hpp; which interface of the kernel carries them is decided
// when the machine is built.
//
//   backend --makes--> loop       as many as the io layer runs; outlive their sockets
//           --makes--> socket     belongs to one loop for life; intrusively counted
//
// Threads: every function may be called from any thread.

#pragma once

#include <memory>

#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "net/address.hpp"
#include "net/error.hpp"
#include "net/loop.hpp"
#include "net/socket.hpp"

namespace net {

class backend : public base::machine_part {
public:
    static constexpr base::part slot = base::part::net;

    /// For reports: "epoll", "io_uring", "simulated".
    [[nodiscard]] virtual const char* name() const noexcept = 0;

    /// Null when descriptors or memory are exhausted.
    virtual std::unique_ptr<loop> make_loop() noexcept = 0;

    /// protocol is used by raw sockets only.
    virtual error make_socket(loop& l, kind k, family f, int protocol,
                              base::ref_ptr<socket>& out) noexcept = 0;
};

/// The real network through epoll; always there.
std::unique_ptr<backend> make_epoll_backend() noexcept;

}  // namespace net
