// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Finds a simulated thread that runs for ever without reaching a schedule point (a loop on a plain
// variable): the scheduler is never called again, so a timer of the process's CPU time looks.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace host {

/// Called in a signal handler on the thread that hangs: return addresses, innermost first; the
/// first one is the instruction itself plus one. Must not return.
using hung_handler = void (*)(const void* const* frames, size_t depth) noexcept;

/// From now on, when the counter has not moved for this many seconds of CPU time. The calling
/// process has one thread. Nothing is seen under ThreadSanitizer, which holds signals back.
void watch_progress(const std::atomic<uint64_t>& counter, uint32_t seconds,
                    hung_handler hung) noexcept;

/// Ends the watch.
void end_progress_watch() noexcept;

}  // namespace host
