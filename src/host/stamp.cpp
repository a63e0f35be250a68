// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/stamp.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace host {
namespace {

bool counts_evenly() noexcept {
#if defined(__x86_64__)
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    constexpr unsigned power_management = 0x80000007;
    constexpr unsigned invariant_tsc = 1u << 8;
    return __get_cpuid(power_management, &a, &b, &c, &d) != 0 && (d & invariant_tsc) != 0;
#else
    return false;
#endif
}

}  // namespace

stamp_clock::stamp_clock(host_interface& h) noexcept
    : host_(&h), counts_(!h.simulated() && counts_evenly()), start_(read_both()) {}

// The pair between whose halves the least time passed: the thread may lose the processor there.
stamp_clock::both stamp_clock::read_both() const noexcept {
    if (!counts_) {
        const uint64_t ns = host_->now_ns();
        return {ns, ns};
    }
    constexpr unsigned attempts = 4;
    both best{};
    uint64_t least = UINT64_MAX;
    for (unsigned i = 0; i < attempts; ++i) {
        const uint64_t before = now();
        const uint64_t ns = host_->now_ns();
        const uint64_t apart = now() - before;
        if (apart < least) {
            least = apart;
            best = {ns, before + apart / 2};
        }
    }
    return best;
}

stamp_clock::scale stamp_clock::read() const noexcept {
    scale s;
    s.start_ = start_.stamp;
    if (counts_) {
        const both end = read_both();
        s.exact_ = false;
        s.ratio_ = end.stamp > start_.stamp ? static_cast<double>(end.ns - start_.ns) /
                                                  static_cast<double>(end.stamp - start_.stamp)
                                            : 0;
    }
    return s;
}

}  // namespace host
