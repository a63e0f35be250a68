// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// RtlRandom, RtlRandomEx, RtlUniform: numbers from a seed that the caller keeps.
//
// The sequence is RtlUniform's documented linear congruential one (x * 7FFFFFED + 7FFFFFC3 modulo
// 2^31 - 1); the other two stir it, so that the same seed gives the same numbers and simulations
// repeat. Any IRQL.

#pragma once

#include <cstdint>

namespace rtl {

/// In [0, 2^31 - 1); moves the seed on.
uint32_t uniform(uint32_t& seed) noexcept;
uint32_t random(uint32_t& seed) noexcept;

}  // namespace rtl
