// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Lookaside lists: blocks of one size that are kept when they are freed.
//
// Documents: "Using Lookaside Lists", ExInitializeLookasideListEx, ExInitializeNPagedLookasideList.
//
// What the driver's structure holds is its documented bytes; the kept blocks hang on an object of
// the runtime that the structure names by handle (in Future). A block that is kept is not the
// driver's: it is not in the ledger, and AddressSanitizer builds keep none, so that a touch of a
// freed block is reported where it happens.
//
//     none -> live [initialize]     live -> none [remove: gives back what is kept]
//
// IRQL: as the pool type of the list. Lock: one for the table, rank memory; never across a call to
// the driver's allocate and free routines.

#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "host/mutex.hpp"
#include "mm/slab.hpp"
#include "wdk/abi/ex.h"

namespace mm {

class pool;

struct lookaside_setup {
    bool paged;
    bool raises;     ///< who allocates wants an exception, for the edge to know
    bool extended;   ///< the routines take the list as an argument
    void* allocate;  ///< ALLOCATE_FUNCTION or ALLOCATE_FUNCTION_EX, or null
    void* free;      ///< FREE_FUNCTION or FREE_FUNCTION_EX, or null
    POOL_TYPE type;  ///< handed to the allocate routine
    size_t bytes;
    uint32_t tag;
};

class lookaside_table {
public:
    explicit lookaside_table(pool& p) noexcept : pool_(&p) {}
    lookaside_table(const lookaside_table&) = delete;
    lookaside_table& operator=(const lookaside_table&) = delete;

    /// STATUS_INSUFFICIENT_RESOURCES without memory. Rule lookaside-initialized-twice.
    base::status initialize(GENERAL_LOOKASIDE_POOL& list, const lookaside_setup& setup,
                            const void* caller) noexcept;
    /// Ends it. Here and below: rule lookaside-not-initialized for what is no list.
    void remove(GENERAL_LOOKASIDE_POOL& list, const void* caller) noexcept;

    /// Null without memory; raises says whether the driver wants an exception then.
    void* allocate(GENERAL_LOOKASIDE_POOL& list, const void* caller, bool& raises) noexcept;
    /// Keeps the block, or gives it to the list's free routine or the pool.
    void free(GENERAL_LOOKASIDE_POOL& list, void* block, const void* caller) noexcept;
    /// Gives back what is kept.
    void flush(GENERAL_LOOKASIDE_POOL& list, const void* caller) noexcept;

private:
    static constexpr uint32_t kept_max = 64;

    struct entry : slab_entry {
        const void* list = nullptr;
        lookaside_setup setup{};
        uint32_t count = 0;
        void* kept[kept_max] = {};
    };

    entry* find_locked(const GENERAL_LOOKASIDE_POOL& list) noexcept OPENWSK_REQUIRES(lock_);
    /// Copies the set-up of a live list; a stop rule otherwise.
    lookaside_setup require(const GENERAL_LOOKASIDE_POOL& list, const void* caller) noexcept;
    void release(GENERAL_LOOKASIDE_POOL& list, const lookaside_setup& setup, void* block,
                 bool aside, const void* caller) noexcept;

    pool* pool_;
    host::mutex lock_{base::lock_rank::memory};
    slab<entry> entries_ OPENWSK_GUARDED_BY(lock_);
};

}  // namespace mm
