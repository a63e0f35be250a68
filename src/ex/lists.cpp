// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/lists.hpp"

#include "host/mutex.hpp"

namespace ex {
namespace {

struct alignas(64) cell {
    host::mutex lock{base::lock_rank::leaf};
};
constexpr size_t cells_count = 32;
constinit cell cells[cells_count];

host::mutex& lock_of(const SLIST_HEADER& head) noexcept {
    const uint64_t mixed = reinterpret_cast<uintptr_t>(&head) * 0x9e3779b97f4a7c15u;
    return cells[mixed >> (64 - 5)].lock;
}

SLIST_ENTRY* first_of(const SLIST_HEADER& head) noexcept {
    return reinterpret_cast<SLIST_ENTRY*>(uintptr_t{head.HeaderX64.NextEntry} << 4);
}

void store(SLIST_HEADER& head, SLIST_ENTRY* first, uint16_t count) noexcept {
    head.HeaderX64.NextEntry = reinterpret_cast<uintptr_t>(first) >> 4;
    head.HeaderX64.Depth = count;
    head.HeaderX64.Sequence = head.HeaderX64.Sequence + 1;
}

}  // namespace

void initialize(SLIST_HEADER& head) noexcept {
    host::guard g(lock_of(head));
    head.Alignment = 0;
    head.Region = 0;
}

SLIST_ENTRY* push(SLIST_HEADER& head, SLIST_ENTRY* entry) noexcept {
    host::guard g(lock_of(head));
    SLIST_ENTRY* before = first_of(head);
    entry->Next = before;
    store(head, entry, static_cast<uint16_t>(head.HeaderX64.Depth + 1));
    return before;
}

SLIST_ENTRY* pop(SLIST_HEADER& head) noexcept {
    host::guard g(lock_of(head));
    SLIST_ENTRY* entry = first_of(head);
    if (entry != nullptr) {
        store(head, entry->Next, static_cast<uint16_t>(head.HeaderX64.Depth - 1));
    }
    return entry;
}

SLIST_ENTRY* flush(SLIST_HEADER& head) noexcept {
    host::guard g(lock_of(head));
    SLIST_ENTRY* entry = first_of(head);
    store(head, nullptr, 0);
    return entry;
}

SLIST_ENTRY* first(const SLIST_HEADER& head) noexcept {
    host::guard g(lock_of(head));
    return first_of(head);
}

uint16_t depth(const SLIST_HEADER& head) noexcept {
    host::guard g(lock_of(head));
    return static_cast<uint16_t>(head.HeaderX64.Depth);
}

}  // namespace ex
