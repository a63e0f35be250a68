// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Generic tables of both kinds against std::map under random operations, with the shape of the tree
// checked after each change; enumeration, numbering, and running out of memory.

#include <cstdlib>
#include <map>
#include <vector>

#include <gtest/gtest.h>

#include "base/prng.hpp"
#include "rtl/avl_table.hpp"
#include "rtl/splay_table.hpp"
#include "tests/unit/ke_machine.hpp"

namespace {

struct item {
    int key;
    int value;
};

int live = 0;
bool no_memory = false;
int coarseness = 1;  // keys count as equal that are so when divided by it

void* take(uint32_t bytes) {
    if (no_memory) {
        return nullptr;
    }
    ++live;
    return std::malloc(bytes);
}

void give(void* p) {
    --live;
    std::free(p);
}

template <class Table>
RTL_GENERIC_COMPARE_RESULTS compare(Table*, void* a, void* b) {
    const int x = static_cast<item*>(a)->key / coarseness;
    const int y = static_cast<item*>(b)->key / coarseness;
    return x < y ? GenericLessThan : x > y ? GenericGreaterThan : GenericEqual;
}
template <class Table>
void* allocate(Table*, CLONG bytes) {
    return take(bytes);
}
template <class Table>
void release(Table*, void* p) {
    give(p);
}

struct splay {
    static constexpr bool by_key = false;
    using table = RTL_GENERIC_TABLE;
    static void* insert(table& t, item& i, bool& inserted) {
        return rtl::insert(t, &i, sizeof i, inserted);
    }
    static void check(table& t) { check(t.TableRoot); }
    static void check(const RTL_SPLAY_LINKS* n) {
        if (n == nullptr) {
            return;
        }
        for (const RTL_SPLAY_LINKS* c : {n->LeftChild, n->RightChild}) {
            if (c != nullptr) {
                ASSERT_EQ(c->Parent, n);
                check(c);
            }
        }
    }
};

struct avl {
    static constexpr bool by_key = true;
    using table = RTL_AVL_TABLE;
    static void* insert(table& t, item& i, bool& inserted) {
        return rtl::insert(t, &i, sizeof i, rtl::search(t, &i), inserted);
    }
    static void check(table& t) {
        EXPECT_EQ(height(t.BalancedRoot.RightChild), static_cast<int>(t.DepthOfTree));
    }
    static int height(const RTL_BALANCED_LINKS* n) {
        if (n == nullptr) {
            return 0;
        }
        const int l = height(n->LeftChild);
        const int r = height(n->RightChild);
        EXPECT_EQ(n->Balance, r - l);
        EXPECT_LE(std::abs(r - l), 1);
        for (const RTL_BALANCED_LINKS* c : {n->LeftChild, n->RightChild}) {
            if (c != nullptr) {
                EXPECT_EQ(c->Parent, n);
            }
        }
        return 1 + std::max(l, r);
    }
};

template <class Kind>
class rtl_table : public testing::Test {
protected:
    using table = typename Kind::table;
    rtl_table() {
        m.attach();
        live = 0;
        no_memory = false;
        rtl::initialize(t, compare<table>, allocate<table>, release<table>, this);
    }
    item* insert(int key, int value, bool& inserted) {
        item i{key, value};
        return static_cast<item*>(Kind::insert(t, i, inserted));
    }
    item* find(int key) {
        item i{key, 0};
        return static_cast<item*>(rtl::find(t, &i));
    }
    bool remove(int key) {
        item i{key, 0};
        return rtl::remove(t, &i);
    }

