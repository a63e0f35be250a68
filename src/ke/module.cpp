// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The table is a hash of 64 KB regions of the address space: an image is entered once for each
// region it touches, in front of older ones. Entries are never removed, so lookups take no lock.

#include "ke/module.hpp"

#include <algorithm>
#include <iterator>
#include <new>

#include "host/mutex.hpp"

namespace ke {
namespace {

constexpr unsigned region_shift = 16;
constexpr size_t buckets = 4096;

struct entry {
    module* image;
    entry* next;
};

// Published with release by add_module, read with acquire by module_of.
constinit std::atomic<entry*> table[buckets] = {};
constinit host::mutex table_lock{base::lock_rank::leaf};

std::atomic<entry*>& bucket_of(uintptr_t region) noexcept {
    const uint64_t mixed = region * 0x9e3779b97f4a7c15u;
    return table[mixed >> (64 - 12)];
}

}  // namespace

module* module_of(const void* address) noexcept {
    const auto a = reinterpret_cast<uintptr_t>(address);
    const entry* e = bucket_of(a >> region_shift).load(std::memory_order_acquire);
    for (; e != nullptr; e = e->next) {
        const auto base = reinterpret_cast<uintptr_t>(e->image->base);
        if (a - base < e->image->size) {
            return e->image;
        }
    }
    return nullptr;
}

void add_module(module& m) noexcept {
    OPENWSK_ASSERT(m.size > 0);
    const auto base = reinterpret_cast<uintptr_t>(m.base);
    const uintptr_t last = (base + m.size - 1) >> region_shift;
    host::guard g(table_lock);
    for (uintptr_t region = base >> region_shift; region <= last; ++region) {
        std::atomic<entry*>& head = bucket_of(region);
        auto* e = new (std::nothrow) entry{&m, head.load(std::memory_order_relaxed)};
        OPENWSK_ASSERT(e != nullptr);
        head.store(e, std::memory_order_release);
    }
}

void keep_module(module& m) noexcept {
    m.shared.entered.fetch_add(1, std::memory_order_seq_cst);
}

void let_module_go(module& m) noexcept {
    m.shared.left.fetch_add(1, std::memory_order_seq_cst);
    if (OPENWSK_UNLIKELY(m.watched.load(std::memory_order_seq_cst))) {
        wake_watcher(m);
    }
}

void wake_watcher(module& m) noexcept {
    m.departures.fetch_add(1, std::memory_order_release);
    host::current().wake(m.departures, UINT32_MAX);
}

void forget_uses(module& m) noexcept {
    const auto forget = [](module::use_count& c) {
        c.entered.store(0, std::memory_order_relaxed);
        c.left.store(0, std::memory_order_relaxed);
    };
    std::for_each(std::begin(m.own), std::end(m.own), forget);
    forget(m.shared);
    m.watched.store(false, std::memory_order_relaxed);
    m.departures.store(0, std::memory_order_relaxed);
}

bool quiet(const module& m) noexcept {
    host::current().heavy_fence();
    // Left before entered: a thread that is inside is counted as entered in the second sum.
    uint64_t left = m.shared.left.load(std::memory_order_seq_cst);
    for (const module::use_count& c : m.own) {
        left += c.left.load(std::memory_order_acquire);
    }
    uint64_t entered = m.shared.entered.load(std::memory_order_seq_cst);
    for (const module::use_count& c : m.own) {
        entered += c.entered.load(std::memory_order_acquire);
    }
    return entered == left;
}

bool wait_quiet(module& m, uint64_t deadline_ns) noexcept {
    m.watched.store(true, std::memory_order_seq_cst);
    for (;;) {
        const uint32_t seen = m.departures.load(std::memory_order_acquire);
        if (quiet(m)) {
            return true;
        }
        if (!host::current().wait(m.departures, seen, deadline_ns)) {
            return quiet(m);
        }
    }
}

}  // namespace ke
