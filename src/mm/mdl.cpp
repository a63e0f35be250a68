// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "mm/mdl.hpp"

#include "base/heap.hpp"
#include "host/backtrace.hpp"
#include "host/probe.hpp"
#include "ke/thread.hpp"
#include "mm/pool.hpp"
#include "verify/fault.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace mm {
namespace {

using base::object_kind;
using verify::rule;

constexpr uintptr_t page_mask = PAGE_SIZE - 1;
constexpr size_t fixed_pages = 23;               // MDLs up to this size come from a list on Windows
constexpr uint32_t bug_target_too_small = 0x40;  // TARGET_MDL_TOO_SMALL
constexpr uint64_t magic_live = 0x4c444d4b53574f20;
constexpr uint32_t pages_tag = 0x67506d4d;      // "MmPg"
constexpr uint32_t pages_mdl_tag = 0x206c644d;  // "Mdl "
constexpr CSHORT kept_flags = MDL_ALLOCATED_FIXED_SIZE;

struct alignas(16) header {
    uint64_t magic;
    size_t bytes;
};

header* header_of(MDL* mdl) noexcept {
    return reinterpret_cast<header*>(mdl) - 1;
}

size_t pages_of(uintptr_t address, size_t length) noexcept {
    return ((address & page_mask) + length + page_mask) / PAGE_SIZE;
}

char* start_of(const MDL& mdl) noexcept {
    return static_cast<char*>(mdl.StartVa) + mdl.ByteOffset;
}

void add_flags(MDL& mdl, int flags) noexcept {
    mdl.MdlFlags = static_cast<CSHORT>(mdl.MdlFlags | flags);
}
void clear_flags(MDL& mdl, int flags) noexcept {
    mdl.MdlFlags = static_cast<CSHORT>(mdl.MdlFlags & ~flags);
}
bool has(const MDL& mdl, int flags) noexcept {
    return (mdl.MdlFlags & flags) != 0;
}

void write_page_numbers(MDL& mdl) noexcept {
    auto* numbers = reinterpret_cast<uint64_t*>(&mdl + 1);
    const auto first = reinterpret_cast<uintptr_t>(mdl.StartVa) / PAGE_SIZE;
    const size_t pages = pages_of(mdl.ByteOffset, mdl.ByteCount);
    // Size is the driver's word for how many there is room for.
    const size_t room = mdl.Size > CSHORT{sizeof(MDL)}
                            ? (static_cast<size_t>(mdl.Size) - sizeof(MDL)) / sizeof(uint64_t)
                            : 0;
    for (size_t i = 0; i < pages && i < room; ++i) {
        numbers[i] = first + i;
    }
}

// Memory that needs no question: the part of the calling thread's stack that is in use.
bool on_my_stack(const char* from, size_t bytes) noexcept {
    const auto low = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    const auto high = host::current_stack().high;
    const auto at = reinterpret_cast<uintptr_t>(from);
    return at >= low && at < high && bytes <= high - at;
}

unsigned flags_of(const MDL& mdl) noexcept {
    return static_cast<unsigned>(mdl.MdlFlags) & 0xffffu;
}

}  // namespace

size_t mdls::size_of(const void* base, size_t length) noexcept {
    return sizeof(MDL) + pages_of(reinterpret_cast<uintptr_t>(base), length) * sizeof(uint64_t);
}

