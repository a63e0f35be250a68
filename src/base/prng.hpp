// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The only pseudo-random generator: SplitMix64 for seeding, xoshiro256** for the sequence. Every
// consumer owns a stream derived from (seed, stream name), so that a new consumer never shifts
// the choices of another.

#pragma once

#include <cstdint>

namespace base {

class prng {
public:
    prng(uint64_t seed, uint64_t stream) noexcept {
        uint64_t mix = seed ^ (stream * 0x9e3779b97f4a7c15u);
        for (uint64_t& word : state_) {
            mix += 0x9e3779b97f4a7c15u;
            uint64_t z = mix;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            word = z ^ (z >> 31);
        }
    }

    uint64_t next() noexcept {
        const uint64_t out = rotate(state_[1] * 5, 7) * 9;
        const uint64_t t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = rotate(state_[3], 45);
        return out;
    }

    /// Uniform in [0, bound); bound must not be zero.
    uint64_t below(uint64_t bound) noexcept {
        return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
    }

private:
    static uint64_t rotate(uint64_t x, int k) noexcept { return (x << k) | (x >> (64 - k)); }

    uint64_t state_[4];
};

}  // namespace base
