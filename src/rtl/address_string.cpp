// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/address_string.hpp"

#include <algorithm>

namespace rtl {
namespace {

constexpr size_t whole_text_max = 72;  // [ipv6%4294967295]:65535

// Collects a short text.
template <class Char>
class writer {
public:
    explicit writer(Char* out) noexcept : begin_(out), at_(out) {}
    void put(char c) noexcept { *at_++ = static_cast<Char>(c); }
    void number(uint32_t value, uint32_t base) noexcept {
        char digits[10];
        size_t n = 0;
        do {
            digits[n++] = "0123456789abcdef"[value % base];
            value /= base;
        } while (value != 0);
        while (n > 0) {
            put(digits[--n]);
        }
    }
    size_t finish() noexcept {
        *at_ = 0;
        return static_cast<size_t>(at_ - begin_);
    }

private:
    Char* begin_;
    Char* at_;
};

template <class Char>
void write_ipv4(writer<Char>& w, const uint8_t* address) noexcept {
    for (unsigned i = 0; i < 4; ++i) {
        if (i != 0) {
            w.put('.');
        }
        w.number(address[i], 10);
    }
}

template <class Char>
int digit_of(Char c) noexcept {
    if (c >= '0' && c <= '9') {
        return static_cast<int>(c - '0');
    }
    const unsigned lower = static_cast<unsigned>(c) | 0x20u;
    return lower >= 'a' && lower <= 'f' ? static_cast<int>(lower - 'a' + 10) : -1;
}

// A number of the base, below limit; false without a digit or beyond the limit.
template <class Char>
bool read_number(const Char*& text, unsigned base, uint64_t limit, uint64_t& out) noexcept {
    const Char* begin = text;
    uint64_t value = 0;
    for (int d = digit_of(*text); d >= 0 && d < static_cast<int>(base); d = digit_of(*text)) {
        value = value * base + static_cast<uint64_t>(d);
        if (value >= limit) {
            return false;
        }
        ++text;
    }
    out = value;
    return text != begin;
}

// The base that a prefix announces, as in C.
template <class Char>
unsigned read_base(const Char*& text) noexcept {
    if (text[0] != '0') {
        return 10;
    }
    if ((static_cast<unsigned>(text[1]) | 0x20u) == 'x' && digit_of(text[2]) >= 0) {
        text += 2;
        return 16;
    }
    return digit_of(text[1]) >= 0 && digit_of(text[1]) < 8 ? 8 : 10;
}

template <class Char>
bool read_port(const Char*& text, uint16_t& port) noexcept {
    uint64_t value = 0;
    const unsigned base = read_base(text);
    if (!read_number(text, base, 65536, value)) {
        return false;
    }
    port = static_cast<uint16_t>(value << 8 | value >> 8);
    return true;
}

// Groups that are written as "::", if any.
struct gap {
    unsigned begin = 8;
    unsigned length = 0;
};

gap longest_gap(const uint16_t (&groups)[8], unsigned count) noexcept {
    gap best;
    for (unsigned i = 0; i < count;) {
        unsigned n = 0;
        while (i + n < count && groups[i + n] == 0) {
            ++n;
        }
        if (n >= 2 && n > best.length) {
            best = {i, n};
        }
        i += n + 1;
    }
    return best;
}

bool ends_dotted(const uint16_t (&g)[8]) noexcept {
    const bool zero4 = g[0] == 0 && g[1] == 0 && g[2] == 0 && g[3] == 0;
    const bool compatible = zero4 && g[4] == 0 && g[5] == 0 && g[6] != 0;
    const bool mapped = zero4 && g[4] == 0 && g[5] == 0xffff;
    const bool translated = zero4 && g[4] == 0xffff && g[5] == 0;
    const bool isatap = (g[4] & 0xfdff) == 0 && g[5] == 0x5efe;
    return compatible || mapped || translated || isatap;
}

template <class Char>
void write_ipv6(writer<Char>& w, const uint8_t (&address)[16]) noexcept {
    uint16_t groups[8];
    for (unsigned i = 0; i < 8; ++i) {
        groups[i] = static_cast<uint16_t>(address[2 * i] << 8 | address[2 * i + 1]);
    }
    const bool dotted = ends_dotted(groups);
    const unsigned count = dotted ? 6 : 8;
    const gap hole = longest_gap(groups, count);
    for (unsigned i = 0; i < count;) {
        if (i == hole.begin) {
            w.put(':');
            w.put(':');
            i += hole.length;
            continue;
        }
        if (i != 0 && i != hole.begin + hole.length) {
            w.put(':');
        }
        w.number(groups[i++], 16);
    }
    if (dotted) {
        if (hole.begin + hole.length != count) {
            w.put(':');
        }
        write_ipv4(w, address + 12);
    }
}

// Copies a finished text if it fits.
template <class Char>
bool give(const Char* text, size_t length, Char* out, uint32_t capacity,
          uint32_t& needed) noexcept {
    needed = static_cast<uint32_t>(length + 1);
    if (out == nullptr || capacity < needed) {
        return false;
    }
    std::copy(text, text + length + 1, out);
    return true;
}

}  // namespace

template <class Char>
size_t ipv4_to_text(const uint8_t (&address)[4], Char* out) noexcept {
    writer<Char> w(out);
    write_ipv4(w, address);
    return w.finish();
}

template <class Char>
size_t ipv6_to_text(const uint8_t (&address)[16], Char* out) noexcept {
    writer<Char> w(out);
    write_ipv6(w, address);
    return w.finish();
}

// The last of n parts fills the remaining 5 - n bytes.
template <class Char>
bool text_to_ipv4(const Char* text, bool strict, const Char** end, uint8_t (&out)[4]) noexcept {
    uint64_t parts[4] = {};
    unsigned n = 0;
    *end = text;
    for (;;) {
        const unsigned base = strict ? 10 : read_base(text);
        if (!read_number(text, base, uint64_t{1} << 32, parts[n])) {
            *end = text;
            return false;
        }
        ++n;
        *end = text;
        if (n == 4 || *text != '.') {
            break;
        }
        ++text;
    }
    if (strict && n != 4) {
        return false;
    }
    uint64_t value = parts[n - 1];
    if (value >= uint64_t{1} << (8 * (5 - n))) {
        return false;
    }
    for (unsigned i = 0; i + 1 < n; ++i) {
        if (parts[i] > 255) {
            return false;
        }
        value |= parts[i] << (8 * (3 - i));
    }
    for (unsigned i = 0; i < 4; ++i) {
        out[i] = static_cast<uint8_t>(value >> (8 * (3 - i)));
    }
    return true;
}

namespace {

template <class Char>
class ipv6_reader {
public:
    explicit ipv6_reader(const Char* text) noexcept : text_(text) {}

