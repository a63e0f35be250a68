// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/wide.hpp"

namespace rtl::wide {
namespace {

bool contains(const char16_t* set, char16_t c) noexcept {
    for (; *set != 0; ++set) {
        if (*set == c) {
            return true;
        }
    }
    return false;
}

template <typename Map>
int compare_mapped(const char16_t* a, const char16_t* b, size_t limit, Map map) noexcept {
    for (; limit != 0; --limit, ++a, ++b) {
        const int x = map(*a);
        const int y = map(*b);
        if (x != y || x == 0) {
            return x - y;
        }
    }
    return 0;
}

// The value of a digit in any base up to 36; 36 for what is no digit.
unsigned digit(char16_t c) noexcept {
    if (c >= u'0' && c <= u'9') {
        return static_cast<unsigned>(c - u'0');
    }
    const char16_t letter = lower(c);
    return letter >= u'a' && letter <= u'z' ? static_cast<unsigned>(letter - u'a') + 10 : 36;
}

bool blank(char16_t c) noexcept {
    return c == u' ' || (c >= u'\t' && c <= u'\r');
}

}  // namespace

size_t length(const char16_t* text) noexcept {
    return length(text, SIZE_MAX);
}

size_t length(const char16_t* text, size_t limit) noexcept {
    size_t n = 0;
    while (n < limit && text[n] != 0) {
        ++n;
    }
    return n;
}

char16_t* copy(char16_t* to, const char16_t* from, size_t limit) noexcept {
    for (; limit != 0 && *from != 0; --limit) {
        *to++ = *from++;
    }
    *to = 0;
    return to;
}

void copy_padded(char16_t* to, const char16_t* from, size_t count) noexcept {
    for (; count != 0; --count) {
        *to++ = *from;
        if (*from != 0) {
            ++from;
        }
    }
}

int compare(const char16_t* a, const char16_t* b, size_t limit) noexcept {
    return compare_mapped(a, b, limit, [](char16_t c) { return c; });
}

int compare_ignoring_case(const char16_t* a, const char16_t* b, size_t limit) noexcept {
    return compare_mapped(a, b, limit, lower);
}

const char16_t* find(const char16_t* text, char16_t c) noexcept {
    for (;; ++text) {
        if (*text == c) {
            return text;
        }
        if (*text == 0) {
            return nullptr;
        }
    }
}

const char16_t* find_last(const char16_t* text, char16_t c) noexcept {
    const char16_t* found = nullptr;
    for (;; ++text) {
        if (*text == c) {
            found = text;
        }
        if (*text == 0) {
            return found;
        }
    }
}

const char16_t* find(const char16_t* text, const char16_t* part) noexcept {
    const size_t n = length(part);
    for (;; ++text) {
        if (compare(text, part, n) == 0) {
            return text;
        }
        if (*text == 0) {
            return nullptr;
        }
    }
}

size_t span(const char16_t* text, const char16_t* set, bool in_set) noexcept {
    size_t n = 0;
    while (text[n] != 0 && contains(set, text[n]) == in_set) {
        ++n;
    }
    return n;
}

number read_number(const char16_t* text, int base) noexcept {
    const char16_t* at = text;
    while (blank(*at)) {
        ++at;
    }
    const bool negative = *at == u'-';
    if (*at == u'-' || *at == u'+') {
        ++at;
    }
    if ((base == 0 || base == 16) && *at == u'0' && lower(at[1]) == u'x' && digit(at[2]) < 16) {
        at += 2;
        base = 16;
    } else if (base == 0) {
        base = *at == u'0' ? 8 : 10;
    }
    const char16_t* first = at;
    uint64_t magnitude = 0;
    for (; digit(*at) < static_cast<unsigned>(base); ++at) {
        if (__builtin_mul_overflow(magnitude, static_cast<unsigned>(base), &magnitude) ||
            __builtin_add_overflow(magnitude, digit(*at), &magnitude)) {
            magnitude = UINT64_MAX;
        }
    }
    return {magnitude, negative, at == first ? text : at};
}

}  // namespace rtl::wide
