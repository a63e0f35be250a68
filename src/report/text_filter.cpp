// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/text_filter.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "wdk/abi/dbg.h"

namespace report {
namespace {

struct named {
    std::string_view name;
    uint32_t value;
};

constexpr named levels[] = {{"off", 0},   {"error", 1}, {"warning", 3},
                            {"trace", 7}, {"info", 15}, {"all", UINT32_MAX}};

// Components that network drivers print as; others by number.
constexpr named components[] = {{"DEFAULT", DPFLTR_DEFAULT_ID},
                                {"IHVNETWORK", DPFLTR_IHVNETWORK_ID},
                                {"IHVDRIVER", DPFLTR_IHVDRIVER_ID},
                                {"IHVBUS", DPFLTR_IHVBUS_ID},
                                {"IHVAUDIO", DPFLTR_IHVAUDIO_ID},
                                {"IHVVIDEO", DPFLTR_IHVVIDEO_ID},
                                {"IHVSTREAMING", DPFLTR_IHVSTREAMING_ID},
                                {"SYSTEM", DPFLTR_SYSTEM_ID},
                                {"TCPIP", DPFLTR_TCPIP_ID},
                                {"TCPIP6", DPFLTR_TCPIP6_ID},
                                {"NDIS", DPFLTR_NDIS_ID},
                                {"WSOCKTRANSPORT", DPFLTR_WSOCKTRANSPORT_ID},
                                {"FLTMGR", DPFLTR_FLTMGR_ID},
                                {"VERIFIER", DPFLTR_VERIFIER_ID}};

bool number_of(std::string_view text, uint32_t& out) {
    const std::string digits(text);
    char* end = nullptr;
    errno = 0;
    const unsigned long long value = std::strtoull(digits.c_str(), &end, 0);
    if (digits.empty() || digits[0] < '0' || digits[0] > '9' || *end != 0 || errno != 0 ||
        value > UINT32_MAX) {
        return false;
    }
    out = static_cast<uint32_t>(value);
    return true;
}

template <size_t N>
bool lookup(const named (&table)[N], std::string_view text, uint32_t& out) {
    for (const named& n : table) {
        if (n.name == text) {
            out = n.value;
            return true;
        }
    }
    return number_of(text, out);
}

std::string_view without_id(std::string_view component) {
    if (component.substr(0, 7) == "DPFLTR_") {
        component.remove_prefix(7);
    }
    if (component.size() > 3 && component.substr(component.size() - 3) == "_ID") {
        component.remove_suffix(3);
    }
    return component;
}

struct setting {
    bool everything;
    uint32_t component;
    uint32_t mask;
};

bool parse(std::string_view part, setting& out) {
    const size_t equals = part.find('=');
    out.everything = equals == std::string_view::npos;
    if (out.everything) {
        return lookup(levels, part, out.mask);
    }
    return lookup(components, without_id(part.substr(0, equals)), out.component) &&
           lookup(levels, part.substr(equals + 1), out.mask);
}

}  // namespace

bool apply_text_filter(trace::text_filter& filter, const char* text) {
    std::vector<setting> settings;
    std::string_view rest = text;
    while (true) {
        const size_t comma = rest.find(',');
        setting one{};
        if (!parse(rest.substr(0, comma), one)) {
            return false;
        }
        settings.push_back(one);
        if (comma == std::string_view::npos) {
            break;
        }
        rest.remove_prefix(comma + 1);
    }
    for (const setting& s : settings) {
        if (s.everything) {
            filter.set_all(s.mask);
        } else {
            filter.set(s.component, s.mask);
        }
    }
    return true;
}

}  // namespace report
