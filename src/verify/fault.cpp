// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "verify/fault.hpp"

#include <atomic>

namespace verify {
namespace {

// Relaxed: a fault point orders nothing; the counter only chooses which one fails. fail_at_ is
// tested first, so that a process that never arms pays one load of a shared line.
std::atomic<uint64_t> fail_at_{0};
std::atomic<uint64_t> seen_{0};
std::atomic<bool> once_{true};
std::atomic<bool> counting_{false};

}  // namespace

void arm_faults(uint64_t fail_at, bool once) noexcept {
    counting_.store(false, std::memory_order_relaxed);
    seen_.store(0, std::memory_order_relaxed);
    once_.store(once, std::memory_order_relaxed);
    fail_at_.store(fail_at, std::memory_order_relaxed);
    counting_.store(true, std::memory_order_relaxed);
}

uint64_t faults_seen() noexcept {
    return seen_.load(std::memory_order_relaxed);
}

bool fault_here() noexcept {
    if (!counting_.load(std::memory_order_relaxed)) {
        return false;
    }
    const uint64_t number = seen_.fetch_add(1, std::memory_order_relaxed) + 1;
    const uint64_t fail_at = fail_at_.load(std::memory_order_relaxed);
    if (fail_at == 0 || number < fail_at) {
        return false;
    }
    return number == fail_at || !once_.load(std::memory_order_relaxed);
}

}  // namespace verify
