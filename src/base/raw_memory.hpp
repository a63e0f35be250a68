// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Copying and clearing whole ranges behind the backs of the sanitizers: a driver's globals with the
// red zones between them, stacks and arenas of a simulation that has ended.

#pragma once

#include <cstddef>

namespace base {

inline void copy_raw(void* to, const void* from, size_t bytes) noexcept {
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
}

inline void clear_raw(void* to, size_t bytes) noexcept {
    asm volatile("rep stosb" : "+D"(to), "+c"(bytes) : "a"(0) : "memory");
}

}  // namespace base
