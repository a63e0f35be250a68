// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Arrays of plain values from the place where heap objects live (base/heap.hpp).

#pragma once

#include <cstddef>
#include <new>

#include "base/heap.hpp"

namespace base {

/// Zeroed; null when there is no memory.
template <class T>
T* heap_new_array(size_t count) noexcept {
    void* memory = heap_allocate(count * sizeof(T));
    return memory != nullptr ? new (memory) T[count]() : nullptr;
}

template <class T>
void heap_delete_array(T* array, size_t count) noexcept {
    if (array != nullptr) {
        heap_deallocate(array, count * sizeof(T));
    }
}

}  // namespace base
