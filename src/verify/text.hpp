// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Text of a report on its way to stderr: a fixed buffer that is written when it is full and when
// it ends, so that a report needs no memory and stays in one piece unless it is long.

#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdio>

#include <unistd.h>

#include "host/symbolize.hpp"

namespace verify {

class text {
public:
    text() = default;
    text(const text&) = delete;
    text& operator=(const text&) = delete;
    ~text() { write_out(); }

    void add(const char* format, ...) noexcept __attribute__((format(printf, 2, 3))) {
        if (sizeof buffer_ - used_ < line_max) {
            write_out();
        }
        va_list arguments;
        va_start(arguments, format);
        const int n = std::vsnprintf(buffer_ + used_, sizeof buffer_ - used_, format, arguments);
        va_end(arguments);
        if (n > 0) {
            const size_t room = sizeof buffer_ - used_ - 1;
            used_ += static_cast<size_t>(n) < room ? static_cast<size_t>(n) : room;
        }
    }

    /// A return address: image, function, file and line of the call.
    void add_return(const void* address) noexcept {
        char line[512];
        host::describe_return(address, line, sizeof line);
        add("%s", line);
    }

private:
    static constexpr size_t line_max = 1024;

    void write_out() noexcept {
        size_t done = 0;
        while (done < used_) {
            const ssize_t n = write(STDERR_FILENO, buffer_ + done, used_ - done);
            if (n <= 0) {
                break;
            }
            done += static_cast<size_t>(n);
        }
        used_ = 0;
    }

    char buffer_[4096];
    size_t used_ = 0;
};

/// A return address as text, to be an argument of a format.
struct place_text {
    char text[320] = "an unknown place";
    explicit place_text(const void* site) noexcept {
        if (site != nullptr) {
            host::describe_return(site, text, sizeof text);
        }
    }
};

}  // namespace verify