    bool run(const Char** end, uint8_t (&out)[16]) noexcept {
        const bool good = groups();
        *end = text_;
        if (!good || (hole_ > 16 && length_ != 16) || (hole_ <= 16 && length_ > 14)) {
            return false;
        }
        const unsigned front = hole_ <= 16 ? hole_ : 16;
        const unsigned back = length_ - std::min(front, length_);
        std::fill(out, out + 16, uint8_t{0});
        std::copy(bytes_, bytes_ + std::min(front, length_), out);
        std::copy(bytes_ + std::min(front, length_), bytes_ + length_, out + 16 - back);
        return true;
    }

private:
    bool groups() noexcept {
        if (text_[0] == ':') {
            if (text_[1] != ':') {
                return false;
            }
            text_ += 2;
            hole_ = 0;
        }
        // A "::" may be the end of the address.
        while (length_ < 16 && digit_of(*text_) >= 0) {
            if (!group()) {
                return false;
            }
            if (dotted_ || length_ == 16 || *text_ != ':') {
                return true;
            }
            if (text_[1] == ':' && hole_ > 16) {
                text_ += 2;
                hole_ = length_;
            } else if (digit_of(text_[1]) >= 0) {
                ++text_;
            } else {
                return true;
            }
        }
        return true;
    }

    bool group() noexcept {
        const Char* at = text_;
        uint64_t value = 0;
        if (!read_number(at, 16, 65536, value) || at - text_ > 4) {
            return false;
        }
        if (*at == '.' && length_ <= 12) {
            uint8_t tail[4];
            const Char* end = nullptr;
            if (!text_to_ipv4(text_, true, &end, tail)) {
                return false;
            }
            std::copy(tail, tail + 4, bytes_ + length_);
            length_ += 4;
            text_ = end;
            dotted_ = true;
            return true;
        }
        bytes_[length_++] = static_cast<uint8_t>(value >> 8);
        bytes_[length_++] = static_cast<uint8_t>(value);
        text_ = at;
        return true;
    }

