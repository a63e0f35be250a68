// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The version of Windows that a machine says it is: Windows Server 2022 (RtlGetVersion,
// PsGetVersion).

#pragma once

#include <cstdint>

namespace ps {

inline constexpr uint32_t major_version = 10;
inline constexpr uint32_t minor_version = 0;
inline constexpr uint32_t build_number = 20348;

}  // namespace ps
