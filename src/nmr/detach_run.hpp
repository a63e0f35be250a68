// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A run: bindings that one deregister call detaches and cleans up one after the other, oldest
// first, without taking the registrar's lock in between. Taking it for each step of each binding
// would cost more than everything else that a deregistration does.
//
// The runner, which is the thread of the deregister call, takes bindings into a run under the lock
// and then begins one after the other. Whoever deregisters the other module of one of them must not
// depend on how far the runner gets: it may be inside a callback that waits for this very thread.
// It therefore breaks the run, under the lock: what is through ends there and then, what has not
// begun is free again, and the runner keeps the one that it is at. A binding that was taken out of
// another run begins at once, so it never waits behind others again.
//
// Binding b of a run (b.run names the run; written under the lock):
//
//     attached -> detaching, sides calling   [begin]           by the runner, without the lock
//     detaching -> cleanup, sides done       [both returned]   by the runner, without the lock
//     detaching, b.run = null                [one is pending]  from here on as every other binding
//     cleanup -> none                        [end_run, break]  under the lock
//     attached, b.run = null                 [end_run, break]  not begun, free again
//
// Who has begun what is settled as in host/rundown.hpp: the runner counts the next binding as begun
// and then looks whether the run is broken; a breaker sets broken, issues the heavy fence and then
// reads the count. So either the runner sees that the run is broken and begins nothing, or the
// breaker sees the count and leaves that binding alone; if both, the binding is still the runner's.
// Everybody else reads the state and the phases of a binding in a run as they happen to be: a
// Complete that meets a callback on its way out may find either side of it, as it may on Windows.
// In a simulation the run is the object that these steps announce.

#pragma once

#include <atomic>
#include <cstdint>

#include "host/host.hpp"
#include "nmr/module.hpp"

namespace nmr {

class binding;
class registration;

struct detach_run {
    static constexpr uint32_t capacity = 64;

    detach_run(registration& leaving, side first) noexcept : of(&leaving), whose(first) {}
    detach_run(const detach_run&) = delete;
    detach_run& operator=(const detach_run&) = delete;

    /// Counts the binding at i as begun; false when the run was broken, and nothing begins.
    [[nodiscard]] bool begin(uint32_t i) noexcept {
        host::schedule_point(host::point::interlocked, this);
        // What was done for the one before is seen by whoever sees the count.
        begun.store(i + 1, std::memory_order_release);
        host::light_fence(fence);
        return OPENWSK_LIKELY(!broken.load(std::memory_order_acquire));
    }

    /// How many have begun, for a breaker; all but the last of them are through.
    [[nodiscard]] uint32_t stop() noexcept {
        host::schedule_point(host::point::interlocked, this);
        broken.store(true, std::memory_order_seq_cst);
        host::current().heavy_fence();
        return begun.load(std::memory_order_acquire);
    }

    registration* const of;
    const side whose;  ///< is told first

    // Guarded by the registrar's lock.
    uint32_t count = 0;
    binding* items[capacity];

    // Own synchronisation.
    std::atomic<uint32_t> begun{0};
    std::atomic<bool> broken{false};
    std::atomic<uint32_t> fence{0};  ///< for light_fence
};

}  // namespace nmr
