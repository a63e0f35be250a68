// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Structured exceptions, as far as drivers use them: statuses that entry points raise and a __try
// of the driver catches ("Handling Exceptions"; the agreement with the driver stands in
// wdk/abi/seh.h).
//
// A __try pushes a frame on its thread; frames hang on the gate they were pushed under, so a raise
// ends at the innermost __try of the same callout and never unwinds a frame of ours. Without one it
// is bug check 0x1E. A raise starts only at the edge, after everything inside has returned.

#pragma once

#include <cstdint>

#include "ke/thread.hpp"
#include "wdk/abi/seh.h"

namespace ke {

void push_try(thread& t, OPENWSK_SEH_FRAME& frame) noexcept;
void pop_try(thread& t, OPENWSK_SEH_FRAME& frame, const void* caller) noexcept;

/// Continues at the innermost __try of the calling thread's current callout. The caller's frame and
/// all up to that __try are left without destructors.
[[noreturn]] void raise_status(thread& t, NTSTATUS status, const void* caller) noexcept;

/// Keeps the status that ended the body of a __try while its __finally begins.
void defer_status(thread& t, NTSTATUS status) noexcept;
/// Takes what defer_status kept; false if the body ended normally.
bool take_status(thread& t, NTSTATUS& status) noexcept;

}  // namespace ke
