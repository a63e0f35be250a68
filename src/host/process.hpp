// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Child processes: something that may end its process is run in one, watched and survived. The
// caller has one thread.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace host {

/// Pages that a process shares with its children, zeroed; null when there are none.
void* map_shared(size_t bytes) noexcept;
void unmap_shared(void* address, size_t bytes) noexcept;

struct child_end {
    int code;    ///< exit code
    int signal;  ///< that ended it, or 0
};

/// Runs body in a child process that ends with 0 behind it. Its standard output and error go to
/// *output (null: dropped). It is ended when progress (in shared pages) has not moved for silent_s
/// seconds. False when there is no process to be had.
bool run_child(const std::function<void()>& body, const std::atomic<uint64_t>& progress,
               uint32_t silent_s, std::string* output, child_end& end);

}  // namespace host
