// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Pool blocks and lookaside lists: alignment, contents, the ledger, what a driver can do wrong with
// them, and what happens when memory is out.

#include "mm/pool.hpp"

#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "ke/irql.hpp"
#include "tests/unit/io_machine.hpp"
#include "verify/fault.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

constexpr uint32_t tag = 0x74736554;  // "Test"

class mm_pool : public testing::Test {
protected:
    mm::pool& pool() { return m.machine().get<mm::pool>(); }
    char* allocate(size_t bytes, bool zeroed = false, bool paged = false) {
        return static_cast<char*>(pool().allocate({bytes, tag, paged, zeroed, false}, nullptr));
    }
    uint64_t live() { return m.ledger().total(base::object_kind::pool).live; }

    io_machine m;
};

TEST_F(mm_pool, blocks_are_aligned_and_writable_to_the_last_byte) {
    for (const size_t bytes : {1u, 15u, 16u, 17u, 100u, 4095u, 4096u, 5000u, 100000u}) {
        char* p = allocate(bytes);
        ASSERT_NE(p, nullptr);
        EXPECT_EQ(reinterpret_cast<uintptr_t>(p) % (bytes >= 4096 ? 4096 : 16), 0u) << bytes;
        std::memset(p, 0x5a, bytes);
        pool().free(p, tag, nullptr);
    }
    void* aligned = pool().allocate({100, tag, false, false, true}, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(aligned) % 64, 0u);
    pool().free(aligned, 0, nullptr);
    EXPECT_EQ(live(), 0u);
}

TEST_F(mm_pool, zeroed_blocks_are_zero_even_in_used_memory) {
    for (int round = 0; round < 50; ++round) {
        char* p = allocate(300, true);
        for (int i = 0; i < 300; ++i) {
            ASSERT_EQ(p[i], 0);
        }
        std::memset(p, 0xff, 300);
        pool().free(p, tag, nullptr);
    }
}

TEST_F(mm_pool, the_ledger_knows_size_tag_and_kind_of_every_block) {
    char* p = allocate(333, false, true);
    verify::entry e;
    ASSERT_TRUE(m.ledger().find(base::object_kind::pool, p, e));
    EXPECT_EQ(e.size, 333u);
    EXPECT_EQ(e.tag, tag);
    size_t bytes = 0;
    bool paged = false;
    ASSERT_TRUE(pool().describe(p, bytes, paged));
    EXPECT_EQ(bytes, 333u);
    EXPECT_TRUE(paged);
    pool().free(p, tag, nullptr);
    EXPECT_FALSE(pool().describe(p, bytes, paged));
}

TEST_F(mm_pool, without_memory_there_is_no_block) {
    verify::arm_faults(1, true);
    EXPECT_EQ(allocate(10), nullptr);
    verify::arm_faults(0, true);
    EXPECT_EQ(allocate(SIZE_MAX - 100), nullptr);
    EXPECT_EQ(live(), 0u);
}

TEST_F(mm_pool, zero_bytes_are_a_block_and_a_report) {
    const uint64_t before = verify::violation_count();
    char* p = allocate(0);
    EXPECT_NE(p, nullptr);
    EXPECT_EQ(verify::violation_count(), before + 1);
    pool().free(p, tag, nullptr);
}

TEST_F(mm_pool, the_quarantine_gives_memory_back) {
    std::vector<char*> blocks;
    for (int i = 0; i < 2000; ++i) {
        pool().free(allocate(64), tag, nullptr);
    }
    pool().check_quarantine();
    EXPECT_EQ(live(), 0u);
}

TEST_F(mm_pool, threads_allocate_and_free_each_other_s_blocks) {
    std::vector<char*> blocks(4000);
    for (char*& p : blocks) {
        p = allocate(48);
    }
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            ke::attach(m.machine());
            for (size_t i = t; i < blocks.size(); i += 4) {
                pool().free(blocks[i], tag, nullptr);
                pool().free(allocate(80), tag, nullptr);
            }
            ke::detach();
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(live(), 0u);
}

// ---- what drivers do wrong ---------------------------------------------------------------------

using mm_pool_death = mm_pool;

TEST_F(mm_pool_death, freeing_twice) {
    char* p = allocate(24);
    pool().free(p, tag, nullptr);
    if (OPENWSK_ASAN == 0) {
        EXPECT_EXIT(pool().free(p, tag, nullptr), testing::ExitedWithCode(3),
                    "pool-double-free(.|\n)*tag 'Test'(.|\n)*BUGCHECK 0x000000C2 BAD_POOL_CALLER "
                    "\\(0x7");
    } else {
        EXPECT_EXIT(pool().free(p, tag, nullptr), testing::ExitedWithCode(3), "pool-bad-address");
    }
}

TEST_F(mm_pool_death, freeing_with_the_wrong_tag) {
    char* p = allocate(24);
    EXPECT_EXIT(pool().free(p, 0x42424242, nullptr), testing::ExitedWithCode(3),
                "pool-wrong-tag(.|\n)*tag 'Test' and is freed with tag 'BBBB'");
    pool().free(p, tag, nullptr);
}

