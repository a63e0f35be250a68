// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/irp_memory.hpp"

#include <cstdint>

#include "base/annotate.hpp"
#include "base/assert.hpp"
#include "base/heap.hpp"
#include "host/host.hpp"
#include "io/irp_bytes.hpp"
#include "verify/fault.hpp"

namespace io {
namespace {

constexpr uint32_t magic_live = 0x50524920;  // " IRP"
constexpr uint32_t magic_free = 0x70726920;
constexpr int cached_stack_counts = 4;
constexpr uint32_t cached_max = 128;

struct alignas(16) header {
    uint32_t magic;
    uint8_t stack_count;
    irp_origin origin;
    bool pooled;  ///< may go to a thread's list
    header* next;
};

header* header_of(const IRP* irp) noexcept {
    return reinterpret_cast<header*>(const_cast<IRP*>(irp)) - 1;
}

constexpr size_t block_bytes(int stack_count) noexcept {
    return sizeof(header) + irp_bytes(stack_count);
}

header* allocate(int stack_count) noexcept {
    return static_cast<header*>(base::heap_allocate(block_bytes(stack_count)));
}

// The lists of one thread. Blocks move between threads freely: they go to the list of whoever
// frees them, up to a bound.
struct cache {
    header* free[cached_stack_counts + 1] = {};
    uint32_t count[cached_stack_counts + 1] = {};

    cache() = default;
    cache(const cache&) = delete;
    cache& operator=(const cache&) = delete;
    ~cache() {
        for (header*& list : free) {
            while (header* h = list) {
                list = h->next;
                base::heap_deallocate(h, block_bytes(h->stack_count));
            }
        }
    }
};

thread_local cache cache_;

// A simulation's memory ends with it, so none of it may stay in a thread's list.
bool cached(int stack_count) noexcept {
    return OPENWSK_ASAN == 0 && stack_count <= cached_stack_counts && !host::current().simulated();
}

}  // namespace

IRP* take_irp_memory(int stack_count) noexcept {
    OPENWSK_ASSERT(stack_count >= 0 && stack_count <= stack_count_max);
    if (verify::fault_here()) {
        return nullptr;
    }
    header* h = nullptr;
    const bool pooled = cached(stack_count);
    if (pooled && cache_.free[stack_count] != nullptr) {
        h = cache_.free[stack_count];
        cache_.free[stack_count] = h->next;
        --cache_.count[stack_count];
    } else {
        h = allocate(stack_count);
        if (h == nullptr) {
            return nullptr;
        }
        h->stack_count = static_cast<uint8_t>(stack_count);
        h->pooled = pooled;
    }
    h->magic = magic_live;
    h->origin = irp_origin::none;
    return reinterpret_cast<IRP*>(h + 1);
}

void give_irp_memory(IRP* irp) noexcept {
    header* h = header_of(irp);
    OPENWSK_ASSERT(h->magic == magic_live);
    h->magic = magic_free;
    h->origin = irp_origin::none;
    irp->Type = 0;
    const int stack_count = h->stack_count;
    if (h->pooled && cache_.count[stack_count] < cached_max) {
        h->next = cache_.free[stack_count];
        cache_.free[stack_count] = h;
        ++cache_.count[stack_count];
    } else {
        base::heap_deallocate(h, block_bytes(stack_count));
    }
}

irp_origin origin_of(const IRP* irp) noexcept {
    const header* h = header_of(irp);
    return h->magic == magic_live ? h->origin : irp_origin::none;
}

void set_origin(IRP* irp, irp_origin origin) noexcept {
    header_of(irp)->origin = origin;
}

}  // namespace io
