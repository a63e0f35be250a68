// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Memory that exists but that nobody may touch now: told to AddressSanitizer, nothing in other
// builds. Ranges are kept in multiples of eight bytes by their owners.

#pragma once

#include <cstddef>

#include "base/annotate.hpp"

#if OPENWSK_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace base {

inline void poison([[maybe_unused]] const void* p, [[maybe_unused]] size_t bytes) noexcept {
#if OPENWSK_ASAN
    __asan_poison_memory_region(p, bytes);
#endif
}

inline void unpoison([[maybe_unused]] const void* p, [[maybe_unused]] size_t bytes) noexcept {
#if OPENWSK_ASAN
    __asan_unpoison_memory_region(p, bytes);
#endif
}

}  // namespace base
