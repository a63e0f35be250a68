// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the driver did wrong: named rules, and the bug check that ends the process.
//
// A violation names the rule that was broken, shows the evidence and the bug check a Windows
// developer would see. Rules of severity "report" let the driver go on (the call returns what
// the clauses say) and make the exit code 1; rules of severity "stop" are bug checks: the report is
// written and the process ends with exit code 3. Rule names are frozen: reports, suppressions
// and documents refer to them.
//
// A rule that the same line of a driver breaks again and again is printed once and counted.

#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>

#include "verify/rules.hpp"

namespace verify {

inline constexpr size_t stack_depth = 16;

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

/// A bug check whose stack was found elsewhere (registers of a fault), innermost frame first.
struct fault_site {
    const void* instruction;  ///< null when it is no code
    const void* culprit;      ///< innermost place in a driver: the instruction, or a return address
    const void* frames[stack_depth];
    size_t depth;
};
[[noreturn]] void bug_check_at(uint32_t code, uint64_t p1, uint64_t p2, uint64_t p3, uint64_t p4,
                               const fault_site& site, const char* text) noexcept;

/// Violations of severity report so far, of all machines of the process.
uint64_t violation_count() noexcept;

/// Name of a bug check code, or null.
const char* bug_check_name(uint32_t code) noexcept;

/// One broken rule, as sinks of a report see it.
struct finding {
    rule id;
    const void* caller;
    const void* object;
    uint64_t count;   ///< how often, from this line of the driver
    uint32_t thread;  ///< ordinal of the first
    size_t depth;
    const void* stack[stack_depth];  ///< of the first, innermost first, from the caller on
    char text[512];                  ///< evidence of the first
};

/// The findings so far, in the order of their first occurrence. visit may not report violations.
void for_each_finding(void (*visit)(const finding& f, void* context), void* context) noexcept;

/// How the process ends: the bug check, for the sinks of a report.
struct stop_info {
    uint32_t code;
    uint64_t parameters[4];
    const char* name;    ///< of the code, never null
    const char* text;    ///< evidence
    const char* rule;    ///< name of the rule, or null
    const void* caller;  ///< in the driver, or null
    size_t depth;
    const void* const* stack;
};

/// Called once, after the text report of a bug check is on stderr and before the process
/// ends with exit code 3; may be null. Runs on the thread that failed, perhaps in a signal
/// handler: other threads may hold any lock.
using exit_hook = void (*)(const stop_info& stop) noexcept;
void set_exit_hook(exit_hook hook) noexcept;

}  // namespace verify