MDL* mdls::allocate(void* address, uint32_t length, bool secondary, IRP* irp,
                    const void* caller) noexcept {
    const size_t bytes = size_of(address, length);
    if (verify::fault_here()) {
        return nullptr;
    }
    auto* h = static_cast<header*>(base::heap_allocate(sizeof(header) + bytes));
    if (h == nullptr) {
        return nullptr;
    }
    h->magic = magic_live;
    h->bytes = bytes;
    auto* mdl = reinterpret_cast<MDL*>(h + 1);
    const auto at = reinterpret_cast<uintptr_t>(address);
    const size_t pages = pages_of(at, length);
    *mdl = {};
    mdl->Size = static_cast<CSHORT>(bytes);  // cut for more than 16 MB, on Windows as here
    mdl->MdlFlags = pages <= fixed_pages ? MDL_ALLOCATED_FIXED_SIZE : 0;
    mdl->StartVa = reinterpret_cast<void*>(at & ~page_mask);
    mdl->ByteOffset = static_cast<ULONG>(at & page_mask);
    mdl->ByteCount = length;
    if (irp != nullptr && !secondary) {
        irp->MdlAddress = mdl;
    } else if (irp != nullptr) {
        MDL** end = &irp->MdlAddress;
        while (*end != nullptr) {
            end = &(*end)->Next;
        }
        *end = mdl;
    }
    pool_->records().add(object_kind::mdl, mdl, bytes, 0, caller);
    return mdl;
}

void mdls::free(MDL* mdl, const void* caller) noexcept {
    verify::ledger& records = pool_->records();
    const bool known = records.remove(object_kind::mdl, mdl);
    if ((!known && records.complete()) || mdl == nullptr ||
        (!known && header_of(mdl)->magic != magic_live)) {
        verify::violation(rule::mdl_bad_free, caller, mdl,
                          "IoFreeMdl of %p, which is no allocated MDL, or was freed",
                          static_cast<void*>(mdl));
    }
    if (records.remove(object_kind::locked_pages, mdl)) {
        verify::violation(rule::mdl_freed_locked, caller, mdl,
                          "IoFreeMdl of MDL %p whose %u bytes at %p are locked",
                          static_cast<void*>(mdl), mdl->ByteCount,
                          static_cast<void*>(start_of(*mdl)));
    }
    if (has(*mdl, MDL_PARTIAL_HAS_BEEN_MAPPED)) {
        unmap(mdl->MappedSystemVa, *mdl, caller);
    }
    header* h = header_of(mdl);
    h->magic = 0;
    base::heap_deallocate(h, sizeof(header) + h->bytes);
}

// The range against the pool block it starts in.
void mdls::check_block(const MDL& mdl, const void* caller) noexcept {
    size_t bytes = 0;
    bool paged = false;
    const char* start = start_of(mdl);
    if (!pool_->describe(start, bytes, paged)) {
        verify::entry block;
        if (!pool_->locate(start, block)) {
            return;
        }
        bytes = block.size - static_cast<size_t>(start - static_cast<const char*>(block.address));
        if (!pool_->describe(block.address, block.size, paged)) {
            return;
        }
    }
    if (paged) {
        verify::violation(rule::mdl_bad_build, caller, &mdl,
                          "MmBuildMdlForNonPagedPool of MDL %p for paged pool at %p",
                          static_cast<const void*>(&mdl), static_cast<const void*>(start));
    }
    if (mdl.ByteCount > bytes) {
        verify::violation(rule::mdl_beyond_allocation, caller, &mdl,
                          "MDL %p describes %u bytes of block %p, which has %zu",
                          static_cast<const void*>(&mdl), mdl.ByteCount,
                          static_cast<const void*>(start), bytes);
    }
}

void mdls::build(MDL& mdl, const void* caller) noexcept {
    if (has(mdl, MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL)) {
        verify::violation(rule::mdl_bad_build, caller, &mdl,
                          "MmBuildMdlForNonPagedPool of MDL %p with flags 0x%x: its pages are "
                          "locked, mapped or another MDL's",
                          static_cast<void*>(&mdl), flags_of(mdl));
    }
    check_block(mdl, caller);
    add_flags(mdl, MDL_SOURCE_IS_NONPAGED_POOL);
    mdl.Process = nullptr;
    mdl.MappedSystemVa = start_of(mdl);
    write_page_numbers(mdl);
}

