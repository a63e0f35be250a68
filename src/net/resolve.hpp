// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Questions about names, and who answers them. A name_source blocks for as long as it takes: it is
// asked on threads that may wait (net/resolver.hpp).
//
// Texts are ASCII (a name of another script comes as its IDNA form) and terminated.

#pragma once

#include <cstddef>
#include <cstdint>

#include "net/address.hpp"

namespace net {

enum class name_error : uint8_t {
    none,
    not_found,         ///< no such name, no such service, none of the wanted family
    try_again,         ///< the resolver could not find out now
    not_supported,     ///< family, socket type or protocol, or a combination of them
    invalid_argument,  ///< a contradiction in the question
    no_resources,
    failed,
};

/// Which addresses does a node have, and which port a service?
struct address_question {
    char node[256];    ///< a name or a numeric address; empty: this host
    char service[64];  ///< a name or a number; empty: port 0. Node or service is given.
    net::family family = family::none;  ///< none: both
    int type = 0;                       ///< SOCK_STREAM, SOCK_DGRAM, SOCK_RAW; 0: any
    int protocol = 0;                   ///< IPPROTO_ value; 0: any
    bool passive = false;               ///< this host: the wildcard address, not loopback
    bool canonical = false;             ///< the canonical name as well
    bool numeric_node = false;          ///< the node is no name
    bool numeric_service = false;       ///< the service is no name
    bool mapped = false;                ///< IPv6: IPv4 addresses as v4-mapped ones, if need be
    bool all = false;                   ///< with mapped: both kinds
    bool configured = false;            ///< only families that an interface has
};

struct found_address {
    address where;
    int type;
    int protocol;
};

struct address_answer {
    name_error error = name_error::none;
    /// In the order of preference (RFC 6724), each once; from base::heap_new_array.
    found_address* found = nullptr;
    size_t count = 0;
    size_t reserved = 0;  ///< length of the array
    char canonical[1025] = {};
};

/// What are the names of an address and of a port?
struct name_question {
    address where;
    bool node = false;     ///< wanted
    bool service = false;  ///< wanted
    bool numeric_node = false;
    bool numeric_service = false;
    bool must_have_name = false;  ///< not_found instead of a numeric address
    bool local_part = false;      ///< without the domain, on this network
    bool datagram = false;        ///< the service's name for datagrams
};

struct name_answer {
    name_error error = name_error::none;
    char node[1025] = {};
    char service[32] = {};
};

class name_source {
public:
    virtual void resolve(const address_question& q, address_answer& out) noexcept = 0;
    virtual void resolve(const name_question& q, name_answer& out) noexcept = 0;

protected:
    ~name_source() = default;
};

/// What the system is configured for: getaddrinfo(3), getnameinfo(3).
name_source& system_names() noexcept;

/// The same answers everywhere, at once: numeric addresses, localhost, and the services of
/// /etc/services. For simulations.
name_source& fixed_names() noexcept;

}  // namespace net
