// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What run and explore do alike before a machine is made: look at the options, find the variant,
// compile what is source.

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <openwsk/machine.h>
#include <unistd.h>

#include "tool/command.hpp"

namespace tool {
namespace {

uint32_t choice(const std::string& word, const std::vector<std::string>& words) {
    for (size_t i = 0; i < words.size(); ++i) {
        if (words[i] == word) {
            return static_cast<uint32_t>(i);
        }
    }
    return 0;
}

uint64_t milliseconds(const std::string& text) {
    std::chrono::nanoseconds time{};
    parse_duration(text, time);
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

// A value in quotes, or one that is no number, is a string.
bool number_of(const std::string& text, uint32_t& out) {
    char* end = nullptr;
    errno = 0;
    const unsigned long long value = std::strtoull(text.c_str(), &end, 0);
    out = static_cast<uint32_t>(value);
    return !text.empty() && text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0 &&
           value <= UINT32_MAX;
}

std::string stem(const std::string& path) {
    const size_t slash = path.rfind('/');
    const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
    const size_t dot = name.rfind('.');
    return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

// The variant that all drivers together need; false when there is none.
bool needed_variant(const driver_options& options, std::string& out) {
    out = options.compile.sanitize == "address"  ? "asan"
          : options.compile.sanitize == "thread" ? "tsan"
                                                 : "plain";
    for (const std::string& path : options.drivers) {
        const char* variant = is_source(path) ? nullptr : openwsk_variant_for(path.c_str());
        if (variant == nullptr || std::string(variant) == "plain" || variant == out) {
            continue;
        }
        if (out != "plain") {
            error(path + " needs the variant " + variant + ", the rest needs " + out +
                  "; one process cannot have both");
            return false;
        }
        out = variant;
    }
    return true;
}

bool check_options(const driver_options& options) {
    for (const std::string& path : options.drivers) {
        if (access(path.c_str(), R_OK) != 0) {
            error(path + ": " + std::strerror(errno));
            return false;
        }
    }
    for (const std::string& parameter : options.parameters) {
        const size_t equals = parameter.find('=');
        if (equals == std::string::npos || equals == 0) {
            error("--param " + parameter + ": write NAME=VALUE or DRIVER:NAME=VALUE");
            return false;
        }
    }
    return true;
}

// The drivers with sources replaced by the one driver that they make, at the place of the first.
bool build(const driver_options& options, std::vector<std::string>& out) {
    std::vector<std::string> sources;
    for (const std::string& path : options.drivers) {
        if (is_source(path)) {
            sources.push_back(path);
        }
    }
    std::string made;
    if (!sources.empty()) {
        std::string message;
        made = cache_file(sources, options.compile);
        if (!compile(sources, made, options.compile, message)) {
            error(message);
            return false;
        }
    }
    for (const std::string& path : options.drivers) {
        if (!is_source(path)) {
            out.push_back(path);
        } else if (!made.empty()) {
            out.push_back(made);
            made.clear();
        }
    }
    return true;
}

}  // namespace

openwsk_machine_options machine_options_of(const driver_options& options) {
    openwsk_machine_options o = OPENWSK_MACHINE_OPTIONS_INIT;
    o.processors = options.processors;
    o.io_threads = options.io_threads;
    o.completions = choice(options.completions, {"deferred", "thread", "inline", "mixed"});
    o.verification = choice(options.verification, {"off", "standard", "full"});
    o.seed = options.seed;
    o.stuck_after_ms = milliseconds(options.stuck_after);
    o.wsk_ready_after_ms = milliseconds(options.wsk_ready_after);
    o.nmr_idle_success = options.nmr_idle_success ? 1 : 0;
    return o;
}

std::vector<parameter> parameters_of(const driver_options& options, const std::string& path) {
    const std::string service = stem(path);
    std::vector<parameter> out;
    for (const std::string& given : options.parameters) {
        const size_t equals = given.find('=');
        parameter p{service, given.substr(0, equals), given.substr(equals + 1), false, 0};
        const size_t colon = p.name.find(':');
        if (colon != std::string::npos) {
            if (p.name.substr(0, colon) != service) {
                continue;
            }
            p.name.erase(0, colon + 1);
        }
        p.is_number = number_of(p.text, p.number);
        if (!p.is_number && p.text.size() >= 2 && p.text.front() == '"' && p.text.back() == '"') {
            p.text = p.text.substr(1, p.text.size() - 2);
        }
        out.push_back(std::move(p));
    }
    return out;
}

bool prepare_drivers(const driver_options& options, char** argv,
                     std::vector<std::string>& drivers) {
    std::string variant;
    if (!check_options(options) || !needed_variant(options, variant)) {
        return false;
    }
    if (variant != openwsk_variant() && variant != "plain") {
        error(exec_variant(variant, argv));
        return false;
    }
    return build(options, drivers);
}

}  // namespace tool
