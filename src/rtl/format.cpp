// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/format.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <type_traits>

#include "rtl/status_name.hpp"
#include "rtl/utf.hpp"
#include "wdk/abi/ntdef.h"

namespace rtl {
namespace {

enum class size_prefix : uint8_t { none, h, hh, l, ll, w, i32 };

struct spec {
    bool left = false;
    bool plus = false;
    bool space = false;
    bool alternate = false;
    bool zero = false;
    size_t width = 0;
    int precision = -1;  // -1: none given
    size_prefix size = size_prefix::none;
};

// A va_list in a struct can be handed on by reference whatever type it is.
struct argument_list {
    va_list list;
};

constexpr size_t width_max = 4096;  // beyond it a width is an error of the caller

template <class Char>
class formatter {
public:
    formatter(Char* out, size_t capacity, argument_list& arguments) noexcept
        : out_(out), capacity_(capacity), arguments_(&arguments) {}

    size_t run(const Char* text) noexcept {
        while (*text != 0) {
            if (*text != '%') {
                unit(*text++);
            } else if (text[1] == '%') {
                unit('%');
                text += 2;
            } else {
                text = conversion(text + 1);
            }
        }
        return length_;
    }

private:
    static constexpr bool wide = sizeof(Char) == sizeof(char16_t);

    // ---- output ----

    void unit(Char c) noexcept {
        if (length_ < capacity_) {
            out_[length_] = c;
        }
        ++length_;
    }
    void units(Char c, size_t count) noexcept {
        for (size_t i = 0; i < count; ++i) {
            unit(c);
        }
    }
    void ascii(const char* text) noexcept {
        while (*text != 0) {
            unit(static_cast<Char>(*text++));
        }
    }

    // Source units of one string argument, in output units.
    template <class Source>
    size_t transcode(const Source* text, size_t count, bool emit) noexcept {
        size_t total = 0;
        if constexpr (sizeof(Source) == sizeof(Char)) {
            for (size_t i = 0; emit && i < count; ++i) {
                unit(static_cast<Char>(text[i]));
            }
            return count;
        } else {
            for (size_t at = 0; at < count;) {
                if constexpr (wide) {
                    char16_t piece[2];
                    const size_t n = write_utf16(read_utf8(text, count, at), piece);
                    for (size_t i = 0; emit && i < n; ++i) {
                        unit(piece[i]);
                    }
                    total += n;
                } else {
                    char piece[4];
                    const size_t n = write_utf8(read_utf16(text, count, at), piece);
                    for (size_t i = 0; emit && i < n; ++i) {
                        unit(piece[i]);
                    }
                    total += n;
                }
            }
            return total;
        }
    }

    // A string of at most limit units, padded.
    template <class Source>
    void string(const Source* text, size_t limit, bool counted, const spec& s) noexcept {
        if (text == nullptr) {
            string("(null)", 6, true, s);
            return;
        }
        if (s.precision >= 0) {
            limit = std::min(limit, static_cast<size_t>(s.precision));
        }
        size_t count = 0;
        while (count < limit && (counted || text[count] != 0)) {
            ++count;
        }
        const size_t shown = s.width != 0 ? transcode(text, count, false) : 0;
        const size_t pad = s.width > shown ? s.width - shown : 0;
        units(s.zero && !s.left ? '0' : ' ', s.left ? 0 : pad);
        transcode(text, count, true);
        units(' ', s.left ? pad : 0);
    }

    // prefix digits, with the zeros that precision or width ask for in between.
    void number(const char* prefix, const char* digits, size_t count, const spec& s) noexcept {
        const size_t prefix_length = std::strlen(prefix);
        size_t zeros = 0;
        if (s.precision >= 0) {
            const auto wanted = static_cast<size_t>(s.precision);
            zeros = wanted > count ? wanted - count : 0;
        } else if (s.zero && !s.left && s.width > prefix_length + count) {
            zeros = s.width - prefix_length - count;
        }
        const size_t shown = prefix_length + zeros + count;
        const size_t pad = s.width > shown ? s.width - shown : 0;
        units(' ', s.left ? 0 : pad);
        ascii(prefix);
        units('0', zeros);
        for (size_t i = 0; i < count; ++i) {
            unit(static_cast<Char>(digits[i]));
        }
        units(' ', s.left ? pad : 0);
    }