TEST_F(mm_pool_death, freeing_what_is_no_block) {
    char local[64];
    EXPECT_EXIT(pool().free(local, 0, nullptr), testing::ExitedWithCode(3), "pool-bad-address");
    EXPECT_EXIT(pool().free(nullptr, 0, nullptr), testing::ExitedWithCode(3),
                "pool-bad-address(.|\n)*NULL");
    char* p = allocate(100);
    EXPECT_EXIT(pool().free(p + 8, 0, nullptr), testing::ExitedWithCode(3),
                "pool-bad-address(.|\n)*8 bytes inside a block of 100 bytes");
    pool().free(p, tag, nullptr);
    IRP* irp = m.io().allocate_irp(1, nullptr);
    EXPECT_EXIT(pool().free(irp, 0, nullptr), testing::ExitedWithCode(3),
                "pool-bad-address(.|\n)*IoFreeIrp");
    m.io().free_irp(irp, nullptr);
}

TEST_F(mm_pool_death, paged_pool_at_dispatch_level) {
    EXPECT_EXIT(ke::raise(ke::current(), ke::dispatch_level);
                allocate(8, false, true), testing::ExitedWithCode(3), "pool-allocate-irql");
    char* p = allocate(8, false, true);
    EXPECT_EXIT(ke::raise(ke::current(), ke::dispatch_level);
                pool().free(p, 0, nullptr), testing::ExitedWithCode(3), "pool-free-irql");
    pool().free(p, tag, nullptr);
}

TEST_F(mm_pool_death, freeing_a_block_with_a_live_object_inside) {
    char* p = allocate(256);
    m.ledger().add(base::object_kind::timer, p + 32, 64, 0, nullptr);
    EXPECT_EXIT(pool().free(p, tag, nullptr), testing::ExitedWithCode(3),
                "pool-free-live-object(.|\n)*live timer at offset 32");
    m.ledger().remove(base::object_kind::timer, p + 32);
    pool().free(p, tag, nullptr);
}

// AddressSanitizer builds report these where they happen.
#if !OPENWSK_ASAN
TEST_F(mm_pool_death, writing_behind_a_block) {
    char* p = allocate(21);
    volatile char* beyond = p + 21;
    EXPECT_EXIT(*beyond = 1; pool().free(p, tag, nullptr), testing::ExitedWithCode(3),
                             "pool-overrun(.|\n)*byte 0 behind");
    pool().free(p, tag, nullptr);
}

TEST_F(mm_pool_death, writing_before_a_block) {
    char* p = allocate(32);
    volatile char* before = p - 20;
    EXPECT_EXIT(*before = 77;
                pool().free(p, tag, nullptr), testing::ExitedWithCode(3), "pool-underrun");
    pool().free(p, tag, nullptr);
}

TEST_F(mm_pool_death, writing_to_a_freed_block) {
    char* p = allocate(64);
    pool().free(p, tag, nullptr);
    volatile char* late = p + 5;
    const char old = *late;
    EXPECT_EXIT(*late = 1; pool().check_quarantine(), testing::ExitedWithCode(3),
                           "pool-write-after-free(.|\n)*byte 5 of block");
    *late = old;
}
#endif

TEST(mm_pool_off, without_verification_blocks_still_come_and_go) {
    io_machine m(base::verify_level::off);
    auto& pool = m.machine().get<mm::pool>();
    void* p = pool.allocate({64, tag, false, true, false}, nullptr);
    ASSERT_NE(p, nullptr);
    EXPECT_EXIT(pool.free(p, 0x42424242, nullptr), testing::ExitedWithCode(3), "pool-wrong-tag");
    pool.free(p, tag, nullptr);
}

// ---- lookaside lists ---------------------------------------------------------------------------

class mm_lookaside : public mm_pool {
protected:
    mm_lookaside() { std::memset(static_cast<void*>(&list), 0, sizeof list); }
    mm::lookaside_table& table() { return pool().lookasides(); }
    GENERAL_LOOKASIDE_POOL& general() { return list.L; }
    base::status set_up(bool paged = false) {
        const mm::lookaside_setup s{
            paged, false, true, nullptr, nullptr, paged ? PagedPool : NonPagedPoolNx, 72, tag};
        return table().initialize(general(), s, nullptr);
    }
    void* take() {
        bool raises = false;
        return table().allocate(general(), nullptr, raises);
    }

    LOOKASIDE_LIST_EX list;
};

TEST_F(mm_lookaside, blocks_come_back_and_the_ledger_follows) {
    ASSERT_EQ(set_up(), base::status(STATUS_SUCCESS));
    EXPECT_EQ(general().Size, 72u);
    void* a = take();
    void* b = take();
    ASSERT_NE(a, nullptr);
    EXPECT_NE(a, b);
    EXPECT_EQ(live(), 2u);
    std::memset(a, 1, 72);
    table().free(general(), a, nullptr);
    EXPECT_EQ(live(), 1u);
    void* c = take();
    if (OPENWSK_ASAN == 0) {
        EXPECT_EQ(c, a);
    }
    table().free(general(), b, nullptr);
    table().free(general(), c, nullptr);
    table().flush(general(), nullptr);
    EXPECT_EQ(general().TotalAllocates, 3u);
    EXPECT_EQ(general().TotalFrees, 3u);
    table().remove(general(), nullptr);
    EXPECT_EQ(live(), 0u);
    EXPECT_EQ(m.ledger().total(base::object_kind::lookaside).live, 0u);
}

