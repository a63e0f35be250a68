// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Rules and bug checks: what the report says, that report rules count and go on, that stop rules
// and bug checks end the process with exit code 3 after the exit hook has run.

#include "verify/violation.hpp"

#include <cstdio>
#include <cstring>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "host/symbolize.hpp"

namespace {

TEST(verify_rules, names_are_unique_and_every_rule_says_what_to_do) {
    std::set<std::string> names;
    for (uint16_t i = 0; i < verify::rule_count; ++i) {
        const verify::rule_text& t = verify::text_of(static_cast<verify::rule>(i));
        EXPECT_TRUE(names.insert(t.name).second) << t.name;
        EXPECT_NE(t.code, 0u) << t.name;
        EXPECT_GT(std::strlen(t.hint), 10u) << t.name;
    }
}

TEST(verify_violation, a_report_rule_counts_and_returns) {
    const uint64_t before = verify::violation_count();
    int object = 0;
    for (int i = 0; i < 3; ++i) {
        verify::violation(verify::rule::pool_zero_bytes, nullptr, &object, "round %d", i);
    }
    EXPECT_EQ(verify::violation_count(), before + 3);
}

TEST(verify_violation, the_same_line_is_one_finding_with_a_count) {
    static const char line = 0;
    struct seen {
        uint64_t count = 0;
        int findings = 0;
        std::string text;
    };
    const auto look = [] {
        seen s;
        verify::for_each_finding(
            [](const verify::finding& f, void* context) {
                auto& out = *static_cast<seen*>(context);
                if (f.id == verify::rule::pool_zero_tag && f.caller == &line) {
                    out.count = f.count;
                    out.text = f.text;
                    ++out.findings;
                }
            },
            &s);
        return s;
    };
    const seen before = look();  // findings last as long as the process
    for (int i = 0; i < 5; ++i) {
        verify::violation(verify::rule::pool_zero_tag, &line, nullptr, "round %d", i);
    }
    const seen after = look();
    EXPECT_EQ(after.findings, 1);
    EXPECT_EQ(after.count - before.count, 5u);
    EXPECT_EQ(after.text, "round 0");
}

TEST(verify_violation_death, a_stop_rule_names_rule_evidence_fix_and_bug_check) {
    EXPECT_EXIT(verify::violation(verify::rule::pool_double_free, nullptr, nullptr,
                                  "block %s freed again", "X"),
                testing::ExitedWithCode(3),
                "OPENWSK VIOLATION pool-double-free\n.*block X freed again\n.*fix: free each"
                "(.|\n)*BUGCHECK 0x000000C2 BAD_POOL_CALLER \\(0x7,");
}

__attribute__((noinline)) void fails() {
    verify::bug_check(0xE2, 1, 2, 3, 0x40, nullptr, "by request");
}

TEST(verify_violation_death, a_bug_check_prints_code_name_parameters_and_stack) {
    EXPECT_EXIT(fails(), testing::ExitedWithCode(3),
                "BUGCHECK 0x000000E2 MANUALLY_INITIATED_CRASH \\(0x1,0x2,0x3,0x40\\)\n"
                " *by request(.|\n)*stack:(.|\n)*fails.*verify_violation_test.cpp:");
}

void hook(const verify::stop_info& s) noexcept {
    std::fprintf(stderr, "hook %08x %s %s %zu\n", s.code, s.name, s.text, s.depth > 0 ? 1ul : 0ul);
}

TEST(verify_violation_death, the_exit_hook_sees_the_bug_check_before_the_process_ends) {
    verify::set_exit_hook(hook);
    EXPECT_EXIT(fails(), testing::ExitedWithCode(3),
                "hook 000000e2 MANUALLY_INITIATED_CRASH by request 1");
    verify::set_exit_hook(nullptr);
}

void recursive_hook(const verify::stop_info&) noexcept {
    verify::bug_check(0xE2, 0, 0, 0, 0, nullptr, "again");
}

TEST(verify_violation_death, a_failure_inside_the_report_ends_the_process_all_the_same) {
    verify::set_exit_hook(recursive_hook);
    EXPECT_EXIT(fails(), testing::ExitedWithCode(3), "by request");
    verify::set_exit_hook(nullptr);
}

}  // namespace
