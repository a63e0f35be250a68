// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Counted strings without NT's calling conventions: conversion between UTF-8 and UTF-16 into
// bounded buffers, case, comparison, numbers. The ANSI code page is UTF-8.
//
// Windows documents: "Unicode String Manipulation"; the pages of wdm.h and ntifs.h.
//
// Any thread, any IRQL, no lock, no allocation. Upper case is that of the C.UTF-8 locale, one
// UTF-16 unit at a time, which agrees with NT's table but for a few letters added to Unicode since.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/status.hpp"

namespace rtl {

/// What a conversion needed and did.
struct converted {
    size_t units = 0;   ///< written
    size_t needed = 0;  ///< what the whole text takes
    bool ill_formed = false;
};

/// Converts as many whole characters as fit.
converted to_utf16(std::string_view text, char16_t* out, size_t capacity) noexcept;
converted to_utf8(std::u16string_view text, char* out, size_t capacity) noexcept;

char16_t upcase(char16_t c) noexcept;
char16_t downcase(char16_t c) noexcept;

/// NT's order: by unit, then by length.
int32_t compare(std::u16string_view a, std::u16string_view b, bool ignore_case) noexcept;
int32_t compare(std::string_view a, std::string_view b, bool ignore_case) noexcept;
/// The same text; with a letter of either case if ignore_case.
bool starts_with(std::u16string_view text, std::u16string_view prefix, bool ignore_case) noexcept;

/// Digits of value in base 2, 8, 10 or 16 (0 means 10), upper case; 0 for another base. Writes
/// at most 64 characters.
size_t to_digits(uint64_t value, uint32_t base, char (&out)[64]) noexcept;

struct parsed_number {
    uint64_t value = 0;  ///< modulo 2^64, negated if there was a minus sign
    size_t used = 0;     ///< characters up to the first one that is no digit
    bool valid = false;  ///< the base is one that NT accepts
};
/// White space, sign, prefix (0x, 0o, 0b, if base is 0), digits.
parsed_number parse_number(std::u16string_view text, uint32_t base) noexcept;

}  // namespace rtl