base::status mdls::lock(MDL& mdl, LOCK_OPERATION operation, const void* caller) noexcept {
    if (has(mdl, MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL |
                     MDL_PARTIAL | MDL_IO_SPACE)) {
        verify::violation(rule::mdl_bad_lock, caller, &mdl,
                          "MmProbeAndLockPages of MDL %p with flags 0x%x: it is locked, built for "
                          "nonpaged pool or partial",
                          static_cast<void*>(&mdl), flags_of(mdl));
    }
    const bool write = operation != IoReadAccess;
    const char* start = start_of(mdl);
    size_t bytes = 0;
    bool paged = false;
    const bool certain = on_my_stack(start, mdl.ByteCount) ||
                         (pool_->describe(start, bytes, paged) && mdl.ByteCount <= bytes);
    if (verify::fault_here()) {
        return STATUS_WORKING_SET_QUOTA;
    }
    if (!certain && !host::accessible(start, mdl.ByteCount, write)) {
        return STATUS_ACCESS_VIOLATION;
    }
    clear_flags(mdl, MDL_WRITE_OPERATION);
    add_flags(mdl, MDL_PAGES_LOCKED | (write ? MDL_WRITE_OPERATION : 0));
    write_page_numbers(mdl);
    pool_->records().add(object_kind::locked_pages, &mdl, mdl.ByteCount, 0, caller);
    return STATUS_SUCCESS;
}

void mdls::unlock(MDL& mdl, const void* caller) noexcept {
    if (!has(mdl, MDL_PAGES_LOCKED) || has(mdl, MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL)) {
        verify::violation(rule::mdl_bad_unlock, caller, &mdl,
                          "MmUnlockPages of MDL %p with flags 0x%x, which MmProbeAndLockPages did "
                          "not lock",
                          static_cast<void*>(&mdl), flags_of(mdl));
    }
    if (has(mdl, MDL_MAPPED_TO_SYSTEM_VA)) {
        unmap(mdl.MappedSystemVa, mdl, caller);
    }
    clear_flags(mdl, MDL_PAGES_LOCKED);
    pool_->records().remove(object_kind::locked_pages, &mdl);
}

void* mdls::map(MDL& mdl, KPROCESSOR_MODE mode, const void* caller) noexcept {
    const bool described = has(mdl, MDL_PAGES_LOCKED | MDL_PARTIAL | MDL_SOURCE_IS_NONPAGED_POOL);
    const bool mapped = has(mdl, MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL);
    if (!described || (mode == KernelMode && mapped)) {
        verify::violation(rule::mdl_bad_map, caller, &mdl, "MDL %p with flags 0x%x is mapped: %s",
                          static_cast<void*>(&mdl), flags_of(mdl),
                          described ? "it has a system address already" : "it is not locked");
    }
    if (verify::fault_here()) {
        return nullptr;
    }
    if (mode == KernelMode) {
        add_flags(mdl, MDL_MAPPED_TO_SYSTEM_VA |
                           (has(mdl, MDL_PARTIAL) ? MDL_PARTIAL_HAS_BEEN_MAPPED : 0));
        mdl.MappedSystemVa = start_of(mdl);
    }
    return start_of(mdl);
}

void mdls::unmap(void* address, MDL& mdl, const void* caller) noexcept {
    if (!has(mdl, MDL_MAPPED_TO_SYSTEM_VA) || address != mdl.MappedSystemVa) {
        verify::violation(rule::mdl_bad_unmap, caller, &mdl,
                          "%p is unmapped from MDL %p with flags 0x%x, which is mapped at %p",
                          address, static_cast<void*>(&mdl), flags_of(mdl),
                          has(mdl, MDL_MAPPED_TO_SYSTEM_VA) ? mdl.MappedSystemVa : nullptr);
    }
    clear_flags(mdl, MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED);
}

