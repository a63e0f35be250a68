// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRQL: a property of the thread. Rising to DISPATCH_LEVEL takes a virtual processor; falling below
// runs the DPCs queued on it, gives it back, and then runs the completions the thread owes.
//
// Documents: "Managing Hardware Priorities", KeRaiseIrql, KeLowerIrql. The functions here are for
// the calling thread only. No internal lock may be held where DISPATCH_LEVEL is crossed.

#pragma once

#include <cstdint>

#include "ke/kernel.hpp"
#include "ke/thread.hpp"

namespace ke {

inline constexpr uint8_t passive_level = 0;
inline constexpr uint8_t apc_level = 1;
inline constexpr uint8_t dispatch_level = 2;
inline constexpr uint8_t high_level = 15;

/// Raises to irql, which is not below the current one; returns the old one.
inline uint8_t raise(thread& t, uint8_t irql) noexcept {
    const uint8_t old = t.irql;
    OPENWSK_ASSERT(irql >= old && irql <= high_level);
    if (old < dispatch_level && irql >= dispatch_level) {
        t.home->processors().take(t);
    }
    t.irql = irql;
    return old;
}

/// The part of lower that leaves DISPATCH_LEVEL.
void leave_dispatch(thread& t, uint8_t irql) noexcept;

/// Lowers to irql, which is not above the current one.
inline void lower(thread& t, uint8_t irql) noexcept {
    OPENWSK_ASSERT(irql <= t.irql);
    if (t.irql >= dispatch_level && irql < dispatch_level) {
        leave_dispatch(t, irql);
    } else {
        t.irql = irql;
    }
}

/// Limits the calling thread to processors in mask, which names at least one that exists; 0 ends
/// the limit. Below DISPATCH_LEVEL at once, otherwise when IRQL falls below it.
void set_system_affinity(thread& t, uint64_t mask) noexcept;
/// Limits any thread, from the next time it rises to DISPATCH_LEVEL on. False, and nothing changes,
/// if mask names no processor, or one that does not exist.
bool set_user_affinity_of(thread& t, uint64_t mask) noexcept;

/// The processor the calling thread runs on; below DISPATCH_LEVEL it may change at any time.
uint32_t processor_number(thread& t) noexcept;

/// Holds the calling thread at DISPATCH_LEVEL or above while in scope.
class dispatch_scope {
public:
    explicit dispatch_scope(thread& t) noexcept
        : thread_(&t), old_(t.irql < dispatch_level ? raise(t, dispatch_level) : t.irql) {}
    dispatch_scope(const dispatch_scope&) = delete;
    dispatch_scope& operator=(const dispatch_scope&) = delete;
    ~dispatch_scope() { lower(*thread_, old_); }

private:
    thread* thread_;
    uint8_t old_;
};

}  // namespace ke
