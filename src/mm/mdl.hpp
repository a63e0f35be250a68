// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Memory descriptor lists: what IoAllocateMdl, MmProbeAndLockPages and their relatives do.
//
// Documents: "Using MDLs", MmProbeAndLockPages, MmBuildMdlForNonPagedPool, IoBuildPartialMdl.
//
// An MDL is the documented structure; its state is its flags, which drivers read:
//
//     fresh    -> built     [build: SOURCE_IS_NONPAGED_POOL, MappedSystemVa]
//     fresh    -> locked    [lock: PAGES_LOCKED, WRITE_OPERATION]
//     locked   -> mapped    [map: MAPPED_TO_SYSTEM_VA, MappedSystemVa]
//     mapped   -> locked    [unmap]
//     locked, mapped -> fresh [unlock]
//     fresh    -> partial   [build_partial: PARTIAL; locked, built or mapped as its source]
//     partial  -> partial   [map: MAPPED_TO_SYSTEM_VA, PARTIAL_HAS_BEEN_MAPPED; unmap]
//
// Driver and runtime share one address space, so a mapping is the memory itself and "locking" only
// proves that the range may be touched. The page numbers behind an MDL are the addresses of its
// pages divided by the page size.
//
// Any thread; IRQL as documented. No lock of its own.

#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "wdk/abi/io.h"

namespace mm {

class pool;

class mdls {
public:
    explicit mdls(pool& p) noexcept : pool_(&p) {}
    mdls(const mdls&) = delete;
    mdls& operator=(const mdls&) = delete;

    /// Bytes of an MDL for that range, with a page number for each page that it touches.
    static size_t size_of(const void* base, size_t length) noexcept;

    /// Null without memory. irp, if not null, receives the MDL: at the end of its chain if
    /// secondary, else as the only one. The driver frees it.
    MDL* allocate(void* address, uint32_t length, bool secondary, IRP* irp,
                  const void* caller) noexcept;
    /// Rules mdl-bad-free, mdl-freed-locked.
    void free(MDL* mdl, const void* caller) noexcept;

    /// For memory that is not paged pool. Rules mdl-bad-build, mdl-beyond-allocation.
    void build(MDL& mdl, const void* caller) noexcept;
    /// Rule mdl-bad-lock. STATUS_ACCESS_VIOLATION when the memory does not permit the operation.
    base::status lock(MDL& mdl, LOCK_OPERATION operation, const void* caller) noexcept;
    /// Unmaps first. Rule mdl-bad-unlock.
    void unlock(MDL& mdl, const void* caller) noexcept;
    /// Where the memory can be used, which is where it is. Null without memory (a fault point).
    /// Rule mdl-bad-map.
    void* map(MDL& mdl, KPROCESSOR_MODE mode, const void* caller) noexcept;
    /// address is what map gave. Rule mdl-bad-unmap.
    void unmap(void* address, MDL& mdl, const void* caller) noexcept;
    /// Makes target, which has room for it, describe length bytes from address on of what source
    /// describes; 0: to its end. Rule mdl-beyond-allocation; too little room is bug check 0x40.
    void build_partial(const MDL& source, MDL& target, void* address, uint32_t length,
                       const void* caller) noexcept;

    /// Fresh pages behind an MDL that is a pool block of its own (ExFreePool frees it, after
    /// free_pages). Null without memory.
    MDL* allocate_pages(size_t bytes, bool zeroed, const void* caller) noexcept;
    /// The MDL itself stays. Rule mdl-bad-unlock if there are none.
    void free_pages(MDL& mdl, const void* caller) noexcept;

private:
    void check_block(const MDL& mdl, const void* caller) noexcept;

    pool* pool_;
};

}  // namespace mm