    // ---- arguments ----

    uint64_t next64() noexcept { return va_arg(arguments_->list, uint64_t); }
    uint32_t next32() noexcept { return va_arg(arguments_->list, uint32_t); }
    const void* next_pointer() noexcept { return va_arg(arguments_->list, const void*); }

    int64_t next_signed(size_prefix size) noexcept {
        switch (size) {
            case size_prefix::ll:
                return static_cast<int64_t>(next64());
            case size_prefix::h:
                return static_cast<int16_t>(next32());
            case size_prefix::hh:
                return static_cast<int8_t>(next32());
            default:
                return static_cast<int32_t>(next32());
        }
    }
    uint64_t next_unsigned(size_prefix size) noexcept {
        switch (size) {
            case size_prefix::ll:
                return next64();
            case size_prefix::h:
                return static_cast<uint16_t>(next32());
            case size_prefix::hh:
                return static_cast<uint8_t>(next32());
            default:
                return next32();
        }
    }

    // ---- conversions ----

    void integer(uint64_t value, unsigned base, bool upper, const char* prefix,
                 const spec& s) noexcept {
        char digits[24];
        size_t at = sizeof digits;
        const char* symbols = upper ? "0123456789ABCDEF" : "0123456789abcdef";
        for (uint64_t rest = value; rest != 0; rest /= base) {
            digits[--at] = symbols[rest % base];
        }
        if (value == 0 && s.precision != 0) {
            digits[--at] = '0';
        }
        number(prefix, digits + at, sizeof digits - at, s);
    }

    void signed_integer(const spec& s) noexcept {
        const int64_t value = next_signed(s.size);
        const char* sign = value < 0 ? "-" : s.plus ? "+" : s.space ? " " : "";
        const uint64_t magnitude =
            value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
        integer(magnitude, 10, false, sign, s);
    }

    void unsigned_integer(char type, const spec& s) noexcept {
        const uint64_t value = next_unsigned(s.size);
        const bool show = s.alternate && value != 0;
        switch (type) {
            case 'x':
                return integer(value, 16, false, show ? "0x" : "", s);
            case 'X':
                return integer(value, 16, true, show ? "0X" : "", s);
            case 'o':
                return integer(value, 8, false, show ? "0" : "", s);
            default:
                return integer(value, 10, false, "", s);
        }
    }

    void pointer(spec s) noexcept {
        s.precision = 16;
        integer(next64(), 16, true, s.alternate ? "0X" : "", s);
    }

    void character(bool wide_argument, spec s) noexcept {
        s.precision = -1;
        if (wide_argument) {
            const auto c = static_cast<char16_t>(next32());
            string(&c, 1, true, s);
        } else {
            const auto c = static_cast<char>(next32());
            string(&c, 1, true, s);
        }
    }

    void text_argument(bool wide_argument, const spec& s) noexcept {
        if (wide_argument) {
            string(static_cast<const char16_t*>(next_pointer()), SIZE_MAX, false, s);
        } else {
            string(static_cast<const char*>(next_pointer()), SIZE_MAX, false, s);
        }
    }

    void counted_string(const spec& s) noexcept {
        const void* argument = next_pointer();
        if (argument == nullptr) {
            string<char>(nullptr, 0, true, s);
        } else if (s.size == size_prefix::w || s.size == size_prefix::l) {
            const auto& u = *static_cast<const UNICODE_STRING*>(argument);
            string(reinterpret_cast<const char16_t*>(u.Buffer), u.Length / sizeof(WCHAR), true, s);
        } else {
            const auto& a = *static_cast<const ANSI_STRING*>(argument);
            string(a.Buffer, a.Length, true, s);
        }
    }

