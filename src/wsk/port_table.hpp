// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Who may bind what: the address-sharing table of WSK, kept by us because no combination of Linux
// options gives it.
//
// Documents: "Sharing Transport Addresses" (6 x 6 table of the second bind against the first).
//
// An entry is held from before the transport binds until the socket is closed. The transport's
// own option that lets two sockets have one port is set on both when the table allows it. Addresses
// outside this machine's sockets are the transport's business.
//
// Locks: one (rank object; the transports come below it). Entries are embedded in sockets, so
// holding one cannot fail.

#pragma once

#include <cstdint>

#include "base/list.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "net/socket.hpp"

namespace wsk {

enum class sharing : uint8_t { none, reuse, exclusive };

class port_table {
public:
    /// One bound socket.
    class claim {
    public:
        claim() = default;
        [[nodiscard]] bool held() const noexcept { return node_.linked(); }

    private:
        friend class port_table;
        base::list_node node_;
        net::address address_;
        net::socket* transport_ = nullptr;
        sharing how_ = sharing::none;
        bool datagram_ = false;
        bool dual_ = false;    // an IPv6 wildcard that covers IPv4 as well
        bool grants_ = false;  // its security descriptor lets others share
    };

    struct wish {
        net::address address;
        sharing how = sharing::none;
        bool datagram = false;
        bool dual = false;
        bool grants = false;
    };

    /// Asks the table. STATUS_SUCCESS: c is held, with the port still 0 if the wish was; the
    /// transport may bind (it lets the port be shared if somebody else has it).
    base::status enter(claim& c, const wish& w, net::socket& transport) noexcept;
    /// The port that the transport gave.
    void settle(claim& c, const net::address& actual) noexcept;
    void leave(claim& c) noexcept;

private:
    static base::status judge(const claim& first, const wish& second) noexcept;
    static bool meet(const claim& first, const wish& second) noexcept;

    host::mutex mutex_{base::lock_rank::object};
    base::list<claim, &claim::node_> claims_ OPENWSK_GUARDED_BY(mutex_);
};

}  // namespace wsk
