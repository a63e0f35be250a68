// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The registry: paths, names without case, values replaced and deleted, keys that outlive their
// place in the tree.

#include "rtl/registry.hpp"

#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "wdk/abi/ntstatus.h"

namespace {

constexpr rtl::name_view services = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services";

base::status open(rtl::registry& r, const std::u16string& path, bool create, rtl::key_ptr& out) {
    return r.open(nullptr, path, create, out);
}

uint32_t number(rtl::registry& r, rtl::registry_key& key, rtl::name_view name) {
    uint32_t out = 0;
    const base::status s = r.query(
        key, name, [&](const rtl::registry_value& v) { std::memcpy(&out, v.data, sizeof out); });
    EXPECT_TRUE(s.ok());
    return out;
}

TEST(rtl_registry, opens_what_was_created_without_regard_to_case) {
    rtl::registry r;
    rtl::key_ptr made;
    rtl::key_ptr found;
    bool created = false;
    ASSERT_TRUE(r.open(nullptr, std::u16string(services) + u"\\Echo", true, made, &created).ok());
    EXPECT_TRUE(created);
    ASSERT_TRUE(
        open(r, u"\\REGISTRY\\machine\\SYSTEM\\CurrentControlSet\\services\\eCHO", false, found)
            .ok());
    EXPECT_EQ(made.get(), found.get());
    ASSERT_TRUE(r.open(nullptr, std::u16string(services) + u"\\Echo\\", true, made, &created).ok());
    EXPECT_FALSE(created);
}

TEST(rtl_registry, refuses_paths_that_lead_nowhere) {
    rtl::registry r;
    rtl::key_ptr k;
    EXPECT_EQ(open(r, u"\\Registry\\Machine", false, k).code(), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(open(r, u"\\RegistryX\\Machine", true, k).code(), STATUS_OBJECT_NAME_NOT_FOUND);
    EXPECT_EQ(open(r, u"Machine", true, k).code(), STATUS_OBJECT_PATH_SYNTAX_BAD);
    ASSERT_TRUE(open(r, u"\\Registry\\Machine", true, k).ok());
    EXPECT_EQ(r.open(k.get(), u"\\System", true, k).code(), STATUS_OBJECT_PATH_SYNTAX_BAD);
    ASSERT_TRUE(r.open(k.get(), u"System\\Setup", true, k).ok());
    EXPECT_EQ(k->view(), u"Setup");
}

TEST(rtl_registry, replaces_and_deletes_values) {
    rtl::registry r;
    rtl::key_ptr k;
    ASSERT_TRUE(open(r, u"\\Registry\\Machine\\Test", true, k).ok());
    uint32_t value = 7;
    ASSERT_TRUE(r.set_value(*k, u"Port", 4, &value, sizeof value).ok());
    value = 8;
    ASSERT_TRUE(r.set_value(*k, u"PORT", 4, &value, sizeof value).ok());
    EXPECT_EQ(number(r, *k, u"port"), 8u);
    EXPECT_EQ(r.enumerate_values(*k, 1, [](const rtl::registry_value&) {}).code(),
              STATUS_NO_MORE_ENTRIES);
    ASSERT_TRUE(r.delete_value(*k, u"Port").ok());
    EXPECT_EQ(r.delete_value(*k, u"Port").code(), STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(rtl_registry, enumerates_in_order_of_creation) {
    rtl::registry r;
    rtl::key_ptr k;
    rtl::key_ptr child;
    ASSERT_TRUE(open(r, u"\\Registry\\Machine", true, k).ok());
    for (const char16_t* name : {u"b", u"a", u"c"}) {
        ASSERT_TRUE(r.open(k.get(), name, true, child).ok());
    }
    std::u16string all;
    for (uint32_t i = 0;
         r.enumerate_keys(*k, i, [&](const rtl::registry_key& c) { all += c.view(); }).ok(); ++i) {
    }
    EXPECT_EQ(all, u"bac");
}

TEST(rtl_registry, a_deleted_key_stays_valid_for_its_holders_and_says_so) {
    rtl::registry r;
    rtl::key_ptr parent;
    rtl::key_ptr k;
    rtl::key_ptr again;
    ASSERT_TRUE(open(r, u"\\Registry\\Machine\\A", true, parent).ok());
    ASSERT_TRUE(open(r, u"\\Registry\\Machine\\A\\B", true, k).ok());
    EXPECT_EQ(r.delete_key(*parent).code(), STATUS_CANNOT_DELETE);
    ASSERT_TRUE(r.delete_key(*k).ok());
    EXPECT_EQ(r.delete_key(*k).code(), STATUS_KEY_DELETED);
    EXPECT_EQ(r.set_value(*k, u"x", 4, nullptr, 0).code(), STATUS_KEY_DELETED);
    EXPECT_EQ(open(r, u"\\Registry\\Machine\\A\\B", false, again).code(),
              STATUS_OBJECT_NAME_NOT_FOUND);
}

TEST(rtl_registry, a_key_outlives_the_registry) {
    rtl::key_ptr k;
    {
        rtl::registry r;
        ASSERT_TRUE(open(r, u"\\Registry\\Machine\\A\\B", true, k).ok());
    }
    EXPECT_EQ(k->view(), u"B");
    EXPECT_TRUE(k->deleted);
}

}  // namespace
