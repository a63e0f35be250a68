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
};

/// The image that contains the address, or null. Any IRQL, no lock.
module* module_of(const void* address) noexcept;

/// Adds an image; the entry is never removed.
void add_module(module& m) noexcept;

/// True when no thread is inside a callout into the image.
bool quiet(const module& m) noexcept;

}  // namespace ke
