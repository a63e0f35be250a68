// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// System time as year, month, day, ... and back. Document: RtlTimeToTimeFields. Proleptic Gregorian
// calendar from 1601-01-01. Any IRQL.

#pragma once

#include <cstdint>

#include "wdk/abi/rtl.h"

namespace rtl {

void to_fields(int64_t time_100ns, TIME_FIELDS& out) noexcept;
/// False for fields that name no time.
bool from_fields(const TIME_FIELDS& fields, int64_t& out) noexcept;

}  // namespace rtl
