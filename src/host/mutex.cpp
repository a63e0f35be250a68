// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/mutex.hpp"

namespace host {
namespace {

// A critical section of ours lasts well under a microsecond: a few turns of spinning beat
// a futex round trip (4 to 38 us) when the owner runs on another CPU.
constexpr unsigned spin_rounds_max = 40;

}  // namespace

bool mutex::try_lock() noexcept {
    schedule_point(point::interlocked, this);
    uint32_t free = 0;
    if (!word_.compare_exchange_strong(free, 1, std::memory_order_acquire)) {
        return false;
    }
    note_acquire(false);
    return true;
}

void mutex::lock_slow() noexcept {
    host_interface& h = current();
    if (!h.simulated()) {
        for (unsigned round = 0; round < spin_rounds_max; ++round) {
            uint32_t free = 0;
            if (word_.load(std::memory_order_relaxed) == 0 &&
                word_.compare_exchange_strong(free, 1, std::memory_order_acquire)) {
                return;
            }
            h.spin(round);
        }
    }
    while (word_.exchange(2, std::memory_order_acquire) != 0) {
        h.wait(word_, 2, no_deadline);
    }
}

}  // namespace host
