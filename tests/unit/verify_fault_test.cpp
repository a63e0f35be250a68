// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Fault points: the Nth fails, once or from then on; nothing fails while disarmed.

#include "verify/fault.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "mm/try_new.hpp"

namespace {

struct number : base::heap_object {
    explicit number(int v) : value(v) {}
    int value;
};

class verify_fault : public testing::Test {
protected:
    void TearDown() override { verify::arm_faults(0, true); }
};

TEST_F(verify_fault, only_the_chosen_point_fails) {
    verify::arm_faults(2, true);
    EXPECT_FALSE(verify::fault_here());
    EXPECT_TRUE(verify::fault_here());
    EXPECT_FALSE(verify::fault_here());
    EXPECT_EQ(verify::faults_seen(), 3u);
}

TEST_F(verify_fault, a_persistent_fault_fails_from_the_chosen_point_on) {
    verify::arm_faults(2, false);
    EXPECT_FALSE(verify::fault_here());
    EXPECT_TRUE(verify::fault_here());
    EXPECT_TRUE(verify::fault_here());
}

TEST_F(verify_fault, a_dry_run_counts_the_points) {
    verify::arm_faults(0, true);
    for (int i = 0; i < 7; ++i) {
        EXPECT_FALSE(verify::fault_here());
    }
    EXPECT_EQ(verify::faults_seen(), 7u);
}

TEST_F(verify_fault, try_new_is_a_fault_point) {
    verify::arm_faults(1, true);
    EXPECT_EQ(mm::try_new<number>(1), nullptr);
    const std::unique_ptr<number> p(mm::try_new<number>(2));
    ASSERT_NE(p, nullptr);
    EXPECT_EQ(p->value, 2);
}

}  // namespace
