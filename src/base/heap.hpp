// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Where the runtime's own objects live. Every class whose objects are made with new derives from
// heap_object, directly or through machine_part, slab_entry or host::thread; mm::try_new insists on
// it. On the real host that is malloc. On the simulated host it is the simulation's arena, so that
// the address of an object depends on the schedule alone and a search recognises it in the next
// run. Declared here, defined by the host folder.

#pragma once

#include <cstddef>
#include <new>

namespace base {

/// Memory from the calling thread's host, 16-byte aligned; null when there is none.
void* heap_allocate(size_t bytes) noexcept;
void heap_deallocate(void* address, size_t bytes) noexcept;

class heap_object {
public:
    static void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
        return heap_allocate(bytes);
    }
    static void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
        return heap_allocate(bytes);
    }
    static void* operator new(size_t, void* place) noexcept { return place; }
    static void operator delete(void* address, size_t bytes) noexcept {
        heap_deallocate(address, bytes);
    }
    static void operator delete[](void* address, size_t bytes) noexcept {
        heap_deallocate(address, bytes);
    }
};

}  // namespace base
