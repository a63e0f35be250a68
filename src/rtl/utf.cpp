// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/utf.hpp"

namespace rtl {
namespace {

char32_t malformed(bool* bad) noexcept {
    if (bad != nullptr) {
        *bad = true;
    }
    return replacement;
}

}  // namespace

// A sequence that breaks off yields one replacement for its valid prefix, as RtlUTF8ToUnicodeN does
// and the Unicode standard recommends.
char32_t read_utf8(const char* text, size_t length, size_t& at, bool* bad) noexcept {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) {
        return first;
    }
    if (first < 0xc2 || first > 0xf4) {
        return malformed(bad);
    }
    const unsigned more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    char32_t c = first & (0x3fu >> more);
    for (unsigned i = 0; i < more; ++i) {
        unsigned low = 0x80;
        unsigned high = 0xbf;
        if (i == 0) {  // shortest form, no surrogates, at most U+10FFFF
            low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : low;
            high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : high;
        }
        const unsigned next = at < length ? static_cast<unsigned char>(text[at]) : 0;
        if (next < low || next > high) {
            return malformed(bad);
        }
        c = (c << 6) | (next & 0x3f);
        ++at;
    }
    return c;
}

}  // namespace rtl
