// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// MDLs: flags through every state, chains of an IRP, partial MDLs, probing memory that cannot be
// touched, and the rules.

#include "mm/mdl.hpp"

#include <cstring>
#include <vector>

#include <sys/mman.h>

#include <gtest/gtest.h>

#include "host/probe.hpp"
#include "mm/pool.hpp"
#include "tests/unit/io_machine.hpp"
#include "verify/fault.hpp"
#include "wdk/abi/ntstatus.h"

namespace {

using base::object_kind;
constexpr uint32_t tag = 0x6c646d54;

int flags(const MDL* m) {
    return m->MdlFlags & 0xffff;
}

class pages {
public:
    pages(size_t count, int protection)
        : bytes_(count * 4096),
          base_(mmap(nullptr, bytes_, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
    ~pages() { munmap(base_, bytes_); }
    char* at(size_t offset = 0) { return static_cast<char*>(base_) + offset; }
    void protect(size_t page, int protection) { mprotect(at(page * 4096), 4096, protection); }

private:
    size_t bytes_;
    void* base_;
};

class mm_mdl : public testing::Test {
protected:
    mm::pool& pool() { return m.machine().get<mm::pool>(); }
    mm::mdls& mdl() { return pool().mdl(); }
    MDL* allocate(void* p, uint32_t n, IRP* irp = nullptr, bool secondary = false) {
        return mdl().allocate(p, n, secondary, irp, nullptr);
    }
    void free(MDL* p) { mdl().free(p, nullptr); }
    char* block(size_t bytes, bool paged = false) {
        return static_cast<char*>(pool().allocate({bytes, tag, paged, true, false}, nullptr));
    }
    uint64_t live(object_kind k) { return m.ledger().total(k).live; }

    io_machine m;
};

TEST_F(mm_mdl, a_fresh_mdl_describes_its_range) {
    char* p = block(9000);
    MDL* d = allocate(p + 100, 8000);
    ASSERT_NE(d, nullptr);
    EXPECT_EQ(d->StartVa, reinterpret_cast<void*>(reinterpret_cast<uintptr_t>(p) & ~4095ul));
    EXPECT_EQ(d->ByteOffset, 100u);
    EXPECT_EQ(d->ByteCount, 8000u);
    EXPECT_EQ(d->Next, nullptr);
    EXPECT_EQ(flags(d), MDL_ALLOCATED_FIXED_SIZE);
    EXPECT_EQ(static_cast<size_t>(d->Size), mm::mdls::size_of(p + 100, 8000));
    EXPECT_EQ(mm::mdls::size_of(p + 4095, 2), sizeof(MDL) + 16);
    EXPECT_EQ(mm::mdls::size_of(p, 4096), sizeof(MDL) + 8);
    free(d);
    pool().free(p, tag, nullptr);
}

TEST_F(mm_mdl, the_irp_receives_the_first_and_chains_the_secondary) {
    IRP* irp = m.io().allocate_irp(1, nullptr);
    char buffer[64];
    MDL* a = allocate(buffer, 8, irp);
    MDL* b = allocate(buffer + 8, 8, irp, true);
    MDL* c = allocate(buffer + 16, 8, irp, true);
    EXPECT_EQ(irp->MdlAddress, a);
    EXPECT_EQ(a->Next, b);
    EXPECT_EQ(b->Next, c);
    free(a);
    free(b);
    free(c);
    m.io().free_irp(irp, nullptr);
}

TEST_F(mm_mdl, building_for_nonpaged_pool_maps_it_where_it_is) {
    char* p = block(5000);
    MDL* d = allocate(p, 5000);
    mdl().build(*d, nullptr);
    EXPECT_EQ(flags(d), MDL_ALLOCATED_FIXED_SIZE | MDL_SOURCE_IS_NONPAGED_POOL);
    EXPECT_EQ(d->MappedSystemVa, p);
    const auto* numbers = reinterpret_cast<uint64_t*>(d + 1);
    EXPECT_EQ(numbers[0], reinterpret_cast<uintptr_t>(p) / 4096);
    EXPECT_EQ(numbers[1], numbers[0] + 1);
    free(d);
    pool().free(p, tag, nullptr);
}

TEST_F(mm_mdl, lock_map_unmap_unlock_set_and_clear_the_flags) {
    pages mem(2, PROT_READ | PROT_WRITE);
    MDL* d = allocate(mem.at(10), 5000);
    EXPECT_EQ(mdl().lock(*d, IoModifyAccess, nullptr), base::status(STATUS_SUCCESS));
    EXPECT_EQ(flags(d), MDL_ALLOCATED_FIXED_SIZE | MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    EXPECT_EQ(live(object_kind::locked_pages), 1u);
    EXPECT_EQ(mdl().map(*d, KernelMode, nullptr), mem.at(10));
    EXPECT_TRUE(flags(d) & MDL_MAPPED_TO_SYSTEM_VA);
    EXPECT_EQ(d->MappedSystemVa, mem.at(10));
    mdl().unmap(d->MappedSystemVa, *d, nullptr);
    EXPECT_FALSE(flags(d) & MDL_MAPPED_TO_SYSTEM_VA);
    EXPECT_EQ(mdl().map(*d, KernelMode, nullptr), mem.at(10));
    mdl().unlock(*d, nullptr);
    EXPECT_FALSE(flags(d) & (MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED));
    EXPECT_EQ(live(object_kind::locked_pages), 0u);

    EXPECT_EQ(mdl().lock(*d, IoReadAccess, nullptr), base::status(STATUS_SUCCESS));
    EXPECT_FALSE(flags(d) & MDL_WRITE_OPERATION);
    mdl().unlock(*d, nullptr);
    free(d);
    EXPECT_EQ(live(object_kind::mdl), 0u);
}

TEST_F(mm_mdl, memory_that_cannot_be_touched_is_an_access_violation) {
    pages mem(3, PROT_READ | PROT_WRITE);
    auto lock = [&](void* p, uint32_t n, LOCK_OPERATION op) {
        MDL* d = allocate(p, n);
        const base::status s = mdl().lock(*d, op, nullptr);
        if (s.ok()) {
            mdl().unlock(*d, nullptr);
        }
        EXPECT_EQ(live(object_kind::locked_pages), 0u);
        free(d);
        return s.code();
    };
    mem.protect(1, PROT_NONE);
    EXPECT_EQ(lock(mem.at(), 4096, IoWriteAccess), STATUS_SUCCESS);
    EXPECT_EQ(lock(mem.at(), 4097, IoReadAccess), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(lock(mem.at(4096), 1, IoReadAccess), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(lock(nullptr, 16, IoReadAccess), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(lock(reinterpret_cast<void*>(0xffff800000000000), 16, IoReadAccess),
              STATUS_ACCESS_VIOLATION);
    mem.protect(1, PROT_READ);
    EXPECT_EQ(lock(mem.at(), 3 * 4096, IoReadAccess), STATUS_SUCCESS);
    EXPECT_EQ(lock(mem.at(), 3 * 4096, IoModifyAccess), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(lock(const_cast<char*>("constant"), 8, IoWriteAccess), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(lock(const_cast<char*>("constant"), 8, IoReadAccess), STATUS_SUCCESS);
    char local[100];
    EXPECT_EQ(lock(local, 100, IoModifyAccess), STATUS_SUCCESS);
}

TEST_F(mm_mdl, probing_changes_no_byte) {
    pages mem(1, PROT_READ | PROT_WRITE);
    std::memset(mem.at(), 0x3c, 4096);
    EXPECT_TRUE(host::accessible(mem.at(), 4096, true));
    for (size_t i = 0; i < 4096; ++i) {
        ASSERT_EQ(*mem.at(i), 0x3c);
    }
    EXPECT_TRUE(host::accessible(nullptr, 0, true));
    EXPECT_FALSE(host::accessible(mem.at(), SIZE_MAX - 10, false));
}

TEST_F(mm_mdl, a_partial_mdl_inherits_from_its_source) {
    char* p = block(8192);
    MDL* source = allocate(p, 8192);
    mdl().build(*source, nullptr);
    MDL* part = allocate(p, 8192);
    mdl().build_partial(*source, *part, p + 5000, 100, nullptr);
    EXPECT_EQ(part->ByteCount, 100u);
    EXPECT_EQ(part->StartVa, p + 4096);
    EXPECT_EQ(part->ByteOffset, 904u);
    EXPECT_TRUE(flags(part) & MDL_PARTIAL);
    EXPECT_TRUE(flags(part) & MDL_SOURCE_IS_NONPAGED_POOL);
    EXPECT_EQ(part->MappedSystemVa, p + 5000);
    mdl().build_partial(*source, *part, p + 6000, 0, nullptr);  // the rest
    EXPECT_EQ(part->ByteCount, 2192u);
    free(part);
    free(source);
    pool().free(p, tag, nullptr);
}

TEST_F(mm_mdl, a_partial_mdl_of_locked_pages_is_mapped_on_its_own) {
    pages mem(2, PROT_READ | PROT_WRITE);
    MDL* source = allocate(mem.at(), 8192);
    ASSERT_TRUE(mdl().lock(*source, IoReadAccess, nullptr).ok());
    MDL* part = allocate(mem.at(), 8192);
    mdl().build_partial(*source, *part, mem.at(4000), 200, nullptr);
    EXPECT_FALSE(flags(part) & MDL_MAPPED_TO_SYSTEM_VA);
    EXPECT_EQ(mdl().map(*part, KernelMode, nullptr), mem.at(4000));
    EXPECT_TRUE(flags(part) & MDL_PARTIAL_HAS_BEEN_MAPPED);
    free(part);  // unmaps
    mdl().unlock(*source, nullptr);
    free(source);
}

TEST_F(mm_mdl, without_memory_nothing_is_allocated_locked_or_mapped) {
    char local[16];
    MDL* d = allocate(local, 16);
    verify::arm_faults(1, false);
    EXPECT_EQ(allocate(local, 16), nullptr);
    EXPECT_FALSE(mdl().lock(*d, IoReadAccess, nullptr).ok());
    verify::arm_faults(0, true);
    ASSERT_TRUE(mdl().lock(*d, IoReadAccess, nullptr).ok());
    verify::arm_faults(1, false);
    EXPECT_EQ(mdl().map(*d, KernelMode, nullptr), nullptr);
    verify::arm_faults(0, true);
    mdl().unlock(*d, nullptr);
    free(d);
}

// ---- rules -------------------------------------------------------------------------------------

using mm_mdl_death = mm_mdl;
const auto stops = testing::ExitedWithCode(3);

TEST_F(mm_mdl_death, locking_twice_or_what_is_built) {
    char local[16];
    MDL* d = allocate(local, 16);
    ASSERT_TRUE(mdl().lock(*d, IoReadAccess, nullptr).ok());
    EXPECT_EXIT((void)mdl().lock(*d, IoReadAccess, nullptr), stops, "mdl-bad-lock");
    EXPECT_EXIT(mdl().build(*d, nullptr), stops, "mdl-bad-build");
    mdl().unlock(*d, nullptr);
    EXPECT_EXIT(mdl().unlock(*d, nullptr), stops, "mdl-bad-unlock");
    EXPECT_EXIT((void)mdl().map(*d, KernelMode, nullptr), stops, "mdl-bad-map(.|\n)*not locked");
    EXPECT_EXIT(mdl().unmap(local, *d, nullptr), stops, "mdl-bad-unmap");
    mdl().build(*d, nullptr);
    EXPECT_EXIT((void)mdl().lock(*d, IoReadAccess, nullptr), stops, "mdl-bad-lock");
    EXPECT_EXIT((void)mdl().map(*d, KernelMode, nullptr), stops, "mdl-bad-map(.|\n)*already");
    free(d);
}

TEST_F(mm_mdl_death, freeing_twice_or_what_was_not_allocated) {
    char local[16];
    alignas(16) char storage[sizeof(MDL) + 32] = {};
    MDL* d = allocate(local, 16);
    free(d);
    EXPECT_EXIT(free(d), stops, "mdl-bad-free");
    EXPECT_EXIT(free(reinterpret_cast<MDL*>(storage + 16)), stops, "mdl-bad-free");
    EXPECT_EXIT(free(nullptr), stops, "mdl-bad-free");
}

TEST_F(mm_mdl, freeing_with_locked_pages_is_reported) {
    char local[16];
    MDL* d = allocate(local, 16);
    ASSERT_TRUE(mdl().lock(*d, IoReadAccess, nullptr).ok());
    const uint64_t before = verify::violation_count();
    free(d);
    EXPECT_EQ(verify::violation_count(), before + 1);
    EXPECT_EQ(live(object_kind::locked_pages), 0u);
}

TEST_F(mm_mdl, describing_more_than_the_block_is_reported) {
    char* p = block(100);
    MDL* d = allocate(p, 101);
    const uint64_t before = verify::violation_count();
    mdl().build(*d, nullptr);
    EXPECT_EQ(verify::violation_count(), before + 1);
    free(d);
    pool().free(p, tag, nullptr);
}

TEST(mm_mdl_full, a_range_inside_a_block_is_checked_too) {
    io_machine m(base::verify_level::full);
    auto& pool = m.machine().get<mm::pool>();
    char* p = static_cast<char*>(pool.allocate({100, tag, false, true, false}, nullptr));
    MDL* d = pool.mdl().allocate(p + 90, 11, false, nullptr, nullptr);
    const uint64_t before = verify::violation_count();
    pool.mdl().build(*d, nullptr);
    EXPECT_EQ(verify::violation_count(), before + 1);
    pool.mdl().free(d, nullptr);
    pool.free(p, tag, nullptr);
}

TEST_F(mm_mdl_death, building_for_paged_pool) {
    char* p = block(100, true);
    MDL* d = allocate(p, 100);
    EXPECT_EXIT(mdl().build(*d, nullptr), stops, "mdl-bad-build(.|\n)*paged pool");
    free(d);
    pool().free(p, tag, nullptr);
}

TEST_F(mm_mdl_death, a_partial_mdl_that_does_not_fit) {
    char* p = block(20000);
    MDL* source = allocate(p, 20000);
    mdl().build(*source, nullptr);
    MDL* target = allocate(p, 16);
    EXPECT_EXIT(mdl().build_partial(*source, *target, p, 20000, nullptr), stops,
                "BUGCHECK 0x00000040");
    free(target);
    free(source);
    pool().free(p, tag, nullptr);
}

}  // namespace
