// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/address_form.hpp"

#include <cstdio>
#include <cstring>
#include <new>
#include <string_view>

#include <idn2.h>

#include "rtl/string.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/address.hpp"

namespace wsk {
namespace {

constexpr INT address_flags = AI_PASSIVE | AI_CANONNAME | AI_NUMERICHOST | AI_NUMERICSERV |
                              AI_DNS_ONLY | AI_ALL | AI_ADDRCONFIG | AI_V4MAPPED |
                              AI_NON_AUTHORITATIVE | AI_SECURE | AI_RETURN_PREFERRED_NAMES |
                              AI_FQDN | AI_FILESERVER | AI_DISABLE_IDN_ENCODING;
constexpr ULONG name_flags = NI_NOFQDN | NI_NUMERICHOST | NI_NAMEREQD | NI_NUMERICSERV | NI_DGRAM;

constexpr size_t node_bytes = sizeof(net::address_question::node);

bool is_ascii(std::string_view text) noexcept {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) {
            return false;
        }
    }
    return true;
}

// The string as UTF-8, terminated. A null string is empty.
base::status to_utf8(const UNICODE_STRING* from, char* out, size_t bytes) noexcept {
    out[0] = 0;
    if (from == nullptr || from->Length == 0) {
        return STATUS_SUCCESS;
    }
    if (from->Buffer == nullptr || from->Length % sizeof(WCHAR) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    const std::u16string_view text(reinterpret_cast<const char16_t*>(from->Buffer),
                                   from->Length / sizeof(WCHAR));
    const rtl::converted c = rtl::to_utf8(text, out, bytes - 1);
    if (c.ill_formed || text.find(u'\0') != text.npos) {
        return STATUS_INVALID_PARAMETER;
    }
    out[c.units] = 0;
    return c.needed > bytes - 1 ? STATUS_NOT_FOUND : STATUS_SUCCESS;  // no such name is that long
}

base::status to_node(const UNICODE_STRING* from, bool encode, char (&out)[node_bytes]) noexcept {
    char text[4 * node_bytes];
    base::status s = to_utf8(from, text, sizeof text);
    if (!s.ok()) {
        return s;
    }
    const char* name = text;
    uint8_t* encoded = nullptr;
    if (encode && !is_ascii(text)) {
        if (idn2_lookup_u8(reinterpret_cast<const uint8_t*>(text), &encoded,
                           IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
            return STATUS_NOT_FOUND;
        }
        name = reinterpret_cast<const char*>(encoded);
    }
    if (static_cast<size_t>(std::snprintf(out, sizeof out, "%s", name)) >= sizeof out) {
        s = STATUS_NOT_FOUND;
    }
    idn2_free(encoded);
    return s;
}

base::status check_owner(const void* process, const void* thread) noexcept {
    return thread != nullptr && process == nullptr ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

base::status take_hints(const ADDRINFOEXW& hints, net::address_question& out) noexcept {
    if (hints.ai_addrlen != 0 || hints.ai_canonname != nullptr || hints.ai_addr != nullptr ||
        hints.ai_next != nullptr || (hints.ai_flags & ~address_flags) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if (hints.ai_family != AF_UNSPEC) {
        out.family = family_of(static_cast<ADDRESS_FAMILY>(hints.ai_family));
        if (out.family == net::family::none) {
            return STATUS_NOT_SUPPORTED;
        }
    }
    if (hints.ai_socktype < 0 || hints.ai_socktype > SOCK_RAW) {
        return STATUS_NOT_SUPPORTED;
    }
    out.type = hints.ai_socktype;
    out.protocol = hints.ai_protocol;
    const INT f = hints.ai_flags;
    out.passive = (f & AI_PASSIVE) != 0;
    out.canonical = (f & (AI_CANONNAME | AI_FQDN)) != 0;
    out.numeric_node = (f & AI_NUMERICHOST) != 0;
    out.numeric_service = (f & AI_NUMERICSERV) != 0;
    out.mapped = (f & AI_V4MAPPED) != 0;
    out.all = (f & AI_ALL) != 0;
    out.configured = (f & AI_ADDRCONFIG) != 0;
    return STATUS_SUCCESS;
}

constexpr size_t aligned(size_t bytes) noexcept {
    return (bytes + 7) & ~size_t{7};
}

// One entry of the list with its address behind it; the canonical name stands at the end.
constexpr size_t entry_bytes = sizeof(ADDRINFOEXW) + aligned(sizeof(SOCKADDR_IN6));

size_t units_of(const char* text) noexcept {
    return rtl::to_utf16(text, nullptr, 0).needed;
}

}  // namespace

base::status to_question(const address_info_call& q, net::address_question& out) noexcept {
    if (q.result == nullptr || (q.node == nullptr && q.service == nullptr)) {
        return STATUS_INVALID_PARAMETER;
    }
    base::status s = check_owner(q.process, q.thread);
    if (!s.ok()) {
        return s;
    }
    if (q.provider != nullptr || (q.name_space != NS_ALL && q.name_space != NS_DNS)) {
        return STATUS_NOT_SUPPORTED;
    }
    if (q.hints != nullptr) {
        s = take_hints(*q.hints, out);
        if (!s.ok()) {
            return s;
        }
    }
    const bool encode = q.hints == nullptr || (q.hints->ai_flags & AI_DISABLE_IDN_ENCODING) == 0;
    s = to_node(q.node, encode, out.node);
    if (s.ok()) {
        s = to_utf8(q.service, out.service, sizeof out.service);
    }
    if (out.node[0] == 0 && out.service[0] == 0) {
        std::strcpy(out.service, "0");  // an empty name is this host (ADDR-009)
    }
    return s;
}

base::status to_question(const name_info_call& q, net::name_question& out) noexcept {
    const base::status owner = check_owner(q.process, q.thread);
    if (!owner.ok()) {
        return owner;
    }
    if (q.address == nullptr || (q.node == nullptr && q.service == nullptr) ||
        q.address_bytes < sizeof(ADDRESS_FAMILY) || q.address_bytes > sizeof(SOCKADDR_STORAGE) ||
        (q.flags & ~name_flags) != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    for (const UNICODE_STRING* s : {q.node, q.service}) {
        if (s != nullptr && s->Buffer == nullptr) {
            return STATUS_INVALID_PARAMETER;
        }
    }
    ADDRESS_FAMILY f = 0;
    std::memcpy(&f, q.address, sizeof f);
    const net::family wanted = family_of(f);
    if (wanted == net::family::none) {
        return STATUS_NOT_SUPPORTED;
    }
    if (q.address_bytes < sockaddr_bytes(wanted)) {
        return STATUS_INVALID_PARAMETER;
    }
    (void)read_address(q.address, wanted, out.where);
    out.node = q.node != nullptr;
    out.service = q.service != nullptr;
    out.numeric_node = (q.flags & NI_NUMERICHOST) != 0;
    out.numeric_service = (q.flags & NI_NUMERICSERV) != 0;
    out.must_have_name = (q.flags & NI_NAMEREQD) != 0;
    out.local_part = (q.flags & NI_NOFQDN) != 0;
    out.datagram = (q.flags & NI_DGRAM) != 0;
    return STATUS_SUCCESS;
}

base::status status_of(net::name_error e) noexcept {
    switch (e) {
        case net::name_error::none:
            return STATUS_SUCCESS;
        case net::name_error::not_found:
            return STATUS_NOT_FOUND;  // ADDR-005
        case net::name_error::try_again:
            return STATUS_IO_TIMEOUT;  // ADDR-019
        case net::name_error::not_supported:
            return STATUS_NOT_SUPPORTED;
        case net::name_error::invalid_argument:
            return STATUS_INVALID_PARAMETER;
        case net::name_error::no_resources:
            return STATUS_INSUFFICIENT_RESOURCES;
        case net::name_error::failed:
            break;
    }
    return STATUS_UNEXPECTED_NETWORK_ERROR;
}

size_t list_bytes(const net::address_answer& a) noexcept {
    const size_t name =
        a.canonical[0] != 0 ? (units_of(a.canonical) + 1) * sizeof(WCHAR) : size_t{0};
    return a.count * entry_bytes + name;
}

ADDRINFOEXW* make_list(const net::address_answer& a, void* block) noexcept {
    auto* bytes = static_cast<char*>(block);
    ADDRINFOEXW* head = nullptr;
    for (size_t i = a.count; i-- > 0;) {
        const net::found_address& f = a.found[i];
        auto* entry = new (bytes + i * entry_bytes) ADDRINFOEXW{};
        entry->ai_family = f.where.family == net::family::ipv4 ? AF_INET : AF_INET6;
        entry->ai_socktype = f.type;
        entry->ai_protocol = f.protocol;
        entry->ai_addrlen = sockaddr_bytes(f.where.family);
        entry->ai_addr = reinterpret_cast<SOCKADDR*>(entry + 1);
        write_address(f.where, f.where.family, entry->ai_addr);
        entry->ai_next = head;
        head = entry;
    }
    if (a.canonical[0] != 0) {
        auto* name = reinterpret_cast<char16_t*>(bytes + a.count * entry_bytes);
        const size_t units = units_of(a.canonical);
        (void)rtl::to_utf16(a.canonical, name, units);
        name[units] = 0;
        head->ai_canonname = reinterpret_cast<PWSTR>(name);
    }
    return head;
}

base::status check_room(const UNICODE_STRING* to, const char* text) noexcept {
    return to != nullptr && to->MaximumLength < (units_of(text) + 1) * sizeof(WCHAR)
               ? STATUS_BUFFER_TOO_SMALL
               : STATUS_SUCCESS;
}

void write_text(UNICODE_STRING* to, const char* text) noexcept {
    if (to == nullptr) {
        return;
    }
    auto* out = reinterpret_cast<char16_t*>(to->Buffer);
    const size_t units = rtl::to_utf16(text, out, to->MaximumLength / sizeof(WCHAR) - 1).units;
    out[units] = 0;
    to->Length = static_cast<USHORT>(units * sizeof(WCHAR));
}

}  // namespace wsk
