// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Writes JSON (RFC 8259) without memory of its own: the report of a bug check is written inside
// a signal handler. Values appear in the order of the calls; the writer puts commas and escapes.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace report {

class json_writer {
public:
    using write_function = void (*)(void* context, const char* text, size_t length);

    json_writer(write_function write, void* context) noexcept : write_(write), context_(context) {}
    json_writer(const json_writer&) = delete;
    json_writer& operator=(const json_writer&) = delete;
    ~json_writer() { flush(); }

    // A member's key, before its value.
    json_writer& key(const char* name) noexcept {
        separate();
        quote(name, std::strlen(name));
        put(':');
        comma_ = false;
        return *this;
    }
    void open_object() noexcept { open('{'); }
    void close_object() noexcept { close('}'); }
    void open_array() noexcept { open('['); }
    void close_array() noexcept { close(']'); }

    void string(const char* text) noexcept { string(text, std::strlen(text)); }
    void string(const char* text, size_t length) noexcept {
        separate();
        quote(text, length);
    }
    void number(uint64_t value) noexcept {
        separate();
        char digits[20];
        size_t n = 0;
        do {
            digits[n++] = static_cast<char>('0' + value % 10);
            value /= 10;
        } while (value != 0);
        while (n > 0) {
            put(digits[--n]);
        }
    }
    void boolean(bool value) noexcept {
        separate();
        raw(value ? "true" : "false");
    }
    void null() noexcept {
        separate();
        raw("null");
    }
    /// "0x00000103": numbers that people know in hexadecimal.
    void hex(uint64_t value, unsigned digits) noexcept;
    void flush() noexcept {
        if (used_ != 0) {
            write_(context_, buffer_, used_);
            used_ = 0;
        }
    }

private:
    void open(char c) noexcept {
        separate();
        put(c);
        comma_ = false;
    }
    void close(char c) noexcept {
        put(c);
        comma_ = true;
    }
    void separate() noexcept {
        if (comma_) {
            put(',');
        }
        comma_ = true;
    }
    void quote(const char* text, size_t length) noexcept;
    void raw(const char* text) noexcept {
        while (*text != 0) {
            put(*text++);
        }
    }
    void put(char c) noexcept {
        if (used_ == sizeof buffer_) {
            flush();
        }
        buffer_[used_++] = c;
    }

    write_function write_;
    void* context_;
    size_t used_ = 0;
    bool comma_ = false;  // a value stands before the next one
    char buffer_[1024];
};

}  // namespace report