MDL* mdls::allocate_pages(size_t bytes, bool zeroed, const void* caller) noexcept {
    const size_t whole = (bytes + page_mask) & ~page_mask;
    if (whole == 0 || whole > UINT32_MAX) {
        return nullptr;
    }
    void* pages = pool_->allocate({whole, pages_tag, false, zeroed, false}, caller);
    if (pages == nullptr) {
        return nullptr;
    }
    const size_t size = size_of(pages, whole);
    auto* mdl =
        static_cast<MDL*>(pool_->allocate({size, pages_mdl_tag, false, true, false}, caller));
    if (mdl == nullptr) {
        pool_->free(pages, pages_tag, caller);
        return nullptr;
    }
    mdl->Size = static_cast<CSHORT>(size);
    mdl->StartVa = pages;
    mdl->ByteCount = static_cast<ULONG>(whole);
    add_flags(*mdl, MDL_PAGES_LOCKED);
    write_page_numbers(*mdl);
    return mdl;
}

void mdls::free_pages(MDL& mdl, const void* caller) noexcept {
    if (!has(mdl, MDL_PAGES_LOCKED)) {
        verify::violation(rule::mdl_bad_unlock, caller, &mdl,
                          "MmFreePagesFromMdl of MDL %p with flags 0x%x, whose pages are freed",
                          static_cast<void*>(&mdl), flags_of(mdl));
    }
    if (has(mdl, MDL_MAPPED_TO_SYSTEM_VA)) {
        unmap(mdl.MappedSystemVa, mdl, caller);
    }
    clear_flags(mdl, MDL_PAGES_LOCKED);
    pool_->free(mdl.StartVa, pages_tag, caller);
}

void mdls::build_partial(const MDL& source, MDL& target, void* address, uint32_t length,
                         const void* caller) noexcept {
    const char* from = start_of(source);
    const auto offset = static_cast<uint64_t>(static_cast<char*>(address) - from);
    if (offset > source.ByteCount ||
        (length != 0 && length > source.ByteCount - static_cast<uint32_t>(offset))) {
        verify::violation(rule::mdl_beyond_allocation, caller, &target,
                          "IoBuildPartialMdl of %u bytes at %p from an MDL of %u bytes at %p",
                          length, address, source.ByteCount, static_cast<const void*>(from));
    }
    const uint32_t bytes = length != 0 ? length : source.ByteCount - static_cast<uint32_t>(offset);
    const auto at = reinterpret_cast<uintptr_t>(address);
    verify::entry e;
    const size_t room = pool_->records().find(object_kind::mdl, &target, e)
                            ? e.size
                            : static_cast<size_t>(static_cast<USHORT>(target.Size));
    if (size_of(address, bytes) > room) {
        verify::bug_check(bug_target_too_small, 0, 0, 0, 0, caller,
                          "IoBuildPartialMdl of %u bytes into MDL %p of %zu bytes, which needs %zu",
                          bytes, static_cast<void*>(&target), room, size_of(address, bytes));
    }
    if (has(target, MDL_PARTIAL_HAS_BEEN_MAPPED)) {
        unmap(target.MappedSystemVa, target, caller);
    }
    target.StartVa = reinterpret_cast<void*>(at & ~page_mask);
    target.ByteOffset = static_cast<ULONG>(at & page_mask);
    target.ByteCount = bytes;
    target.Process = source.Process;
    target.MdlFlags = static_cast<CSHORT>(target.MdlFlags & kept_flags);
    add_flags(target, MDL_PARTIAL | (source.MdlFlags & MDL_SOURCE_IS_NONPAGED_POOL) |
                          (source.MdlFlags & MDL_IO_SPACE));
    if (has(source, MDL_MAPPED_TO_SYSTEM_VA)) {
        add_flags(target, MDL_PARENT_MAPPED_SYSTEM_VA);
    }
    target.MappedSystemVa = has(source, MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)
                                ? static_cast<char*>(source.MappedSystemVa) + offset
                                : nullptr;
    write_page_numbers(target);
}

}  // namespace mm
