// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/port_table.hpp"

#include "wdk/abi/ntstatus.h"

namespace wsk {
namespace {

constexpr int32_t ok = STATUS_SUCCESS;
constexpr int32_t in_use = STATUS_ADDRESS_ALREADY_EXISTS;
constexpr int32_t denied = STATUS_ACCESS_DENIED;
constexpr int32_t check = STATUS_PENDING;  // stands for "ask the first socket's descriptor"

// Rows: the second bind; columns: the first. Order: none, reuse, exclusive, each wildcard,
// specific.
constexpr int32_t table[6][6] = {
    {in_use, ok, in_use, ok, in_use, ok},
    {check, in_use, check, denied, denied, in_use},
    {denied, ok, ok, ok, denied, ok},
    {check, denied, ok, ok, denied, denied},
    {in_use, in_use, in_use, in_use, in_use, in_use},
    {check, in_use, check, in_use, denied, in_use},
};

unsigned index_of(sharing how, bool specific) noexcept {
    return static_cast<unsigned>(how) * 2 + (specific ? 1 : 0);
}

// IPv4 addresses in their mapped form are the IPv4 address.
bool is_v4(const net::address& a) noexcept {
    return a.family == net::family::ipv4 || a.is_v4_mapped();
}

bool same_address(const net::address& a, const net::address& b) noexcept {
    if (is_v4(a) != is_v4(b)) {
        return false;
    }
    if (!is_v4(a)) {
        return a.same_host(b);
    }
    const uint8_t* x = a.bytes + (a.family == net::family::ipv4 ? 0 : 12);
    const uint8_t* y = b.bytes + (b.family == net::family::ipv4 ? 0 : 12);
    return std::memcmp(x, y, 4) == 0;
}

}  // namespace

// True when the two binds compete for the same packets, so that the table must decide.
bool port_table::meet(const claim& first, const wish& second) noexcept {
    if (first.datagram_ != second.datagram || first.address_.port != second.address.port) {
        return false;
    }
    const bool first_any = first.address_.is_any();
    const bool second_any = second.address.is_any();
    const bool common_family = is_v4(first.address_) == is_v4(second.address) ||
                               (first_any && first.dual_) || (second_any && second.dual);
    if (!common_family) {
        return false;
    }
    return first_any || second_any || same_address(first.address_, second.address);
}

base::status port_table::judge(const claim& first, const wish& second) noexcept {
    const unsigned row = index_of(second.how, !second.address.is_any());
    const unsigned column = index_of(first.how_, !first.address_.is_any());
    const int32_t verdict = table[row][column];
    if (verdict == check) {
        return first.grants_ ? ok : denied;
    }
    return verdict;
}

base::status port_table::enter(claim& c, const wish& w, net::socket& transport) noexcept {
    host::guard g(mutex_);
    bool shared = false;
    if (w.address.port != 0) {
        for (claim* other = claims_.front(); other != nullptr; other = claims_.next(*other)) {
            if (!meet(*other, w)) {
                continue;
            }
            NT_TRY(judge(*other, w));
            // Both ends must agree before the second one binds.
            shared = true;
            (void)other->transport_->set_option(net::option::share_port, 1);
        }
    }
    if (shared) {
        (void)transport.set_option(net::option::share_port, 1);
    }
    c.address_ = w.address;
    c.transport_ = &transport;
    c.how_ = w.how;
    c.datagram_ = w.datagram;
    c.dual_ = w.dual;
    c.grants_ = w.grants;
    claims_.push_back(c);
    return STATUS_SUCCESS;
}

void port_table::settle(claim& c, const net::address& actual) noexcept {
    host::guard g(mutex_);
    c.address_ = actual;
}

void port_table::leave(claim& c) noexcept {
    host::guard g(mutex_);
    if (c.node_.linked()) {
        c.node_.unlink();
        c.transport_ = nullptr;
    }
}

}  // namespace wsk
