// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Internet addresses as text, both widths.
//
// Documents: "ip2string.h header" (RtlIpv4AddressToStringEx, RtlIpv6StringToAddressEx, ...).
// IPv6 text is lower case; the longest run of at least two zero groups becomes "::", and the last
// 32 bits are dotted for IPv4-mapped, IPv4-compatible, IPv4-translated and ISATAP addresses.
// Addresses and ports are in network order. Any IRQL; no allocation.

#pragma once

#include <cstddef>
#include <cstdint>

namespace rtl {

inline constexpr size_t ipv4_text_max = 16;  ///< with terminator
inline constexpr size_t ipv6_text_max = 46;

/// Writes the address and a terminator; returns the length without it.
template <class Char>
size_t ipv4_to_text(const uint8_t (&address)[4], Char* out) noexcept;
template <class Char>
size_t ipv6_to_text(const uint8_t (&address)[16], Char* out) noexcept;

/// Reads an address from the beginning of a terminated text; *end is the first character that does
/// not belong to it, also on failure. False if there is no address. strict: four decimal numbers;
/// else also fewer parts, octal and hexadecimal.
template <class Char>
bool text_to_ipv4(const Char* text, bool strict, const Char** end, uint8_t (&out)[4]) noexcept;
template <class Char>
bool text_to_ipv6(const Char* text, const Char** end, uint8_t (&out)[16]) noexcept;

/// Whole text: "address" or "address:port", and "address", "address%scope" or
/// "[address%scope]:port". port and scope are 0 if the text has none. False if it is anything else.
template <class Char>
bool text_to_ipv4_port(const Char* text, bool strict, uint8_t (&out)[4], uint16_t& port) noexcept;
template <class Char>
bool text_to_ipv6_port(const Char* text, uint8_t (&out)[16], uint32_t& scope,
                       uint16_t& port) noexcept;

/// Writes into capacity characters; length is set to what the text needs with its terminator.
/// False, and nothing is written, when that is more.
template <class Char>
bool ipv4_port_to_text(const uint8_t (&address)[4], uint16_t port, Char* out, uint32_t capacity,
                       uint32_t& length) noexcept;
template <class Char>
bool ipv6_port_to_text(const uint8_t (&address)[16], uint32_t scope, uint16_t port, Char* out,
                       uint32_t capacity, uint32_t& length) noexcept;

}  // namespace rtl
