// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The sanitizers' reports as seen by the runtime: they end the process, and say so before.

#pragma once

namespace report {

/// Called when a sanitizer has written its report and ends the process. Does nothing in the plain
/// variant. The last one set is called.
void watch_sanitizers(void (*on_death)()) noexcept;

/// What AddressSanitizer found ("heap-use-after-free"), else null. For the callback.
const char* sanitizer_finding() noexcept;

}  // namespace report
