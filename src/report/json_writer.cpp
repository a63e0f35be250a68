// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/json_writer.hpp"

namespace report {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

// Length of the UTF-8 sequence at text, or 0 when there is none.
size_t utf8_length(const char* text, size_t room) noexcept {
    const auto lead = static_cast<unsigned char>(text[0]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xc2 && lead < 0xe0 ? 2
                          : lead >= 0xe0 && lead < 0xf0 ? 3
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                                                        : 0;
    if (length == 0 || length > room) {
        return 0;
    }
    for (size_t i = 1; i < length; ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xc0u) != 0x80) {
            return 0;
        }
    }
    return length;
}

}  // namespace

void json_writer::quote(const char* text, size_t length) noexcept {
    put('"');
    for (size_t i = 0; i < length;) {
        const char c = text[i];
        const size_t bytes = utf8_length(text + i, length - i);
        if (bytes == 0) {
            raw("\\ufffd");  // what is not UTF-8
            ++i;
            continue;
        }
        if (c == '"' || c == '\\') {
            put('\\');
            put(c);
        } else if (c == '\n') {
            raw("\\n");
        } else if (static_cast<unsigned char>(c) < 0x20) {
            raw("\\u00");
            put(hex_digits[(c >> 4) & 0xf]);
            put(hex_digits[c & 0xf]);
        } else {
            for (size_t k = 0; k < bytes; ++k) {
                put(text[i + k]);
            }
        }
        i += bytes;
    }
    put('"');
}

void json_writer::hex(uint64_t value, unsigned digits) noexcept {
    separate();
    raw("\"0x");
    while (digits < 16 && value >> (4 * digits) != 0) {
        ++digits;
    }
    for (unsigned i = digits; i-- > 0;) {
        const char c = hex_digits[(value >> (4 * i)) & 0xf];
        put(c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c);
    }
    put('"');
}

}  // namespace report
