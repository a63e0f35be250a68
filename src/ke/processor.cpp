// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/processor.hpp"

namespace ke {
namespace {

// Code at DISPATCH_LEVEL is short: a few turns beat a futex round trip.
constexpr unsigned spin_rounds_max = 40;

}  // namespace

processor_set::processor_set(uint32_t count) noexcept : count_(count) {
    OPENWSK_ASSERT(count > 0 && count <= count_max);
    for (uint32_t i = 0; i < count; ++i) {
        processors_[i].number_ = i;
    }
}

// With announce, leaves a mark on every allowed processor that is owned, so that its release moves
// releases_.
bool processor_set::try_take_any(thread& t, uint64_t allowed, bool announce) noexcept {
    for (uint32_t step = 0; step < count_; ++step) {
        const uint32_t number = (t.last_cpu + step) % count_;
        if ((allowed >> number & 1) == 0) {
            continue;
        }
        processor& p = processors_[number];
        for (;;) {
            uintptr_t seen = p.word_.load(std::memory_order_relaxed);
            if (seen == 0) {
                if (p.try_take(t)) {
                    t.cpu = &p;
                    t.last_cpu = number;
                    return true;
                }
                continue;
            }
            if (!announce || (seen & awaited) != 0 ||
                p.word_.compare_exchange_strong(seen, seen | awaited, std::memory_order_seq_cst)) {
                break;
            }
        }
    }
    return false;
}

void processor_set::take_slow(thread& t) noexcept {
    const uint64_t allowed = t.affinity() & mask();
    OPENWSK_ASSERT(allowed != 0);
    host::host_interface& h = host::current();
    for (unsigned round = 0; round < spin_rounds_max; ++round) {
        if (try_take_any(t, allowed, false)) {
            return;
        }
        h.spin(round);
    }
    for (;;) {
        const uint32_t seen = releases_.load(std::memory_order_acquire);
        if (try_take_any(t, allowed, true)) {
            return;
        }
        h.wait(releases_, seen, host::no_deadline);
    }
}

void processor_set::wake_sleepers() noexcept {
    releases_.fetch_add(1, std::memory_order_release);
    host::current().wake(releases_, UINT32_MAX);
}

}  // namespace ke
