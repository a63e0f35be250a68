// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Standard error of the process, readable while the scope lasts.

#pragma once

#include <unistd.h>

#include <cstdio>
#include <string>

#include "tests/unit/support/machine_fixture.hpp"

namespace test {

class stderr_text {
public:
    stderr_text() : file_(std::tmpfile()), before_(dup(STDERR_FILENO)) {
        EXPECT_NE(file_, nullptr);
        dup2(fileno(file_), STDERR_FILENO);
    }
    stderr_text(const stderr_text&) = delete;
    stderr_text& operator=(const stderr_text&) = delete;
    ~stderr_text() {
        dup2(before_, STDERR_FILENO);
        close(before_);
        std::fclose(file_);
    }

    /// What was written so far.
    [[nodiscard]] std::string all() const {
        std::string out;
        char part[1024];
        for (ssize_t n = 0;
             (n = pread(fileno(file_), part, sizeof part, static_cast<off_t>(out.size()))) > 0;) {
            out.append(part, static_cast<size_t>(n));
        }
        return out;
    }
    /// Waits until the text has been written.
    [[nodiscard]] bool has(const char* text) const {
        return eventually([&] { return all().find(text) != std::string::npos; });
    }

private:
    std::FILE* file_;
    int before_;
};

}  // namespace test
