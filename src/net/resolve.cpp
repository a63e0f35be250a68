// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "net/resolve.hpp"

#include <cstdio>
#include <cstring>

#include <netdb.h>
#include <sys/socket.h>

#include "base/heap_array.hpp"
#include "net/sockaddr.hpp"

namespace net {
namespace {

constexpr char this_host[] = "localhost";

name_error error_of_resolver(int rc) noexcept {
    switch (rc) {
        case 0:
            return name_error::none;
        case EAI_NONAME:
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
        case EAI_SERVICE:
            return name_error::not_found;
        case EAI_AGAIN:
            return name_error::try_again;
        case EAI_FAMILY:
        case EAI_SOCKTYPE:
            return name_error::not_supported;
        case EAI_BADFLAGS:
        case EAI_OVERFLOW:
            return name_error::invalid_argument;
        case EAI_MEMORY:
            return name_error::no_resources;
        default:
            return name_error::failed;
    }
}

int address_flags(const address_question& q) noexcept {
    return (q.passive ? AI_PASSIVE : 0) | (q.canonical ? AI_CANONNAME : 0) |
           (q.numeric_node ? AI_NUMERICHOST : 0) | (q.numeric_service ? AI_NUMERICSERV : 0) |
           (q.mapped ? AI_V4MAPPED : 0) | (q.all ? AI_ALL : 0) | (q.configured ? AI_ADDRCONFIG : 0);
}

int name_flags(const name_question& q) noexcept {
    return (q.numeric_node ? NI_NUMERICHOST : 0) | (q.numeric_service ? NI_NUMERICSERV : 0) |
           (q.must_have_name ? NI_NAMEREQD : 0) | (q.local_part ? NI_NOFQDN : 0) |
           (q.datagram ? NI_DGRAM : 0);
}

// getaddrinfo takes whatever strtoul takes and keeps the low 16 bits.
bool service_is_bad_number(const char* text) noexcept {
    if (text[0] == '+' || text[0] == '-' || text[0] == ' ') {
        return true;
    }
    uint32_t port = 0;
    for (const char* c = text; *c != 0; ++c) {
        if (*c < '0' || *c > '9') {
            return false;
        }
        port = port * 10 + static_cast<uint32_t>(*c - '0');
        if (port > UINT16_MAX) {
            return true;
        }
    }
    return false;
}

address address_in(const addrinfo& i) noexcept {
    sockaddr_storage storage{};
    std::memcpy(&storage, i.ai_addr, i.ai_addrlen);
    return from_sockaddr(storage, i.ai_addrlen);
}

// Two lines of /etc/hosts for one name give one address twice.
bool is_known(const address_answer& a, const found_address& f) noexcept {
    for (size_t i = 0; i < a.count; ++i) {
        if (a.found[i].where == f.where && a.found[i].type == f.type &&
            a.found[i].protocol == f.protocol) {
            return true;
        }
    }
    return false;
}

void take_list(const addrinfo* list, address_answer& out) noexcept {
    size_t length = 0;
    for (const addrinfo* i = list; i != nullptr; i = i->ai_next) {
        ++length;
    }
    out.found = base::heap_new_array<found_address>(length);
    if (out.found == nullptr) {
        out.error = name_error::no_resources;
        return;
    }
    out.reserved = length;
    for (const addrinfo* i = list; i != nullptr; i = i->ai_next) {
        const found_address f = {address_in(*i), i->ai_socktype, i->ai_protocol};
        if (f.where.valid() && !is_known(out, f)) {
            out.found[out.count++] = f;
        }
    }
    if (out.count == 0) {
        out.error = name_error::not_found;
    }
}

class system_source final : public name_source {
public:
    void resolve(const address_question& q, address_answer& out) noexcept override {
        if (service_is_bad_number(q.service)) {
            out.error = name_error::not_found;
            return;
        }
        addrinfo hints{};
        hints.ai_flags = address_flags(q);
        hints.ai_family = q.family == family::none ? AF_UNSPEC : family_number(q.family);
        hints.ai_socktype = q.type;
        hints.ai_protocol = q.protocol;
        addrinfo* list = nullptr;
        out.error =
            error_of_resolver(getaddrinfo(q.node[0] != 0 ? q.node : nullptr,
                                          q.service[0] != 0 ? q.service : nullptr, &hints, &list));
        if (out.error != name_error::none) {
            return;
        }
        if (q.canonical && list->ai_canonname != nullptr) {
            std::snprintf(out.canonical, sizeof out.canonical, "%s", list->ai_canonname);
        }
        take_list(list, out);
        freeaddrinfo(list);
    }

    void resolve(const name_question& q, name_answer& out) noexcept override {
        // A scope is written as a number, as Windows does, not as the name of an interface.
        address plain = q.where;
        plain.scope = 0;
        sockaddr_storage storage{};
        const socklen_t length = to_sockaddr(plain, storage);
        out.error = error_of_resolver(getnameinfo(
            reinterpret_cast<const sockaddr*>(&storage), length, q.node ? out.node : nullptr,
            q.node ? sizeof out.node : 0, q.service ? out.service : nullptr,
            q.service ? sizeof out.service : 0, name_flags(q)));
        if (out.error == name_error::none && q.node && q.where.scope != 0 &&
            std::strchr(out.node, ':') != nullptr) {
            const size_t used = std::strlen(out.node);
            std::snprintf(out.node + used, sizeof out.node - used, "%%%u", q.where.scope);
        }
    }
};

class fixed_source final : public name_source {
public:
    void resolve(const address_question& q, address_answer& out) noexcept override {
        address_question numeric = q;
        numeric.configured = false;
        if (std::strcmp(q.node, this_host) == 0 && !q.numeric_node) {
            numeric.node[0] = 0;
            numeric.passive = false;
            numeric.canonical = false;
            if (q.service[0] == 0) {
                std::strcpy(numeric.service, "0");
            }
        } else {
            numeric.numeric_node = true;
        }
        system_names().resolve(numeric, out);
        if (q.canonical && out.error == name_error::none && out.canonical[0] == 0) {
            std::snprintf(out.canonical, sizeof out.canonical, "%s", q.node);
        }
    }

    void resolve(const name_question& q, name_answer& out) noexcept override {
        const bool named = q.node && !q.numeric_node && q.where.is_loopback();
        if (q.node && q.must_have_name && !named) {
            out.error = name_error::not_found;
            return;
        }
        name_question numeric = q;
        numeric.numeric_node = true;
        numeric.must_have_name = false;
        system_names().resolve(numeric, out);
        if (named) {
            std::strcpy(out.node, this_host);
        }
    }
};

constinit system_source the_system;
constinit fixed_source the_fixed;

}  // namespace

name_source& system_names() noexcept {
    return the_system;
}

name_source& fixed_names() noexcept {
    return the_fixed;
}

}  // namespace net
