// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "base/heap.hpp"

#include "host/arena.hpp"
#include "host/host.hpp"

namespace base {

void* heap_allocate(size_t bytes) noexcept {
    return host::current().allocate(bytes);
}

void heap_deallocate(void* address, size_t bytes) noexcept {
    host::host_interface& h = host::current();
    // An object that outlives its simulation's run goes with the arena.
    if (host::arena::contains(address) && !h.simulated()) {
        return;
    }
    h.deallocate(address, bytes);
}

}  // namespace base
