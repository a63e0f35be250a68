// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Driver images as the kernel sees them: address ranges with a name, a count of threads inside,
// and a mark when they are unloaded. The list is process-level state and only grows: an unloaded
// image keeps its entry, so that a late call into it is reported by name.
//
// Counting who is inside. A thread that is called into the image counts itself in and out in a cell
// of its own (chosen by its seat, host/host.hpp) with plain stores. Threads without a seat, and
// uses that begin on one thread and end on another (a queued routine, a thread that starts in the
// image), share one pair of atomic counts. Counts only grow: whoever sums up what left before what
// entered finds them equal only if nobody was inside between the two sums, although each cell is
// read at a time of its own.
//
// Whoever counts stores first and looks at a flag after (unloaded, watched); whoever sets a flag
// does so first and reads the counts after. light_fence on the one side and heavy_fence on the
// other (quiet) stand between the two steps, so that one of them sees the other. To
// ThreadSanitizer a leave is a release that quiet acquires: what a callback did happens before the
// image goes. In a simulation nothing interrupts the steps between two schedule points, and only
// the sums matter, so which cell a thread uses makes no difference to a search.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/machine.hpp"
#include "host/host.hpp"

namespace ke {

struct module {
    const char* name;
    const char* base;
    size_t size;
    base::machine* owner;
    std::atomic<bool> unloaded{false};

    struct alignas(64) use_count {
        std::atomic<uint64_t> entered{0};
        std::atomic<uint64_t> left{0};
        std::atomic<uint32_t> fence{0};  ///< for light_fence
    };
    use_count own[host::seat_count];  ///< by seat of the thread, who alone writes it
    use_count shared;                 ///< written by all others

    /// Set while somebody waits for the image to become quiet; a thread that leaves then moves
    /// departures and wakes.
    std::atomic<bool> watched{false};
    std::atomic<uint32_t> departures{0};
};

/// The image that contains the address, or null. Any IRQL, no lock.
module* module_of(const void* address) noexcept;

/// Adds an image; the entry is never removed.
void add_module(module& m) noexcept;

/// Counts a use of the image that keeps it from being sealed and may end on another thread.
void keep_module(module& m) noexcept;
void let_module_go(module& m) noexcept;

void wake_watcher(module& m) noexcept;

/// Counts the calling thread into the image, for the length of a callout, and out again.
inline void enter_module(module& m, host::thread& self) noexcept {
    if (OPENWSK_UNLIKELY(self.seat >= host::seat_count) &&
        host::take_seat(self) >= host::seat_count) {
        keep_module(m);
        return;
    }
    module::use_count& c = m.own[self.seat];
    c.entered.store(c.entered.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    host::light_fence(c.fence);
}
inline void leave_module(module& m, const host::thread& self) noexcept {
    if (OPENWSK_UNLIKELY(self.seat >= host::seat_count)) {
        let_module_go(m);
        return;
    }
    module::use_count& c = m.own[self.seat];
    c.left.store(c.left.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    host::light_fence(c.fence);
    if (OPENWSK_UNLIKELY(m.watched.load(std::memory_order_seq_cst))) {
        wake_watcher(m);
    }
}

/// Starts the image's counts anew. No thread uses it.
void forget_uses(module& m) noexcept;

/// True when no thread is inside a callout into the image. Costs a heavy fence.
bool quiet(const module& m) noexcept;

/// Waits until no thread is inside a callout into the image; false when the deadline (host time)
/// passed first. IRQL < DISPATCH_LEVEL, no internal lock held.
bool wait_quiet(module& m, uint64_t deadline_ns) noexcept;

}  // namespace ke
