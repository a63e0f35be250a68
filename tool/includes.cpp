// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Includes as Windows finds them: without regard to case, with backslashes, and with the trace
// headers that WPP would have made.
//
// A source and its own headers are scanned for include directives. For each name that does not
// exist as it is written a forwarding header of exactly that name ("Wsk.h", "..\inc\util.h") is
// made in a folder that the compiler searches last; where the name has backslashes, one of the name
// with slashes too, for clang reads it so before it searches. A directive in a part that the
// preprocessor skips only costs a file.

#include "tool/includes.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

namespace tool {
namespace {

namespace fs = std::filesystem;

bool same(const std::string& a, const std::string& b) {
    if (a.size() != b.size()) {
        return false;
    }
    for (size_t i = 0; i < a.size(); ++i) {
        if (std::tolower(static_cast<unsigned char>(a[i])) !=
            std::tolower(static_cast<unsigned char>(b[i]))) {
            return false;
        }
    }
    return true;
}

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() && same(text.substr(text.size() - end.size()), end);
}

struct directive {
    std::string name;
    bool quoted;
};

// The include directive in the line, if there is one.
bool parse(const std::string& line, directive& out) {
    size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#') {
        return false;
    }
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0) {
        return false;
    }
    at = line.find_first_of("<\"", at + 7);
    if (at == std::string::npos) {
        return false;
    }
    out.quoted = line[at] == '"';
    const size_t end = line.find(out.quoted ? '"' : '>', at + 1);
    if (end == std::string::npos) {
        return false;
    }
    out.name = line.substr(at + 1, end - at - 1);
    return !out.name.empty();
}

// The file of that name below the folder, without regard to case. Empty when there is none.
fs::path find_below(const fs::path& folder, const std::string& name) {
    fs::path at = folder;
    for (const fs::path& part : fs::path(name)) {
        std::error_code failed;
        if (fs::exists(at / part, failed)) {
            at /= part;
            continue;
        }
        fs::path next;
        for (const fs::directory_entry& entry : fs::directory_iterator(at, failed)) {
            if (same(entry.path().filename().string(), part.string())) {
                next = entry.path();
                break;
            }
        }
        if (next.empty()) {
            return {};
        }
        at = next;
    }
    std::error_code failed;
    return fs::is_regular_file(at, failed) ? at : fs::path();
}

class scanner {
public:
    scanner(const std::vector<std::string>& own, const std::vector<std::string>& system,
            const fs::path& shims)
        : own_(own), system_(system), shims_(shims) {}

    void scan(const fs::path& file) {
        std::error_code failed;
        if (!seen_.insert(fs::weakly_canonical(file, failed).string()).second) {
            return;
        }
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);) {
            directive d;
            if (parse(line, d)) {
                resolve(d, file.parent_path());
            }
        }
    }

private:
    void resolve(const directive& d, const fs::path& from) {
        if (ends_with(d.name, ".tmh")) {
            forward(d.name, "#include <wpp.tmh>\n");
            return;
        }
        std::string plain = d.name;
        for (char& c : plain) {
            c = c == '\\' ? '/' : c;
        }
        std::vector<fs::path> folders;
        if (d.quoted) {
            folders.push_back(from.empty() ? fs::path(".") : from);
        }
        folders.insert(folders.end(), own_.begin(), own_.end());
        const size_t own_count = folders.size();
        folders.insert(folders.end(), system_.begin(), system_.end());

        std::error_code failed;
        for (size_t i = 0; i < folders.size(); ++i) {
            if (fs::is_regular_file(folders[i] / d.name, failed)) {
                if (i < own_count) {
                    scan(folders[i] / d.name);
                }
                return;
            }
        }
        for (size_t i = 0; i < folders.size(); ++i) {
            const fs::path found = find_below(folders[i], plain);
            if (!found.empty()) {
                const std::string text =
                    "#include \"" + fs::absolute(found, failed).string() + "\"\n";
                forward(d.name, text);
                if (plain != d.name) {
                    forward(plain, text);
                }
                if (i < own_count) {
                    scan(found);
                }
                return;
            }
        }
    }

    void forward(const std::string& name, const std::string& text) {
        const fs::path file = (shims_ / name).lexically_normal();
        std::error_code failed;
        fs::create_directories(file.parent_path(), failed);
        std::ofstream(file) << text;
    }

    const std::vector<std::string>& own_;
    const std::vector<std::string>& system_;
    fs::path shims_;
    std::set<std::string> seen_;
};

}  // namespace

std::string forward_includes(const std::string& source, const std::vector<std::string>& own,
                             const std::vector<std::string>& system, const std::string& folder) {
    // Deep, so that a name that begins with "../" stays inside the folder.
    const fs::path shims = fs::path(folder) / "a/a/a/a/a/a";
    std::error_code failed;
    fs::create_directories(shims, failed);
    scanner(own, system, shims).scan(source);
    return shims.string();
}

}  // namespace tool
