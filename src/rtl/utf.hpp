// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// UTF-8 and UTF-16, one code point at a time. What is not well formed becomes U+FFFD. The ANSI and
// OEM code pages of a machine are UTF-8 (code page 65001), so these serve every conversion.

#pragma once

#include <cstddef>
#include <cstdint>

namespace rtl {

inline constexpr char32_t replacement = 0xfffd;

/// Reads the code point at text[at] and moves at behind it. at < length. *bad, if not null, is set
/// when the input is not well formed.
inline char32_t read_utf16(const char16_t* text, size_t length, size_t& at,
                           bool* bad = nullptr) noexcept {
    const char16_t first = text[at++];
    if (first < 0xd800 || first > 0xdfff) {
        return first;
    }
    if (first < 0xdc00 && at < length && text[at] >= 0xdc00 && text[at] <= 0xdfff) {
        return 0x10000 + ((first & 0x3ffu) << 10) + (text[at++] & 0x3ffu);
    }
    if (bad != nullptr) {
        *bad = true;
    }
    return replacement;
}

char32_t read_utf8(const char* text, size_t length, size_t& at, bool* bad = nullptr) noexcept;

/// Writes a code point; returns the number of units.
inline size_t write_utf16(char32_t c, char16_t (&out)[2]) noexcept {
    if (c < 0x10000) {
        out[0] = static_cast<char16_t>(c);
        return 1;
    }
    out[0] = static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10));
    out[1] = static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff));
    return 2;
}

inline size_t write_utf8(char32_t c, char (&out)[4]) noexcept {
    if (c < 0x80) {
        out[0] = static_cast<char>(c);
        return 1;
    }
    const size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; --i) {
        out[i] = static_cast<char>(0x80 | (c & 0x3f));
        c >>= 6;
    }
    out[0] = static_cast<char>((0xf00 >> length) | c);
    return length;
}

}  // namespace rtl
