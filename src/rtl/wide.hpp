// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Strings of 16-bit characters that end in a zero, as the Microsoft C runtime of kernel code treats
// them. Case is that of the "C" locale: only A to Z have two. Any IRQL; no allocation; pointers are
// the driver's and are trusted as far as Windows trusts them.

#pragma once

#include <cstddef>
#include <cstdint>

namespace rtl::wide {

size_t length(const char16_t* text) noexcept;
size_t length(const char16_t* text, size_t limit) noexcept;

constexpr char16_t lower(char16_t c) noexcept {
    return c >= u'A' && c <= u'Z' ? static_cast<char16_t>(c + (u'a' - u'A')) : c;
}
constexpr char16_t upper(char16_t c) noexcept {
    return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - (u'a' - u'A')) : c;
}

/// Copies at most limit characters and then a zero; returns where the zero stands.
char16_t* copy(char16_t* to, const char16_t* from, size_t limit) noexcept;
/// As wcsncpy: exactly count characters, zeros behind the text.
void copy_padded(char16_t* to, const char16_t* from, size_t count) noexcept;

/// Negative, zero or positive, over at most limit characters.
int compare(const char16_t* a, const char16_t* b, size_t limit) noexcept;
int compare_ignoring_case(const char16_t* a, const char16_t* b, size_t limit) noexcept;

/// The first (last) place of the character, which may be the zero; null if there is none.
const char16_t* find(const char16_t* text, char16_t c) noexcept;
const char16_t* find_last(const char16_t* text, char16_t c) noexcept;
const char16_t* find(const char16_t* text, const char16_t* part) noexcept;
/// How many characters at the start are in the set (not in the set).
size_t span(const char16_t* text, const char16_t* set, bool in_set) noexcept;

struct number {
    uint64_t magnitude;  ///< saturates
    bool negative;
    const char16_t* end;  ///< where reading stopped; the text itself if there was no digit
};

/// A number as strtol reads it: blanks, sign, the prefix of base 0 or 16, digits.
number read_number(const char16_t* text, int base) noexcept;

}  // namespace rtl::wide
