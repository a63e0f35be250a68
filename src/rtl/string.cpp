// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/string.hpp"

#include <algorithm>

#include <clocale>
#include <cwctype>

#include "rtl/utf.hpp"

namespace rtl {
namespace {

// Null where the C library has no such locale; then only ASCII letters have two cases.
locale_t utf8_locale() noexcept {
    static const locale_t l = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return l;
}

char16_t fold(char16_t c, bool upper) noexcept {
    if (c < 0x80) {
        const char16_t from = upper ? u'a' : u'A';
        return c >= from && c < from + 26 ? static_cast<char16_t>(c ^ 0x20) : c;
    }
    if (utf8_locale() == nullptr) {
        return c;
    }
    const wint_t w = upper ? towupper_l(c, utf8_locale()) : towlower_l(c, utf8_locale());
    return w <= 0xffff ? static_cast<char16_t>(w) : c;
}

int digit_of(char16_t c) noexcept {
    if (c >= u'0' && c <= u'9') {
        return c - u'0';
    }
    const char16_t low = static_cast<char16_t>(c | 0x20);
    return low >= u'a' && low <= u'f' ? low - u'a' + 10 : 99;
}

template <class Text, class Fold>
int32_t compare_units(Text a, Text b, Fold&& fold_unit) noexcept {
    const size_t common = std::min(a.size(), b.size());
    for (size_t i = 0; i < common; ++i) {
        const auto x = static_cast<int32_t>(fold_unit(a[i]));
        const auto y = static_cast<int32_t>(fold_unit(b[i]));
        if (x != y) {
            return x - y;
        }
    }
    return static_cast<int32_t>(a.size()) - static_cast<int32_t>(b.size());
}

}  // namespace

char16_t upcase(char16_t c) noexcept {
    return fold(c, true);
}

char16_t downcase(char16_t c) noexcept {
    return fold(c, false);
}

converted to_utf16(std::string_view text, char16_t* out, size_t capacity) noexcept {
    converted r;
    for (size_t at = 0; at < text.size();) {
        char16_t units[2];
        const size_t n = write_utf16(read_utf8(text.data(), text.size(), at, &r.ill_formed), units);
        if (r.units == r.needed && r.units + n <= capacity) {
            std::copy(units, units + n, out + r.units);
            r.units += n;
        }
        r.needed += n;
    }
    return r;
}

converted to_utf8(std::u16string_view text, char* out, size_t capacity) noexcept {
    converted r;
    for (size_t at = 0; at < text.size();) {
        char units[4];
        const size_t n = write_utf8(read_utf16(text.data(), text.size(), at, &r.ill_formed), units);
        if (r.units == r.needed && r.units + n <= capacity) {
            std::copy(units, units + n, out + r.units);
            r.units += n;
        }
        r.needed += n;
    }
    return r;
}

int32_t compare(std::u16string_view a, std::u16string_view b, bool ignore_case) noexcept {
    return compare_units(a, b, [=](char16_t c) { return ignore_case ? upcase(c) : c; });
}

int32_t compare(std::string_view a, std::string_view b, bool ignore_case) noexcept {
    return compare_units(a, b, [=](char c) {
        const auto u = static_cast<unsigned char>(c);
        return ignore_case && u < 0x80 ? static_cast<unsigned char>(upcase(u)) : u;
    });
}

bool starts_with(std::u16string_view text, std::u16string_view prefix, bool ignore_case) noexcept {
    return text.size() >= prefix.size() &&
           compare(text.substr(0, prefix.size()), prefix, ignore_case) == 0;
}

size_t to_digits(uint64_t value, uint32_t base, char (&out)[64]) noexcept {
    base = base == 0 ? 10 : base;
    if (base != 2 && base != 8 && base != 10 && base != 16) {
        return 0;
    }
    size_t n = 0;
    do {
        out[n++] = "0123456789ABCDEF"[value % base];
        value /= base;
    } while (value != 0);
    std::reverse(out, out + n);
    return n;
}

parsed_number parse_number(std::u16string_view text, uint32_t base) noexcept {
    parsed_number r;
    size_t at = 0;
    while (at < text.size() && text[at] <= u' ') {
        ++at;
    }
    bool minus = false;
    if (at < text.size() && (text[at] == u'-' || text[at] == u'+')) {
        minus = text[at++] == u'-';
    }
    if (base == 0) {
        base = 10;
        if (at + 1 < text.size() && text[at] == u'0') {
            const char16_t kind = text[at + 1];
            const uint32_t prefixed = kind == u'x'   ? 16u
                                      : kind == u'o' ? 8u
                                      : kind == u'b' ? 2u
                                                     : 0u;
            if (prefixed != 0) {
                base = prefixed;
                at += 2;
            }
        }
    } else if (base != 2 && base != 8 && base != 10 && base != 16) {
        return r;
    }
    r.valid = true;
    for (; at < text.size() && digit_of(text[at]) < static_cast<int>(base); ++at) {
        r.value = r.value * base + static_cast<uint64_t>(digit_of(text[at]));
    }
    r.used = at;
    if (minus) {
        r.value = 0 - r.value;
    }
    return r;
}

}  // namespace rtl
