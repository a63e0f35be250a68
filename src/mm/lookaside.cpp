// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "mm/lookaside.hpp"

#include <cstring>

#include "ke/callout.hpp"
#include "mm/pool.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace mm {
namespace {

using base::object_kind;
using verify::rule;

constexpr USHORT depth_reported = 4;
constexpr USHORT depth_max = 256;

handle_value handle_in(const GENERAL_LOOKASIDE_POOL& list) noexcept {
    return (handle_value{list.Future[1]} << 32) | list.Future[0];
}

void write_handle(GENERAL_LOOKASIDE_POOL& list, handle_value h) noexcept {
    list.Future[0] = static_cast<ULONG>(h);
    list.Future[1] = static_cast<ULONG>(h >> 32);
}

// Statistics that debuggers look at; several threads may be inside.
void count(ULONG& counter) noexcept {
    __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED);
}

}  // namespace

lookaside_table::entry* lookaside_table::find_locked(const GENERAL_LOOKASIDE_POOL& list) noexcept {
    const handle_value h = handle_in(list);
    entry* e = is_kind(h, handle_kind::lookaside) ? entries_.find(h) : nullptr;
    return e != nullptr && e->list == &list ? e : nullptr;
}

base::status lookaside_table::initialize(GENERAL_LOOKASIDE_POOL& list, const lookaside_setup& setup,
                                         const void* caller) noexcept {
    if (pool_->records().knows(object_kind::lookaside, &list)) {
        verify::violation(rule::lookaside_initialized_twice, caller, &list,
                          "lookaside list %p is initialized again", static_cast<void*>(&list));
    }
    uint32_t wanted = 0;
    {
        host::guard g(lock_);
        wanted = entries_.free_count() == 0 ? entries_.next_chunk_objects() : 0;
    }
    entry* chunk = wanted != 0 ? slab<entry>::allocate(wanted) : nullptr;
    handle_value h = 0;
    {
        host::guard g(lock_);
        if (chunk != nullptr && entries_.next_chunk_objects() == wanted) {
            entries_.add(chunk);
            chunk = nullptr;
        }
        if (entry* e = entries_.take()) {
            e->list = &list;
            e->setup = setup;
            e->count = 0;
            h = e->handle_as(handle_kind::lookaside);
        }
    }
    if (chunk != nullptr) {
        slab<entry>::discard(chunk);
    }
    if (h == 0) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    std::memset(static_cast<void*>(&list), 0, sizeof list);
    list.Depth = depth_reported;
    list.MaximumDepth = depth_max;
    list.Type = setup.type;
    list.Tag = setup.tag;
    list.Size = static_cast<ULONG>(setup.bytes);
    list.AllocateEx = reinterpret_cast<PALLOCATE_FUNCTION_EX>(setup.allocate);
    list.FreeEx = reinterpret_cast<PFREE_FUNCTION_EX>(setup.free);
    list.ListEntry.Flink = list.ListEntry.Blink = &list.ListEntry;
    write_handle(list, h);
    pool_->records().add(object_kind::lookaside, &list, sizeof list, setup.tag, caller);
    return STATUS_SUCCESS;
}

lookaside_setup lookaside_table::require(const GENERAL_LOOKASIDE_POOL& list,
                                         const void* caller) noexcept {
    {
        host::guard g(lock_);
        if (const entry* e = find_locked(list)) {
            return e->setup;
        }
    }
    verify::violation(rule::lookaside_not_initialized, caller, &list,
                      "lookaside list %p is used and not initialized, or was deleted",
                      static_cast<const void*>(&list));
    OPENWSK_UNREACHABLE("a stop rule returned");
}

void* lookaside_table::allocate(GENERAL_LOOKASIDE_POOL& list, const void* caller,
                                bool& raises) noexcept {
    const lookaside_setup setup = require(list, caller);
    raises = setup.raises;
    void* block = nullptr;
    {
        host::guard g(lock_);
        entry* e = find_locked(list);
        if (e != nullptr && e->count > 0) {
            block = e->kept[--e->count];
        }
    }
    count(list.TotalAllocates);
    if (block != nullptr) {
        if (setup.allocate == nullptr) {
            pool_->hand_out(block, setup.bytes, setup.tag, setup.paged, caller);
        }
        return block;
    }
    count(list.AllocateMisses);
    if (setup.allocate == nullptr) {
        return pool_->allocate({setup.bytes, setup.tag, setup.paged, false, false}, caller);
    }
    if (setup.extended) {
        return ke::callout(ke::callout_kind::allocator,
                           reinterpret_cast<PALLOCATE_FUNCTION_EX>(setup.allocate), setup.type,
                           setup.bytes, setup.tag, reinterpret_cast<LOOKASIDE_LIST_EX*>(&list));
    }
    return ke::callout(ke::callout_kind::allocator,
                       reinterpret_cast<PALLOCATE_FUNCTION>(setup.allocate), setup.type,
                       setup.bytes, setup.tag);
}

// Gives a block to the driver's free routine, or to the pool.
void lookaside_table::release(GENERAL_LOOKASIDE_POOL& list, const lookaside_setup& setup,
                              void* block, bool aside, const void* caller) noexcept {
    if (setup.free == nullptr) {
        if (aside) {
            pool_->hand_out(block, setup.bytes, setup.tag, setup.paged, caller);
        }
        pool_->free(block, setup.tag, caller);
    } else if (setup.extended) {
        ke::callout(ke::callout_kind::allocator, reinterpret_cast<PFREE_FUNCTION_EX>(setup.free),
                    block, reinterpret_cast<LOOKASIDE_LIST_EX*>(&list));
    } else {
        ke::callout(ke::callout_kind::allocator, reinterpret_cast<PFREE_FUNCTION>(setup.free),
                    block);
    }
}

void lookaside_table::free(GENERAL_LOOKASIDE_POOL& list, void* block, const void* caller) noexcept {
    const lookaside_setup setup = require(list, caller);
    count(list.TotalFrees);
    // Blocks of the pool only: what another allocator returned is its own business.
    const bool keep = OPENWSK_ASAN == 0 && setup.allocate == nullptr && setup.free == nullptr;
    if (keep) {
        size_t bytes = 0;
        bool paged = false;
        const bool fits = !pool_->records().enabled() ||
                          (pool_->describe(block, bytes, paged) && bytes == setup.bytes);
        host::guard g(lock_);
        entry* e = find_locked(list);
        if (fits && e != nullptr && e->count < kept_max) {
            pool_->put_aside(block, setup.bytes);
            e->kept[e->count++] = block;
            return;
        }
    }
    count(list.FreeMisses);
    release(list, setup, block, false, caller);
}

void lookaside_table::flush(GENERAL_LOOKASIDE_POOL& list, const void* caller) noexcept {
    const lookaside_setup setup = require(list, caller);
    for (;;) {
        void* block = nullptr;
        {
            host::guard g(lock_);
            entry* e = find_locked(list);
            if (e == nullptr || e->count == 0) {
                return;
            }
            block = e->kept[--e->count];
        }
        release(list, setup, block, true, caller);
    }
}

void lookaside_table::remove(GENERAL_LOOKASIDE_POOL& list, const void* caller) noexcept {
    flush(list, caller);
    {
        host::guard g(lock_);
        if (entry* e = find_locked(list)) {
            e->list = nullptr;
            entries_.put(*e);
        }
    }
    write_handle(list, 0);
    pool_->records().remove(object_kind::lookaside, &list);
}

}  // namespace mm
