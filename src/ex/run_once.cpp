// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/run_once.hpp"

#include <atomic>

#include "ke/parking.hpp"

namespace ex {
namespace {

enum state : uintptr_t { untouched = 0, running = 1, done = 2, racing = 3 };
constexpr uintptr_t state_bits = 3;

std::atomic_ref<void*> word_of(RTL_RUN_ONCE& once) noexcept {
    return std::atomic_ref<void*>(once.Ptr);
}

uintptr_t state_of(const void* word) noexcept {
    return reinterpret_cast<uintptr_t>(word) & state_bits;
}

void* word(uintptr_t value) noexcept {
    return reinterpret_cast<void*>(value);
}

}  // namespace

base::status begin(ke::thread& self, RTL_RUN_ONCE& once, uint32_t flags, void** context) noexcept {
    constexpr uint32_t known = RTL_RUN_ONCE_CHECK_ONLY | RTL_RUN_ONCE_ASYNC;
    const bool look = (flags & RTL_RUN_ONCE_CHECK_ONLY) != 0;
    const bool async = (flags & RTL_RUN_ONCE_ASYNC) != 0;
    if ((flags & ~known) != 0 || (look && async)) {
        return STATUS_INVALID_PARAMETER_2;
    }
    ke::parking& parked = ke::parking_of(self);
    for (;;) {
        const uint32_t ticket = parked.ticket(&once);
        void* seen = word_of(once).load(std::memory_order_acquire);
        switch (state_of(seen)) {
            case done:
                if (context != nullptr) {
                    *context = word(reinterpret_cast<uintptr_t>(seen) & ~state_bits);
                }
                return STATUS_SUCCESS;
            case untouched:
                if (look) {
                    return STATUS_UNSUCCESSFUL;
                }
                if (word_of(once).compare_exchange_strong(seen, word(async ? racing : running),
                                                          std::memory_order_acq_rel)) {
                    return STATUS_PENDING;
                }
                break;
            case racing:
                return look    ? STATUS_UNSUCCESSFUL
                       : async ? STATUS_PENDING
                               : STATUS_INVALID_PARAMETER_2;
            default:
                if (look) {
                    return STATUS_UNSUCCESSFUL;
                }
                if (async) {
                    return STATUS_INVALID_PARAMETER_2;
                }
                self.waits_for = &once;
                parked.sleep(&once, ticket);
                self.waits_for = nullptr;
        }
    }
}

base::status complete(ke::thread& self, RTL_RUN_ONCE& once, uint32_t flags,
                      void* context) noexcept {
    const bool failed = (flags & RTL_RUN_ONCE_INIT_FAILED) != 0;
    const bool async = (flags & RTL_RUN_ONCE_ASYNC) != 0;
    if (failed && (async || context != nullptr)) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if ((reinterpret_cast<uintptr_t>(context) & state_bits) != 0) {
        return STATUS_INVALID_PARAMETER_3;
    }
    void* next = failed ? word(untouched) : word(reinterpret_cast<uintptr_t>(context) | done);
    void* seen = word(async ? racing : running);
    if (!word_of(once).compare_exchange_strong(seen, next, std::memory_order_acq_rel)) {
        return STATUS_UNSUCCESSFUL;
    }
    ke::parking_of(self).wake_all(&once);
    return STATUS_SUCCESS;
}

}  // namespace ex
