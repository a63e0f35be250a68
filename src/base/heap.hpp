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

#include "base/assert.hpp"

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

/// For strings and lists of heap objects, so that a run of a simulation that is given up leaves
/// nothing behind. Running out of memory ends the process.
template <class T>
struct heap_allocator {
    using value_type = T;

    heap_allocator() = default;
    template <class U>
    heap_allocator(const heap_allocator<U>&) noexcept {}  // NOLINT: converts, as allocators do

    T* allocate(size_t n) noexcept {
        void* memory = heap_allocate(n * sizeof(T));
        OPENWSK_ASSERT(memory != nullptr);
        return static_cast<T*>(memory);
    }
    void deallocate(T* address, size_t n) noexcept { heap_deallocate(address, n * sizeof(T)); }

    template <class U>
    bool operator==(const heap_allocator<U>&) const noexcept {
        return true;
    }
};

}  // namespace base
