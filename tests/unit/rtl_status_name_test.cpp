// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Status names: both directions, the ends of the table, values without a name.

#include "rtl/status_name.hpp"

#include <gtest/gtest.h>

#include "wdk/abi/ntstatus.h"

namespace {

TEST(rtl_status_name, finds_names_at_both_ends_and_in_the_middle) {
    EXPECT_STREQ(rtl::status_name(STATUS_SUCCESS), "STATUS_SUCCESS");
    EXPECT_STREQ(rtl::status_name(STATUS_PENDING), "STATUS_PENDING");
    EXPECT_STREQ(rtl::status_name(STATUS_CONNECTION_RESET), "STATUS_CONNECTION_RESET");
    EXPECT_EQ(rtl::status_name(0x0badf00d), nullptr);
    EXPECT_EQ(rtl::status_name(-1), nullptr);
}

TEST(rtl_status_name, finds_the_value_of_a_name) {
    int32_t value = 0;
    ASSERT_TRUE(rtl::status_value("STATUS_CANCELLED", value));
    EXPECT_EQ(value, STATUS_CANCELLED);
    EXPECT_FALSE(rtl::status_value("STATUS_NO_SUCH_STATUS", value));
}

TEST(rtl_status_name, describes_with_and_without_a_name) {
    char text[80];
    EXPECT_STREQ(rtl::describe_status(STATUS_PENDING, text, sizeof text),
                 "STATUS_PENDING (0x00000103)");
    EXPECT_STREQ(rtl::describe_status(0x0badf00d, text, sizeof text), "0x0BADF00D");
}

}  // namespace
