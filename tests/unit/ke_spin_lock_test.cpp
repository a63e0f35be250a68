// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Spin locks: exclusion, readers and writers, misuse.

#include "ke/spin_lock.hpp"

#include <gtest/gtest.h>

#include "ke/irql.hpp"
#include "tests/unit/ke_machine.hpp"

namespace {

TEST(ke_spin_lock, excludes) {
    ke_machine m;
    KSPIN_LOCK lock = 77;
    ke::initialize(lock);
    int guarded = 0;
    on_threads(m, 4, [&](ke::thread& self, int) {
        for (int i = 0; i < 5000; ++i) {
            ke::dispatch_scope at(self);
            ke::acquire(self, lock, nullptr);
            ++guarded;
            ke::release(self, lock, nullptr);
        }
    });
    EXPECT_EQ(guarded, 20000);
    EXPECT_EQ(lock, 0u);
}

TEST(ke_spin_lock, can_be_tried_and_tested) {
    ke_machine m;
    ke::thread& self = m.attach();
    KSPIN_LOCK lock = 0;
    ke::dispatch_scope at(self);
    EXPECT_TRUE(ke::is_free(lock));
    EXPECT_TRUE(ke::try_acquire(self, lock));
    EXPECT_FALSE(ke::is_free(lock));
    EXPECT_FALSE(ke::try_acquire(self, lock));
    ke::release(self, lock, nullptr);
    EXPECT_TRUE(ke::is_free(lock));
}

TEST(ke_spin_lock, readers_share_and_writers_exclude) {
    ke_machine m;
    EX_SPIN_LOCK lock = 0;
    long a = 0;
    long b = 0;
    on_threads(m, 4, [&](ke::thread& self, int n) {
        for (int i = 0; i < 4000; ++i) {
            ke::dispatch_scope at(self);
            if (n == 0 || i % 16 == 0) {
                ke::acquire_exclusive(self, lock);
                ++a;
                ++b;
                ke::release_exclusive(self, lock, nullptr);
            } else {
                ke::acquire_shared(self, lock);
                EXPECT_EQ(a, b);
                ke::release_shared(self, lock, nullptr);
            }
        }
    });
    EXPECT_EQ(a, 4000 + 3 * 250);
    EXPECT_EQ(lock, 0);
}

TEST(ke_spin_lock, only_reader_can_become_the_writer) {
    ke_machine m;
    ke::thread& self = m.attach();
    EX_SPIN_LOCK lock = 0;
    ke::dispatch_scope at(self);
    ke::acquire_shared(self, lock);
    EXPECT_TRUE(ke::try_acquire_shared(self, lock));
    EXPECT_FALSE(ke::try_convert_exclusive(self, lock));
    ke::release_shared(self, lock, nullptr);
    EXPECT_TRUE(ke::try_convert_exclusive(self, lock));
    EXPECT_FALSE(ke::try_acquire_shared(self, lock));
    EXPECT_FALSE(ke::try_acquire_exclusive(self, lock));
    ke::release_exclusive(self, lock, nullptr);
    EXPECT_EQ(lock, 0);
}

void acquire_twice() {
    ke_machine m;
    ke::thread& self = m.attach();
    KSPIN_LOCK lock = 0;
    ke::raise(self, ke::dispatch_level);
    ke::acquire(self, lock, nullptr);
    ke::acquire(self, lock, nullptr);
}

void release_free() {
    ke_machine m;
    ke::thread& self = m.attach();
    KSPIN_LOCK lock = 0;
    ke::raise(self, ke::dispatch_level);
    ke::release(self, lock, nullptr);
}

TEST(ke_spin_lock_death, stops_a_second_acquire_and_a_stray_release) {
    EXPECT_EXIT(acquire_twice(), testing::ExitedWithCode(3), "0x0000000F");
    EXPECT_EXIT(release_free(), testing::ExitedWithCode(3), "0x00000010");
}

}  // namespace