TEST_F(mm_lookaside, more_blocks_than_are_kept_go_back_to_pool) {
    ASSERT_EQ(set_up(), base::status(STATUS_SUCCESS));
    std::vector<void*> blocks;
    for (int i = 0; i < 200; ++i) {
        blocks.push_back(take());
    }
    for (void* p : blocks) {
        table().free(general(), p, nullptr);
    }
    EXPECT_EQ(live(), 0u);
    EXPECT_EQ(general().FreeMisses, OPENWSK_ASAN != 0 ? 200u : 200u - 64u);
    table().remove(general(), nullptr);
}

#if !OPENWSK_ASAN
// What went back to pool lies in its quarantine, where a write is noticed.
TEST_F(mm_lookaside, removing_a_list_gives_back_what_it_kept) {
    ASSERT_EQ(set_up(), base::status(STATUS_SUCCESS));
    auto* kept = static_cast<volatile char*>(take());
    table().free(general(), const_cast<char*>(kept), nullptr);
    EXPECT_EQ(general().FreeMisses, 0u);
    table().remove(general(), nullptr);
    const char old = *kept;
    EXPECT_EXIT(*kept = static_cast<char>(~old);
                pool().check_quarantine(), testing::ExitedWithCode(3), "pool-write-after-free");
}

TEST_F(mm_lookaside, a_block_of_another_size_is_not_kept) {
    ASSERT_EQ(set_up(), base::status(STATUS_SUCCESS));
    char* smaller = allocate(8);
    table().free(general(), smaller, nullptr);
    EXPECT_EQ(general().FreeMisses, 1u);
    EXPECT_NE(take(), smaller);
    EXPECT_EQ(live(), 1u);
    table().remove(general(), nullptr);
}
#endif

int custom_allocations = 0;
int custom_frees = 0;
void* custom_allocate(POOL_TYPE, SIZE_T bytes, ULONG, LOOKASIDE_LIST_EX*) {
    ++custom_allocations;
    return ::operator new(bytes);
}
void custom_free(void* p, LOOKASIDE_LIST_EX*) {
    ++custom_frees;
    ::operator delete(p);
}

TEST_F(mm_lookaside, the_driver_s_routines_are_called) {
    custom_allocations = 0;
    custom_frees = 0;
    const mm::lookaside_setup s{false,
                                false,
                                true,
                                reinterpret_cast<void*>(custom_allocate),
                                reinterpret_cast<void*>(custom_free),
                                NonPagedPoolNx,
                                40,
                                tag};
    ASSERT_EQ(table().initialize(general(), s, nullptr), base::status(STATUS_SUCCESS));
    void* p = take();
    EXPECT_EQ(custom_allocations, 1);
    table().free(general(), p, nullptr);
    table().remove(general(), nullptr);
    EXPECT_EQ(custom_frees, 1);
}

TEST_F(mm_lookaside, without_memory_initialize_and_allocate_fail) {
    verify::arm_faults(1, false);
    EXPECT_EQ(set_up(), base::status(STATUS_INSUFFICIENT_RESOURCES));
    verify::arm_faults(0, true);
    ASSERT_EQ(set_up(), base::status(STATUS_SUCCESS));
    verify::arm_faults(1, false);
    EXPECT_EQ(take(), nullptr);
    verify::arm_faults(0, true);
    table().remove(general(), nullptr);
}

TEST_F(mm_lookaside, lists_that_are_not_set_up_or_set_up_twice) {
    EXPECT_EXIT((void)take(), testing::ExitedWithCode(3), "lookaside-not-initialized");
    ASSERT_EQ(set_up(), base::status(STATUS_SUCCESS));
    EXPECT_EXIT((void)set_up(), testing::ExitedWithCode(3), "lookaside-initialized-twice");
    table().remove(general(), nullptr);
    EXPECT_EXIT((void)take(), testing::ExitedWithCode(3), "lookaside-not-initialized");
    EXPECT_EXIT(table().remove(general(), nullptr), testing::ExitedWithCode(3),
                "lookaside-not-initialized");
}

TEST_F(mm_lookaside, freeing_pool_that_holds_a_live_list) {
    auto* inside = reinterpret_cast<LOOKASIDE_LIST_EX*>(allocate(sizeof(LOOKASIDE_LIST_EX), true));
    const mm::lookaside_setup s{false, false, true, nullptr, nullptr, NonPagedPoolNx, 40, tag};
    ASSERT_EQ(table().initialize(inside->L, s, nullptr), base::status(STATUS_SUCCESS));
    EXPECT_EXIT(pool().free(inside, tag, nullptr), testing::ExitedWithCode(3),
                "pool-free-live-object(.|\n)*live lookaside");
    table().remove(inside->L, nullptr);
    pool().free(inside, tag, nullptr);
}

}  // namespace
