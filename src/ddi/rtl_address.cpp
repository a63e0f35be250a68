// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// ip2string.h: Internet addresses as text.
//
// Windows documents: the pages of ip2string.h. No edge: these touch nothing but their arguments.

#include "base/annotate.hpp"
#include "rtl/address_string.hpp"
#include "wdk/abi/rtl.h"

namespace {

using ipv4_bytes = uint8_t[4];
using ipv6_bytes = uint8_t[16];

const ipv4_bytes& bytes(const in_addr* a) noexcept {
    return *reinterpret_cast<const ipv4_bytes*>(a);
}
ipv4_bytes& bytes(in_addr* a) noexcept {
    return *reinterpret_cast<ipv4_bytes*>(a);
}
const ipv6_bytes& bytes(const in6_addr* a) noexcept {
    return *reinterpret_cast<const ipv6_bytes*>(a);
}
ipv6_bytes& bytes(in6_addr* a) noexcept {
    return *reinterpret_cast<ipv6_bytes*>(a);
}

NTSTATUS status(bool good) noexcept {
    return good ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

}  // namespace

extern "C" {

OPENWSK_EXPORT PSTR RtlIpv4AddressToStringA(const struct in_addr* Addr, PSTR S) {
    return S + rtl::ipv4_to_text(bytes(Addr), S);
}

OPENWSK_EXPORT PWSTR RtlIpv4AddressToStringW(const struct in_addr* Addr, PWSTR S) {
    return S + rtl::ipv4_to_text(bytes(Addr), S);
}

OPENWSK_EXPORT NTSTATUS RtlIpv4AddressToStringExA(const struct in_addr* Address, USHORT Port,
                                                  PSTR AddressString, PULONG AddressStringLength) {
    return Address != nullptr && AddressStringLength != nullptr
               ? status(rtl::ipv4_port_to_text(bytes(Address), Port, AddressString,
                                               *AddressStringLength, *AddressStringLength))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT NTSTATUS RtlIpv4AddressToStringExW(const struct in_addr* Address, USHORT Port,
                                                  PWSTR AddressString, PULONG AddressStringLength) {
    return Address != nullptr && AddressStringLength != nullptr
               ? status(rtl::ipv4_port_to_text(bytes(Address), Port, AddressString,
                                               *AddressStringLength, *AddressStringLength))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT NTSTATUS RtlIpv4StringToAddressA(PCSTR S, BOOLEAN Strict, PCSTR* Terminator,
                                                struct in_addr* Addr) {
    return status(rtl::text_to_ipv4(S, Strict != FALSE, Terminator, bytes(Addr)));
}

OPENWSK_EXPORT NTSTATUS RtlIpv4StringToAddressW(PCWSTR S, BOOLEAN Strict, PCWSTR* Terminator,
                                                struct in_addr* Addr) {
    return status(rtl::text_to_ipv4(S, Strict != FALSE, Terminator, bytes(Addr)));
}

OPENWSK_EXPORT NTSTATUS RtlIpv4StringToAddressExA(PCSTR AddressString, BOOLEAN Strict,
                                                  struct in_addr* Address, PUSHORT Port) {
    return AddressString != nullptr && Address != nullptr && Port != nullptr
               ? status(
                     rtl::text_to_ipv4_port(AddressString, Strict != FALSE, bytes(Address), *Port))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT NTSTATUS RtlIpv4StringToAddressExW(PCWSTR AddressString, BOOLEAN Strict,
                                                  struct in_addr* Address, PUSHORT Port) {
    return AddressString != nullptr && Address != nullptr && Port != nullptr
               ? status(
                     rtl::text_to_ipv4_port(AddressString, Strict != FALSE, bytes(Address), *Port))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT PSTR RtlIpv6AddressToStringA(const struct in6_addr* Addr, PSTR S) {
    return S + rtl::ipv6_to_text(bytes(Addr), S);
}

OPENWSK_EXPORT PWSTR RtlIpv6AddressToStringW(const struct in6_addr* Addr, PWSTR S) {
    return S + rtl::ipv6_to_text(bytes(Addr), S);
}

OPENWSK_EXPORT NTSTATUS RtlIpv6AddressToStringExA(const struct in6_addr* Address, ULONG ScopeId,
                                                  USHORT Port, PSTR AddressString,
                                                  PULONG AddressStringLength) {
    return Address != nullptr && AddressStringLength != nullptr
               ? status(rtl::ipv6_port_to_text(bytes(Address), ScopeId, Port, AddressString,
                                               *AddressStringLength, *AddressStringLength))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT NTSTATUS RtlIpv6AddressToStringExW(const struct in6_addr* Address, ULONG ScopeId,
                                                  USHORT Port, PWSTR AddressString,
                                                  PULONG AddressStringLength) {
    return Address != nullptr && AddressStringLength != nullptr
               ? status(rtl::ipv6_port_to_text(bytes(Address), ScopeId, Port, AddressString,
                                               *AddressStringLength, *AddressStringLength))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT NTSTATUS RtlIpv6StringToAddressA(PCSTR S, PCSTR* Terminator, struct in6_addr* Addr) {
    return status(rtl::text_to_ipv6(S, Terminator, bytes(Addr)));
}

OPENWSK_EXPORT NTSTATUS RtlIpv6StringToAddressW(PCWSTR S, PCWSTR* Terminator,
                                                struct in6_addr* Addr) {
    return status(rtl::text_to_ipv6(S, Terminator, bytes(Addr)));
}

OPENWSK_EXPORT NTSTATUS RtlIpv6StringToAddressExA(PCSTR AddressString, struct in6_addr* Address,
                                                  PULONG ScopeId, PUSHORT Port) {
    return AddressString != nullptr && Address != nullptr && ScopeId != nullptr && Port != nullptr
               ? status(rtl::text_to_ipv6_port(AddressString, bytes(Address), *ScopeId, *Port))
               : STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT NTSTATUS RtlIpv6StringToAddressExW(PCWSTR AddressString, struct in6_addr* Address,
                                                  PULONG ScopeId, PUSHORT Port) {
    return AddressString != nullptr && Address != nullptr && ScopeId != nullptr && Port != nullptr
               ? status(rtl::text_to_ipv6_port(AddressString, bytes(Address), *ScopeId, *Port))
               : STATUS_INVALID_PARAMETER;
}

}  // extern "C"
