// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Options of a machine, from the C API to the runtime.

#pragma once

#include <openwsk/machine.h>

#include "base/machine.hpp"

namespace report {

/// False when the structure is not one of a known version, or holds what is no option.
bool convert(const openwsk_machine_options& in, base::machine_options& out) noexcept;

}  // namespace report
