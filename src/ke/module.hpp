// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Driver images as the kernel sees them: address ranges with a name, a count of threads inside,
// and a mark when they are unloaded. The list is process-level state and only grows: an unloaded
// image keeps its entry, so that a late call into it is reported by name.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/machine.hpp"

namespace ke {

struct module {
    const char* name;
    const char* base;
    size_t size;
    base::machine* owner;
    std::atomic<bool> unloaded{false};

    /// Threads that are inside a callout into the image, spread over lines by thread ordinal.
    struct alignas(64) inside_count {
        std::atomic<uint64_t> entered{0};
        std::atomic<uint64_t> left{0};
    };
    static constexpr uint32_t shards = 8;
    inside_count inside[shards];

    /// Set while somebody waits for the image to become quiet; a thread that leaves then moves
    /// departures and wakes. Sequentially consistent against the counts.
    std::atomic<bool> watched{false};
    std::atomic<uint32_t> departures{0};
};

/// The image that contains the address, or null. Any IRQL, no lock.
module* module_of(const void* address) noexcept;

/// Adds an image; the entry is never removed.
void add_module(module& m) noexcept;

/// Counts a use of the image that keeps it from being sealed: a thread inside a callout, or a
/// queued routine that the driver stays loaded for. Left with the same shard.
inline void enter_module(module& m, uint32_t shard) noexcept {
    m.inside[shard].entered.fetch_add(1, std::memory_order_seq_cst);
}
void leave_module(module& m, uint32_t shard) noexcept;

/// True when no thread is inside a callout into the image.
bool quiet(const module& m) noexcept;

/// Waits until no thread is inside a callout into the image; false when the deadline (host time)
/// passed first. IRQL < DISPATCH_LEVEL, no internal lock held.
bool wait_quiet(module& m, uint64_t deadline_ns) noexcept;

}  // namespace ke
