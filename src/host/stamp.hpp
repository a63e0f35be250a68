// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Stamps: times that are taken often and looked at seldom, for half the price of now_ns.
//
// Where the processor counts time at a constant rate on all its cores ("invariant TSC"), a stamp is
// that count. What it is in nanoseconds is worked out when somebody asks, from two readings of both
// clocks: one when the stamp_clock was made and one now. So nothing is calibrated in advance, and
// a stamp that was taken just now is exact. Elsewhere, and in a simulation, a stamp is now_ns
// itself.
//
// Any thread, any IRQL, no lock.

#pragma once

#include <cstdint>

#include "host/host.hpp"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace host {

class stamp_clock {
public:
    explicit stamp_clock(host_interface& h) noexcept;

    /// Of one thread: never goes back. Of several: as well as their processors agree.
    [[nodiscard]] uint64_t now() const noexcept {
        return OPENWSK_LIKELY(counts_) ? count() : host_->now_ns();
    }

    /// True where count() is what now() answers, for callers that have no time to spare.
    [[nodiscard]] bool counts() const noexcept { return counts_; }
    [[nodiscard]] static uint64_t count() noexcept {
#if defined(__x86_64__)
        return __rdtsc();
#else
        return 0;
#endif
    }

    /// When the clock was made, on the scale of now_ns.
    [[nodiscard]] uint64_t start_ns() const noexcept {
        return start_.ns;
    }

    /// Translates stamps; best for those near the moment it was made.
    class scale {
    public:
        /// Nanoseconds from the making of the clock to the stamp.
        [[nodiscard]] uint64_t elapsed_ns(uint64_t stamp) const noexcept {
            const uint64_t passed = stamp > start_ ? stamp - start_ : 0;
            return exact_ ? passed : static_cast<uint64_t>(static_cast<double>(passed) * ratio_);
        }

    private:
        friend class stamp_clock;
        uint64_t start_ = 0;
        double ratio_ = 0;
        bool exact_ = true;
    };
    [[nodiscard]] scale read() const noexcept;

private:
    struct both {
        uint64_t ns;
        uint64_t stamp;
    };
    [[nodiscard]] both read_both() const noexcept;

    host_interface* host_;
    bool counts_;
    both start_;
};

}  // namespace host
