// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the driver did wrong: named rules, and the bug check that ends the process.
//
// A violation names the rule that was broken, shows the evidence and the bug check a Windows
// developer would see. Rules of severity "report" let the driver go on (the call returns what
// the clauses say) and make the exit code 1; rules of severity "stop" are bug checks: the report is
// written and the process ends with exit code 3. Rule names are frozen: reports, suppressions
// and documents refer to them.

#pragma once

#include <cstdarg>
#include <cstdint>

#include "verify/rules.hpp"

namespace verify {

/// Reports that the driver broke a rule. caller is an address inside the driver (the return
/// address of the entry point), or null. The text is printf-formatted evidence. Returns for rules
/// of severity report, does not for severity stop. Any IRQL; no internal lock may be held by
/// the caller when the rule is a stop rule.
void violation(rule id, const void* caller, const void* object, const char* format, ...) noexcept
    __attribute__((format(printf, 4, 5)));

/// Ends the process as KeBugCheckEx does: report, exit code 3.
[[noreturn]] void bug_check(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                            const void* caller, const char* format, ...) noexcept
    __attribute__((format(printf, 7, 8)));

/// Violations of severity report so far, of all machines of the process.
uint64_t violation_count() noexcept;

}  // namespace verify
