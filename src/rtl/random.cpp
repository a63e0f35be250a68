// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/random.hpp"

namespace rtl {
namespace {

constexpr uint64_t modulus = 0x7fffffff;

}  // namespace

uint32_t uniform(uint32_t& seed) noexcept {
    seed = static_cast<uint32_t>((uint64_t{seed} * 0x7fffffed + 0x7fffffc3) % modulus);
    return seed;
}

uint32_t random(uint32_t& seed) noexcept {
    uint64_t z = uint64_t{uniform(seed)} * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z ^= z >> 27;
    return static_cast<uint32_t>((z >> 16) % modulus);
}

}  // namespace rtl
