// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Time as drivers see it: interrupt time and system time in 100 ns units, a tick of 15.625 ms, a
// performance counter of 10 MHz. Interrupt time is the host's monotonic clock.

#pragma once

#include <cstdint>

#include "host/host.hpp"

namespace ke {

inline constexpr uint64_t ns_per_unit = 100;
inline constexpr uint64_t units_per_ms = 10000;
inline constexpr uint64_t units_per_tick = 156250;
inline constexpr uint64_t performance_frequency = 10000000;

inline uint64_t interrupt_time(host::host_interface& h) noexcept {
    return h.now_ns() / ns_per_unit;
}

/// Interrupt time of a due time as drivers give it: negative relative, else system time.
inline uint64_t due_interrupt_time(host::host_interface& h, int64_t due) noexcept {
    const uint64_t now = interrupt_time(h);
    if (due < 0) {
        const uint64_t in = 0 - static_cast<uint64_t>(due);
        return in > UINT64_MAX / 2 ? UINT64_MAX / 2 : now + in;
    }
    const uint64_t system = h.system_time_100ns();
    const auto at = static_cast<uint64_t>(due);
    return at <= system ? now : now + (at - system);
}

}  // namespace ke