    const Char* text_;
    uint8_t bytes_[16] = {};
    unsigned length_ = 0;
    unsigned hole_ = 17;  // where "::" stands, if at most 16
    bool dotted_ = false;
};

}  // namespace

template <class Char>
bool text_to_ipv6(const Char* text, const Char** end, uint8_t (&out)[16]) noexcept {
    return ipv6_reader<Char>(text).run(end, out);
}

template <class Char>
bool text_to_ipv4_port(const Char* text, bool strict, uint8_t (&out)[4], uint16_t& port) noexcept {
    const Char* end = nullptr;
    uint16_t found = 0;
    if (!text_to_ipv4(text, strict, &end, out)) {
        return false;
    }
    if (*end == ':') {
        ++end;
        if (!read_port(end, found)) {
            return false;
        }
    }
    port = found;
    return *end == 0;
}

template <class Char>
bool text_to_ipv6_port(const Char* text, uint8_t (&out)[16], uint32_t& scope,
                       uint16_t& port) noexcept {
    const bool bracket = *text == '[';
    const Char* end = nullptr;
    uint64_t zone = 0;
    uint16_t found = 0;
    if (!text_to_ipv6(bracket ? text + 1 : text, &end, out)) {
        return false;
    }
    if (*end == '%') {
        ++end;
        if (!read_number(end, 10, uint64_t{1} << 32, zone)) {
            return false;
        }
    }
    if (bracket) {
        if (*end != ']') {
            return false;
        }
        ++end;
        if (*end == ':') {
            ++end;
            if (!read_port(end, found)) {
                return false;
            }
        }
    }
    scope = static_cast<uint32_t>(zone);
    port = found;
    return *end == 0;
}

template <class Char>
bool ipv4_port_to_text(const uint8_t (&address)[4], uint16_t port, Char* out, uint32_t capacity,
                       uint32_t& length) noexcept {
    Char text[whole_text_max];
    writer<Char> w(text);
    write_ipv4(w, address);
    if (port != 0) {
        w.put(':');
        w.number(static_cast<uint16_t>(port << 8 | port >> 8), 10);
    }
    return give(text, w.finish(), out, capacity, length);
}

template <class Char>
bool ipv6_port_to_text(const uint8_t (&address)[16], uint32_t scope, uint16_t port, Char* out,
                       uint32_t capacity, uint32_t& length) noexcept {
    Char text[whole_text_max];
    writer<Char> w(text);
    if (port != 0) {
        w.put('[');
    }
    write_ipv6(w, address);
    if (scope != 0) {
        w.put('%');
        w.number(scope, 10);
    }
    if (port != 0) {
        w.put(']');
        w.put(':');
        w.number(static_cast<uint16_t>(port << 8 | port >> 8), 10);
    }
    return give(text, w.finish(), out, capacity, length);
}

#define OPENWSK_BOTH_WIDTHS(Char)                                                                \
    template size_t ipv4_to_text(const uint8_t(&)[4], Char*) noexcept;                           \
    template size_t ipv6_to_text(const uint8_t(&)[16], Char*) noexcept;                          \
    template bool text_to_ipv4(const Char*, bool, const Char**, uint8_t(&)[4]) noexcept;         \
    template bool text_to_ipv6(const Char*, const Char**, uint8_t(&)[16]) noexcept;              \
    template bool text_to_ipv4_port(const Char*, bool, uint8_t(&)[4], uint16_t&) noexcept;       \
    template bool text_to_ipv6_port(const Char*, uint8_t(&)[16], uint32_t&, uint16_t&) noexcept; \
    template bool ipv4_port_to_text(const uint8_t(&)[4], uint16_t, Char*, uint32_t,              \
                                    uint32_t&) noexcept;                                         \
    template bool ipv6_port_to_text(const uint8_t(&)[16], uint32_t, uint16_t, Char*, uint32_t,   \
                                    uint32_t&) noexcept;

OPENWSK_BOTH_WIDTHS(char)
OPENWSK_BOTH_WIDTHS(char16_t)

}  // namespace rtl
