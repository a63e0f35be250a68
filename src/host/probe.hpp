// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Whether memory may be touched, asked of the kernel instead of found out by a fault.

#pragma once

#include <cstddef>

namespace host {

/// True when every page of the range is mapped readable (write: writable). The pages are made
/// resident, nothing in them changes. A few microseconds; any IRQL.
bool accessible(const void* address, size_t bytes, bool write) noexcept;

}  // namespace host