    ke_machine m;
    table t;
};

using kinds = testing::Types<splay, avl>;
TYPED_TEST_SUITE(rtl_table, kinds);

TYPED_TEST(rtl_table, behaves_like_a_map) {
    std::map<int, int> model;
    base::prng random(7, 1);
    for (int i = 0; i < 20000; ++i) {
        const int key = static_cast<int>(random.below(400));
        switch (random.below(3)) {
            case 0: {
                bool inserted = false;
                item* got = this->insert(key, i, inserted);
                const auto [at, fresh] = model.emplace(key, i);
                ASSERT_EQ(inserted, fresh);
                ASSERT_EQ(got->value, at->second);
                break;
            }
            case 1:
                ASSERT_EQ(this->remove(key), model.erase(key) != 0);
                break;
            default: {
                const item* got = this->find(key);
                ASSERT_EQ(got != nullptr, model.count(key) != 0);
                ASSERT_TRUE(got == nullptr || got->value == model[key]);
            }
        }
        if (i % 64 == 0) {
            TypeParam::check(this->t);
        }
        ASSERT_EQ(this->t.NumberGenericTableElements, model.size());
    }
    std::vector<int> seen;
    for (void* e = rtl::enumerate(this->t, true); e != nullptr;
         e = rtl::enumerate(this->t, false)) {
        seen.push_back(static_cast<item*>(e)->key);
    }
    std::vector<int> still;
    void* position = nullptr;
    while (void* e = rtl::enumerate_still(this->t, position)) {
        still.push_back(static_cast<item*>(e)->key);
    }
    std::vector<int> wanted;
    for (const auto& [key, value] : model) {
        wanted.push_back(key);
    }
    EXPECT_EQ(seen, wanted);
    EXPECT_EQ(still, wanted);
    for (const int key : wanted) {
        EXPECT_TRUE(this->remove(key));
    }
    TypeParam::check(this->t);
    EXPECT_EQ(live, 0);
    EXPECT_EQ(rtl::enumerate(this->t, true), nullptr);
}

TYPED_TEST(rtl_table, insertion_without_memory_changes_nothing) {
    bool inserted = true;
    no_memory = true;
    EXPECT_EQ(this->insert(1, 1, inserted), nullptr);
    EXPECT_FALSE(inserted);
    EXPECT_EQ(this->t.NumberGenericTableElements, 0u);
    no_memory = false;
    EXPECT_NE(this->insert(1, 1, inserted), nullptr);
    EXPECT_TRUE(this->remove(1));
}

TEST(rtl_table_order, is_that_of_insertion_for_splay_and_of_keys_for_avl) {
    ke_machine m;
    m.attach();
    live = 0;
    RTL_GENERIC_TABLE s;
    RTL_AVL_TABLE a;
    rtl::initialize(s, compare<RTL_GENERIC_TABLE>, allocate<RTL_GENERIC_TABLE>,
                    release<RTL_GENERIC_TABLE>, nullptr);
    rtl::initialize(a, compare<RTL_AVL_TABLE>, allocate<RTL_AVL_TABLE>, release<RTL_AVL_TABLE>,
                    nullptr);
    const int keys[] = {5, 1, 9, 3};
    const int sorted[] = {1, 3, 5, 9};
    for (int key : keys) {
        item i{key, 0};
        bool inserted = false;
        rtl::insert(s, &i, sizeof i, inserted);
        rtl::insert(a, &i, sizeof i, rtl::search(a, &i), inserted);
    }
    for (uint32_t n : {3u, 0u, 2u, 1u}) {
        EXPECT_EQ(static_cast<item*>(rtl::at(s, n))->key, keys[n]);
        EXPECT_EQ(static_cast<item*>(rtl::at(a, n))->key, sorted[n]);
    }
    EXPECT_EQ(rtl::at(s, 4), nullptr);
    EXPECT_EQ(rtl::at(a, 4), nullptr);
    for (int key : keys) {
        item i{key, 0};
        EXPECT_TRUE(rtl::remove(s, &i));
        EXPECT_TRUE(rtl::remove(a, &i));
    }
    EXPECT_EQ(live, 0);
}

// What was numbered last is found again after a change, not what lies there now.
TYPED_TEST(rtl_table, numbering_begins_anew_after_a_change) {
    bool inserted = false;
    for (const int key : {10, 20, 30, 40}) {
        this->insert(key, 0, inserted);
    }
    const auto key_at = [this](uint32_t n) { return static_cast<item*>(rtl::at(this->t, n))->key; };
    EXPECT_EQ(key_at(2), 30);
    EXPECT_TRUE(this->remove(20));
    EXPECT_EQ(key_at(2), 40);
    EXPECT_TRUE(this->remove(40));
    EXPECT_EQ(key_at(1), 30);
    this->insert(5, 0, inserted);
    this->insert(7, 0, inserted);
    // 5, 7, 10, 30 in order of keys; 10, 30, 5, 7 in order of insertion.
    EXPECT_EQ(key_at(1), TypeParam::by_key ? 7 : 30);
    EXPECT_EQ(key_at(2), TypeParam::by_key ? 10 : 5);
    for (const int key : {5, 7, 10, 30}) {
        EXPECT_TRUE(this->remove(key));
    }
    EXPECT_EQ(live, 0);
}

class rtl_avl_table : public rtl_table<avl> {
protected:
    rtl_avl_table() {
        for (int key = 0; key < 50; ++key) {
            bool inserted = false;
            insert(key, 0, inserted);
        }
    }
    ~rtl_avl_table() override {
        coarseness = 1;
        for (int key = 0; key < 50; ++key) {
            remove(key);
        }
        EXPECT_EQ(live, 0);
    }
};

// Deleting what an enumeration stands on does not disturb it.
TEST_F(rtl_avl_table, enumeration_survives_deletion) {
    int expected = 0;
    for (void* e = rtl::enumerate(t, true); e != nullptr; e = rtl::enumerate(t, false)) {
        const int key = static_cast<item*>(e)->key;
        ASSERT_EQ(key, expected++);
        if (key % 2 != 0) {
            EXPECT_TRUE(remove(key));
        }
    }
    EXPECT_EQ(expected, 50);
    EXPECT_EQ(t.NumberGenericTableElements, 25u);
}

TEST_F(rtl_avl_table, the_first_of_several_matches_is_where_an_enumeration_can_begin) {
    coarseness = 10;
    item i{27, 0};
    void* position = nullptr;
    auto* found = static_cast<item*>(rtl::find_first(t, &i, position));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->key, 20);
    EXPECT_EQ(static_cast<item*>(rtl::enumerate_still(t, position))->key, 21);
    i.key = 500;
    EXPECT_EQ(rtl::find_first(t, &i, position), nullptr);
}

}  // namespace
