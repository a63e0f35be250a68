// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Allocation of runtime objects. Null when memory is out or a fault point says so; every caller
// turns that into the documented status. Aligned, zeroed only by the constructor.

#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "base/heap.hpp"
#include "verify/fault.hpp"

namespace mm {

template <class T, class... Args>
[[nodiscard]] T* try_new(Args&&... args) noexcept {
    static_assert(std::is_base_of_v<base::heap_object, T>, "derive from base::heap_object");
    if (verify::fault_here()) {
        return nullptr;
    }
    return new (std::nothrow) T{std::forward<Args>(args)...};
}

}  // namespace mm
