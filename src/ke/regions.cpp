// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/regions.hpp"

#include "verify/violation.hpp"

namespace ke {
namespace {

void leave(uint32_t& count, const char* kind, const void* caller) noexcept {
    if (OPENWSK_UNLIKELY(count == 0)) {
        verify::violation(verify::rule::region_not_entered, caller, nullptr,
                          "a %s region is left that the thread is not in", kind);
    }
    --count;
}

}  // namespace

void leave_critical_region(thread& t, const void* caller) noexcept {
    leave(t.critical_regions, "critical", caller);
}

void leave_guarded_region(thread& t, const void* caller) noexcept {
    leave(t.guarded_regions, "guarded", caller);
}

}  // namespace ke