    // The C library knows how the digits are made.
    static int digits_of(char type, int precision, double value, char* out, size_t n) noexcept {
        switch (type) {
            case 'e':
                return std::snprintf(out, n, "%.*e", precision, value);
            case 'E':
                return std::snprintf(out, n, "%.*E", precision, value);
            case 'g':
                return std::snprintf(out, n, "%.*g", precision, value);
            case 'G':
                return std::snprintf(out, n, "%.*G", precision, value);
            case 'a':
                return std::snprintf(out, n, "%.*a", precision, value);
            case 'A':
                return std::snprintf(out, n, "%.*A", precision, value);
            default:
                return std::snprintf(out, n, "%.*f", precision, value);
        }
    }

    void floating(char type, spec s) noexcept {
        const double value = va_arg(arguments_->list, double);
        const bool minus = __builtin_signbit(value) != 0;
        char digits[512];
        const int n = digits_of(type, std::min(s.precision, 64), minus ? -value : value, digits,
                                sizeof digits);
        s.precision = -1;
        number(minus ? "-" : s.plus ? "+" : s.space ? " " : "", digits, static_cast<size_t>(n), s);
    }

    // ---- the format ----

    size_t count_argument_or_digits(const Char*& text, bool& negative) noexcept {
        negative = false;
        if (*text == '*') {
            ++text;
            const auto value = static_cast<int32_t>(next32());
            negative = value < 0;
            const auto magnitude =
                negative ? 0 - static_cast<uint32_t>(value) : static_cast<uint32_t>(value);
            return std::min<size_t>(magnitude, width_max);
        }
        size_t value = 0;
        while (*text >= '0' && *text <= '9') {
            value = std::min<size_t>(value * 10 + static_cast<size_t>(*text++ - '0'), width_max);
        }
        return value;
    }

    const Char* flags(const Char* text, spec& s) noexcept {
        for (;; ++text) {
            switch (*text) {
                case '-':
                    s.left = true;
                    break;
                case '+':
                    s.plus = true;
                    break;
                case ' ':
                    s.space = true;
                    break;
                case '#':
                    s.alternate = true;
                    break;
                case '0':
                    s.zero = true;
                    break;
                default:
                    return text;
            }
        }
    }

    const Char* size(const Char* text, spec& s) noexcept {
        switch (*text) {
            case 'h':
                s.size = text[1] == 'h' ? size_prefix::hh : size_prefix::h;
                return text + (text[1] == 'h' ? 2 : 1);
            case 'l':
                s.size = text[1] == 'l' ? size_prefix::ll : size_prefix::l;
                return text + (text[1] == 'l' ? 2 : 1);
            case 'w':
                s.size = size_prefix::w;
                return text + 1;
            case 'L':
                return text + 1;
            case 'j':
            case 'z':
            case 't':
                s.size = size_prefix::ll;
                return text + 1;
            case 'I':
                if (text[1] == '3' && text[2] == '2') {
                    s.size = size_prefix::i32;
                    return text + 3;
                }
                s.size = size_prefix::ll;
                return text + (text[1] == '6' && text[2] == '4' ? 3 : 1);
            default:
                return text;
        }
    }

    const Char* conversion(const Char* text) noexcept {
        spec s;
        text = flags(text, s);
        if (*text == '!') {
            return trace_format(text + 1);
        }
        bool negative = false;
        s.width = count_argument_or_digits(text, negative);
        s.left |= negative;
        if (*text == '.') {
            ++text;
            const size_t p = count_argument_or_digits(text, negative);
            s.precision = negative ? -1 : static_cast<int>(p);
        }
        text = size(text, s);
        if (*text == 0) {
            return text;
        }
        const Char type = *text++;
        typed(type, s);
        return text;
    }

    void typed(Char type, const spec& s) noexcept {
        const bool narrow_forced = s.size == size_prefix::h;
        const bool wide_forced = s.size == size_prefix::l || s.size == size_prefix::w;
        const bool own = !narrow_forced && (wide_forced || wide);
        const bool other = !narrow_forced && (wide_forced || !wide);
        switch (type) {
            case 'd':
            case 'i':
                return signed_integer(s);
            case 'u':
            case 'x':
            case 'X':
            case 'o':
                return unsigned_integer(static_cast<char>(type), s);
            case 'p':
                return pointer(s);
            case 'c':
                return character(own, s);
            case 'C':
                return character(other, s);
            case 's':
                return text_argument(own, s);
            case 'S':
                return text_argument(other, s);
            case 'Z':
                return counted_string(s);
            case 'e':
            case 'E':
            case 'f':
            case 'F':
            case 'g':
            case 'G':
            case 'a':
            case 'A':
                return floating(static_cast<char>(type), s);
            case 'n':
                (void)next_pointer();
                return;
            default:
                return unit(type);
        }
    }

