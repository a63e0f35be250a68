// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the entry points that are given a thread share. Any IRQL up to DISPATCH_LEVEL.

#pragma once

#include "ke/edge.hpp"
#include "ke/kernel.hpp"
#include "verify/violation.hpp"

namespace ddi {

/// The thread that a driver names, with a reference. A pointer that is no thread of the machine
/// stops it (rule object-bad-pointer), so the answer is never null.
inline base::ref_ptr<ke::thread> thread_argument(const ke::edge& e, PETHREAD object) noexcept {
    base::ref_ptr<ke::thread> t = e.thread().home->reference(object);
    if (OPENWSK_UNLIKELY(!t)) {
        verify::violation(verify::rule::object_bad_pointer, e.caller(), object,
                          "%s was called with %p, which is no thread", e.name(),
                          static_cast<void*>(object));
    }
    return t;
}

}  // namespace ddi
