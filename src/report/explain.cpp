// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/explain.hpp"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "rtl/status_name.hpp"
#include "verify/rules.hpp"
#include "wdk/abi/bugcodes_table.h"

namespace report {
namespace {

constexpr const char* severities[] = {"success", "information", "warning", "error"};

struct bug_check_row {
    uint32_t code;
    const char* name;
};
constexpr bug_check_row bug_checks[] = {
#define OPENWSK_BUG_CHECK_ROW(name) {name, #name},
    OPENWSK_BUGCODE_TABLE(OPENWSK_BUG_CHECK_ROW)
#undef OPENWSK_BUG_CHECK_ROW
};

constexpr verify::rule rules[] = {
#define OPENWSK_RULE_IN_ORDER(identifier, ...) verify::rule::identifier,
    OPENWSK_RULES(OPENWSK_RULE_IN_ORDER)
#undef OPENWSK_RULE_IN_ORDER
};

void explain_status(int32_t status, const output& out) {
    const auto value = static_cast<uint32_t>(status);
    const char* name = rtl::status_name(status);
    out(fmt::format("{} (0x{:08X}): status, {}, facility 0x{:X}, code 0x{:X}\n",
                    name != nullptr ? name : "a status without a name", value,
                    severities[value >> 30], (value >> 16) & 0xfff, value & 0xffff));
    out(fmt::format("  NT_SUCCESS is {}\n", status >= 0 ? "true" : "false"));
}

void explain_rule(const verify::rule_text& rule, const output& out) {
    out(fmt::format("{}: rule, {}\n  fix: {}\n", rule.name,
                    rule.level == verify::severity::stop ? "ends the process like a bug check"
                                                         : "reported, the driver goes on",
                    rule.hint));
    const char* name = verify::bug_check_name(rule.code);
    out(fmt::format("  on Windows: bug check 0x{:08X} {}\n", rule.code,
                    name != nullptr ? name : ""));
}

bool explain_bug_check(uint32_t code, const output& out) {
    const char* name = verify::bug_check_name(code);
    if (name == nullptr) {
        return false;
    }
    out(fmt::format("{} (0x{:08X}): bug check\n", name, code));
    for (verify::rule id : rules) {
        if (verify::text_of(id).code == code) {
            out(fmt::format("  rule {}: {}\n", verify::text_of(id).name, verify::text_of(id).hint));
        }
    }
    return true;
}

bool explain_number(uint32_t value, const output& out) {
    const bool bug_check = explain_bug_check(value, out);
    // Small numbers are statuses only by name: 0xC4 is a bug check, 0xC0000005 is not.
    if (rtl::status_name(static_cast<int32_t>(value)) != nullptr || (value >> 30) != 0) {
        explain_status(static_cast<int32_t>(value), out);
        return true;
    }
    return bug_check;
}

bool explain_name(const char* what, const output& out) {
    int32_t status = 0;
    if (rtl::status_value(what, status)) {
        explain_status(status, out);
        return true;
    }
    for (const bug_check_row& row : bug_checks) {
        if (std::strcmp(row.name, what) == 0) {
            return explain_bug_check(row.code, out);
        }
    }
    for (verify::rule id : rules) {
        if (std::strcmp(verify::text_of(id).name, what) == 0) {
            explain_rule(verify::text_of(id), out);
            return true;
        }
    }
    return false;
}

}  // namespace

bool explain(const char* what, const output& out) {
    char* end = nullptr;
    errno = 0;
    const long long number = std::strtoll(what, &end, 0);
    const bool digits = std::isdigit(static_cast<unsigned char>(what[0])) != 0 || what[0] == '-';
    if (digits && *end == 0 && errno == 0 && number >= INT32_MIN && number <= UINT32_MAX) {
        return explain_number(static_cast<uint32_t>(number), out);
    }
    return explain_name(what, out);
}

}  // namespace report
