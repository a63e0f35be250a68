// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Always-on assertions about the runtime's own invariants.
//
// An assertion documents a programming error in OpenWSK and nothing else: what a peer or the
// operating system can cause is a status, what a driver did wrong is verify::violation. The text
// says "internal error in openwsk", and the process ends with exit code 70 (EX_SOFTWARE).

#pragma once

#include "base/annotate.hpp"

namespace base {

/// Called with the complete message before the process ends; may be null. It must not return
/// to code that relies on the broken invariant. Set once by the report layer.
using panic_hook = void (*)(const char* message) noexcept;

void set_panic_hook(panic_hook hook) noexcept;

/// Prints the message, runs the hook and ends the process with exit code 70.
[[noreturn]] void panic(const char* what, const char* file, int line) noexcept;

}  // namespace base

#define OPENWSK_ASSERT(condition)                     \
    (OPENWSK_LIKELY(condition) ? static_cast<void>(0) \
                               : ::base::panic(#condition, __FILE__, __LINE__))

#define OPENWSK_UNREACHABLE(text) ::base::panic(text, __FILE__, __LINE__)
