// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The ledger: objects by kind and address, their creation site and stack, enumeration by image,
// interval look-ups, behaviour without verification, and many threads at once.

#include "verify/ledger.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using base::object_kind;
using verify::entry;
using verify::ledger;

base::machine_options at(base::verify_level level) {
    base::machine_options o;
    o.verification = level;
    return o;
}

class verify_ledger : public testing::Test {
protected:
    ledger l{at(base::verify_level::standard)};
    char block[256] = {};
};

__attribute__((noinline)) void add_from_here(ledger& l, const void* p) {
    l.add(object_kind::pool, p, 64, 0x41414141, __builtin_return_address(0));
}

TEST_F(verify_ledger, an_object_is_found_until_it_is_removed) {
    add_from_here(l, block);
    entry e;
    ASSERT_TRUE(l.find(object_kind::pool, block, e));
    EXPECT_EQ(e.size, 64u);
    EXPECT_EQ(e.tag, 0x41414141u);
    EXPECT_EQ(e.ordinal, 1u);
    EXPECT_FALSE(l.find(object_kind::irp, block, e));
    ASSERT_TRUE(l.remove(object_kind::pool, block, &e));
    EXPECT_EQ(e.address, block);
    EXPECT_FALSE(l.remove(object_kind::pool, block));
    EXPECT_FALSE(l.find(object_kind::pool, block, e));
}

TEST_F(verify_ledger, the_creation_stack_starts_at_the_driver_s_call) {
    add_from_here(l, block);
    entry e;
    ASSERT_TRUE(l.find(object_kind::pool, block, e));
    ASSERT_GE(e.depth, 1);
    EXPECT_EQ(e.stack[0], e.caller);
}

TEST_F(verify_ledger, the_same_address_may_be_a_block_and_an_irp) {
    l.add(object_kind::pool, block, 64, 1, nullptr);
    l.add(object_kind::irp, block, 32, 2, nullptr);
    entry e;
    ASSERT_TRUE(l.remove(object_kind::irp, block, &e));
    EXPECT_EQ(e.tag, 2u);
    EXPECT_TRUE(l.find(object_kind::pool, block, e));
}

TEST_F(verify_ledger, snapshot_shows_what_an_image_left_ordered_by_kind_and_age) {
    static const char image[64] = {};
    static const char other[64] = {};
    l.add(object_kind::irp, block + 1, 1, 0, image + 3);
    l.add(object_kind::pool, block + 2, 1, 0, image + 10);
    l.add(object_kind::pool, block + 3, 1, 0, image + 20);
    l.add(object_kind::pool, block + 4, 1, 0, other + 5);
    const std::vector<entry> left = l.snapshot(image, sizeof image);
    ASSERT_EQ(left.size(), 3u);
    EXPECT_EQ(left[0].address, block + 2);
    EXPECT_EQ(left[1].address, block + 3);
    EXPECT_EQ(left[2].address, block + 1);
    EXPECT_EQ(l.snapshot(nullptr, 0).size(), 4u);
}

class collector final : public base::object_visitor {
public:
    void visit(const base::object_info& o) noexcept override {
        kinds.push_back(o.kind);
        depth = o.depth;
    }
    void visit(const base::traffic_info&) noexcept override {}
    std::vector<object_kind> kinds;
    uint8_t depth = 0;
};

TEST_F(verify_ledger, show_presents_every_object_with_its_stack) {
    add_from_here(l, block);
    collector c;
    l.show(c);
    ASSERT_EQ(c.kinds.size(), 1u);
    EXPECT_EQ(c.kinds[0], object_kind::pool);
    EXPECT_GE(c.depth, 1);
}

TEST_F(verify_ledger, intervals_find_the_block_around_and_the_object_inside) {
    l.add(object_kind::pool, block, 100, 0, nullptr);
    l.add(object_kind::timer, block + 40, 8, 0, nullptr);
    entry e;
    EXPECT_TRUE(l.find_around(object_kind::pool, block + 90, 10, e));
    EXPECT_FALSE(l.find_around(object_kind::pool, block + 90, 11, e));
    ASSERT_TRUE(l.find_inside(block, 100, e));
    EXPECT_EQ(e.what, object_kind::timer);
    EXPECT_FALSE(l.find_inside(block + 41, 59, e));
    l.remove(object_kind::timer, block + 40);
    EXPECT_FALSE(l.find_inside(block, 100, e));
}

TEST_F(verify_ledger, totals_count_created_and_live) {
    l.add(object_kind::mdl, block, 10, 0, nullptr);
    l.add(object_kind::mdl, block + 1, 20, 0, nullptr);
    l.remove(object_kind::mdl, block);
    const verify::totals t = l.total(object_kind::mdl);
    EXPECT_EQ(t.created, 2u);
    EXPECT_EQ(t.live, 1u);
    EXPECT_EQ(t.live_bytes, 20u);
}

TEST(verify_ledger_off, nothing_is_recorded_and_nothing_is_evidence) {
    ledger l{at(base::verify_level::off)};
    int object = 0;
    l.add(object_kind::pool, &object, 4, 0, nullptr);
    entry e;
    EXPECT_FALSE(l.find(object_kind::pool, &object, e));
    EXPECT_FALSE(l.remove(object_kind::pool, &object));
    EXPECT_FALSE(l.complete());
    EXPECT_TRUE(l.snapshot(nullptr, 0).empty());
}

TEST_F(verify_ledger, many_objects_of_many_threads_are_kept_apart) {
    constexpr int threads = 4;
    constexpr int objects = 5000;
    std::vector<std::vector<char>> memory(threads, std::vector<char>(objects));
    std::atomic<int> lost{0};
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
        pool.emplace_back([&, t] {
            for (int i = 0; i < objects; ++i) {
                l.add(object_kind::irp, &memory[static_cast<size_t>(t)][static_cast<size_t>(i)], 1,
                      static_cast<uint32_t>(i), nullptr);
            }
            for (int i = 0; i < objects; i += 2) {
                entry e;
                const char* p = &memory[static_cast<size_t>(t)][static_cast<size_t>(i)];
                if (!l.remove(object_kind::irp, p, &e) || e.tag != static_cast<uint32_t>(i)) {
                    ++lost;
                }
            }
        });
    }
    for (std::thread& t : pool) {
        t.join();
    }
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(l.snapshot(nullptr, 0).size(), static_cast<size_t>(threads * objects / 2));
    EXPECT_TRUE(l.complete());
}

}  // namespace
