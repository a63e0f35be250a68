// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Critical and guarded regions of the calling thread. There are no APCs, so a region changes
// nothing but what KeAreApcsDisabled says; that each one is left is checked.

#pragma once

#include "ke/thread.hpp"

namespace ke {

inline void enter_critical_region(thread& t) noexcept {
    ++t.critical_regions;
}
inline void enter_guarded_region(thread& t) noexcept {
    ++t.guarded_regions;
}
void leave_critical_region(thread& t, const void* caller) noexcept;
void leave_guarded_region(thread& t, const void* caller) noexcept;

inline bool apcs_disabled(const thread& t) noexcept {
    return t.critical_regions != 0 || t.guarded_regions != 0 ||
           t.mutants.load(std::memory_order_relaxed) != 0;
}

}  // namespace ke
