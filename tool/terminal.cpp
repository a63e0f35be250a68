// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Messages and colours. An option beats NO_COLOR (no-color.org), which beats CLICOLOR_FORCE, which
// beats what the output is.

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <unistd.h>

#include "tool/command.hpp"

namespace tool {
namespace {

colors chosen = colors::automatic;

bool set(const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != 0;
}

bool has_colors(int descriptor) {
    if (chosen != colors::automatic) {
        return chosen == colors::always;
    }
    if (set("NO_COLOR")) {
        return false;
    }
    const char* forced = std::getenv("CLICOLOR_FORCE");
    if (forced != nullptr && *forced != 0 && *forced != '0') {
        return true;
    }
    return isatty(descriptor) != 0;
}

// Insertions, deletions, replacements and swaps of neighbours that lead from a to b.
size_t distance(const std::string& a, const std::string& b) {
    std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
    for (size_t i = 0; i <= a.size(); ++i) {
        for (size_t j = 0; j <= b.size(); ++j) {
            if (i == 0 || j == 0) {
                d[i][j] = i + j;
                continue;
            }
            d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                                d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

void say(const char* kind, const char* color, const std::string& text) {
    const std::string line = "openwsk: " + colored(kind, color, STDERR_FILENO) + ": " + text + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void choose_colors(colors when) {
    chosen = when;
}

std::string colored(const std::string& text, const char* code, int descriptor) {
    return has_colors(descriptor) ? "\033[" + std::string(code) + "m" + text + "\033[0m" : text;
}

void error(const std::string& text) {
    say("error", "1;31", text);
}

void note(const std::string& text) {
    say("note", "1", text);
}

std::vector<std::string> near(const std::string& word, const std::vector<std::string>& known) {
    const size_t allowed = std::max<size_t>(1, word.size() / 3);
    std::vector<std::pair<size_t, std::string>> found;
    for (const std::string& k : known) {
        const size_t d = distance(word, k);
        if (d <= allowed || (word.size() >= 3 && k.compare(0, word.size(), word) == 0)) {
            found.emplace_back(d, k);
        }
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> out;
    for (size_t i = 0; i < found.size() && i < 2; ++i) {
        out.push_back(found[i].second);
    }
    return out;
}

bool parse_duration(const std::string& text, std::chrono::nanoseconds& out) {
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    const std::string unit = end;
    if (end == text.c_str() || !(number >= 0) || number > 1e9) {
        return false;
    }
    const double seconds = unit == "us"                  ? number / 1e6
                           : unit == "ms"                ? number / 1e3
                           : unit.empty() || unit == "s" ? number
                           : unit == "m"                 ? number * 60
                           : unit == "h"                 ? number * 3600
                                                         : -1;
    out = std::chrono::nanoseconds(static_cast<int64_t>(seconds * 1e9));
    return seconds >= 0 && seconds < 9e9;
}

}  // namespace tool