    // ---- WPP: text is behind "%!" ----

    const Char* trace_format(const Char* text) noexcept {
        char name[24] = {};
        size_t n = 0;
        while (*text != 0 && *text != '!') {
            if (n + 1 < sizeof name) {
                name[n++] = static_cast<char>(*text);
            }
            ++text;
        }
        if (*text == '!') {
            ++text;
        }
        named(name);
        return text;
    }

    void printed(const char* form, ...) noexcept __attribute__((format(printf, 2, 3))) {
        char piece[80];
        va_list list;
        va_start(list, form);
        std::vsnprintf(piece, sizeof piece, form, list);
        va_end(list);
        ascii(piece);
    }

    void named(const char* name) noexcept {
        const auto is = [name](const char* other) { return std::strcmp(name, other) == 0; };
        if (is("STATUS") || is("status") || is("NTSTATUS")) {
            const uint32_t code = next32();
            const char* known = status_name(static_cast<int32_t>(code));
            printed("0x%08x(%s)", code, known != nullptr ? known : "unknown");
        } else if (is("HRESULT") || is("hresult") || is("WINERROR") || is("winerr")) {
            printed("0x%08x", next32());
        } else if (is("BOOLEAN") || is("BOOL") || is("bool") || is("boolean")) {
            ascii((next32() & 0xff) != 0 ? "TRUE" : "FALSE");
        } else if (is("PORT")) {
            const uint32_t p = next32();
            printed("%u", ((p & 0xff) << 8) | ((p >> 8) & 0xff));
        } else if (is("IPADDR")) {
            const uint32_t a = next32();
            printed("%u.%u.%u.%u", a & 0xff, (a >> 8) & 0xff, (a >> 16) & 0xff, a >> 24);
        } else if (is("IPV6ADDR")) {
            ipv6(static_cast<const uint8_t*>(next_pointer()));
        } else if (is("GUID") || is("guid")) {
            guid(static_cast<const GUID*>(next_pointer()));
        } else {
            ascii(name);
            // These stand for what the macro knows and take no argument.
            if (!is("FUNC") && !is("FILE") && !is("LINE") && !is("LEVEL") && !is("FLAGS") &&
                !is("MOD") && !is("COMPNAME")) {
                printed("(0x%llx)", static_cast<unsigned long long>(next64()));
            }
        }
    }

    void guid(const GUID* g) noexcept {
        if (g == nullptr) {
            ascii("(null)");
            return;
        }
        printed("%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", g->Data1, g->Data2, g->Data3,
                g->Data4[0], g->Data4[1], g->Data4[2], g->Data4[3], g->Data4[4], g->Data4[5],
                g->Data4[6], g->Data4[7]);
    }

    void ipv6(const uint8_t* a) noexcept {
        if (a == nullptr) {
            ascii("(null)");
            return;
        }
        for (unsigned i = 0; i < 16; i += 2) {
            printed(i == 0 ? "%x" : ":%x", static_cast<unsigned>(a[i] << 8 | a[i + 1]));
        }
    }

    Char* out_;
    size_t capacity_;
    size_t length_ = 0;
    argument_list* arguments_;
};

template <class Char>
size_t run_format(Char* out, size_t capacity, const Char* text, va_list arguments) noexcept {
    argument_list list;
    va_copy(list.list, arguments);
    const size_t length = formatter<Char>(out, capacity, list).run(text);
    va_end(list.list);
    return length;
}

}  // namespace

size_t format(char* out, size_t capacity, const char* text, va_list arguments) noexcept {
    return run_format(out, capacity, text, arguments);
}

size_t format(char16_t* out, size_t capacity, const char16_t* text, va_list arguments) noexcept {
    return run_format(out, capacity, text, arguments);
}

}  // namespace rtl
