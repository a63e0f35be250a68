// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The kernel's view of a thread: what KTHREAD/ETHREAD hold on Windows. PETHREAD and PKTHREAD of
// drivers point at its dispatcher header.
//
// A thread belongs to one machine. The runtime makes system threads, I/O threads and workers;
// a thread that NT did not create is attached by its first NT call (ke::current).

#pragma once

#include <atomic>
#include <cstdint>

#include "base/list.hpp"
#include "base/machine.hpp"
#include "host/host.hpp"

namespace ke {

class processor;
struct callout_frame;
struct deferred;

struct thread : host::thread {
    // Constant while the thread runs.
    uint32_t id = 0;        ///< PsGetCurrentThreadId, a multiple of four
    bool attached = false;  ///< not started by the runtime
    const void* start = nullptr;

    // Owned by the thread itself.
    processor* cpu = nullptr;  ///< held while IRQL >= DISPATCH_LEVEL
    uint32_t last_cpu = 0;
    callout_frame* frame = nullptr;  ///< innermost gate on this stack
    uint32_t depth = 0;              ///< gates on this stack
    uint32_t critical_regions = 0;
    const void* waits_for = nullptr;  ///< what the thread blocks on, for reports

    /// Work this thread must run at its next wait, fall below DISPATCH_LEVEL or NT entry below
    /// it (completion policy "deferred"). Pushed by the owner, taken whole by the owner or the
    /// monitor.
    std::atomic<deferred*> deferred_head{nullptr};
    std::atomic<uint64_t> deferred_since_ns{0};
    bool draining = false;
};

/// The calling thread; attaches it to the default machine if the runtime does not know it yet.
thread& current() noexcept;

/// The calling thread's machine.
inline base::machine& current_machine() noexcept {
    return *current().machine;
}

/// Work item of the deferred queue: embedded in a strand. run may call into the driver; it is
/// called at the thread's IRQL at that moment (< DISPATCH_LEVEL) without any lock.
struct deferred {
    deferred* next = nullptr;
    void (*run)(deferred&) noexcept = nullptr;
};

/// Queues d on the calling thread. d must not be queued already.
void defer(deferred& d) noexcept;

/// Runs what is queued, unless IRQL >= DISPATCH_LEVEL or a drain is already on this stack.
void drain_deferred_slow(thread& t) noexcept;

inline void drain_deferred(thread& t) noexcept {
    if (OPENWSK_UNLIKELY(t.deferred_head.load(std::memory_order_relaxed) != nullptr)) {
        drain_deferred_slow(t);
    }
}

/// Takes everything queued on another thread (monitor). Returns a list linked through next.
deferred* steal_deferred(thread& t) noexcept;

}  // namespace ke
