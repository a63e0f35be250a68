// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Names of NTSTATUS values (MS-ERREF section 2.3.1), for DbgPrint's %!STATUS!, reports and the
// explain command. Any thread, any IRQL; safe in a signal handler.

#pragma once

#include <cstddef>
#include <cstdint>

namespace rtl {

/// "STATUS_PENDING", or null for a value without a name.
const char* status_name(int32_t status) noexcept;

/// The value of a name; false when there is none.
bool status_value(const char* name, int32_t& out) noexcept;

/// "STATUS_PENDING (0x00000103)", or "0x00000103" alone. Returns the text.
const char* describe_status(int32_t status, char* text, size_t capacity) noexcept;

}  // namespace rtl
