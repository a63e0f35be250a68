// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Fault points: places where the runtime can be told to fail as if a resource had run out.

#pragma once

#include <cstdint>

namespace verify {

/// Chooses which fault point fails. Counted since the last arm call, per process.
/// fail_at 0 disarms. once: only that one, otherwise it and all later ones.
void arm_faults(uint64_t fail_at, bool once) noexcept;

/// Fault points passed since the last arm call.
uint64_t faults_seen() noexcept;

/// True when the caller must fail now.
[[nodiscard]] bool fault_here() noexcept;

}  // namespace verify
