// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Remove locks: count the users of a device until it may go.
//
// Document: "Using Remove Locks". Everything is in the structure, as on Windows.
//
//     IoCount     1 (the device) + one for each acquire
//     Removed     set by release_and_wait: acquires fail from then on
//
// The release that brings IoCount to zero sets RemoveEvent and touches the lock no more.

#pragma once

#include "base/status.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/io.h"

namespace ex {

/// Makes it held by the device alone.
void initialize(IO_REMOVE_LOCK& lock) noexcept;
/// STATUS_DELETE_PENDING once the device is being removed. IRQL <= DISPATCH_LEVEL.
base::status acquire(IO_REMOVE_LOCK& lock) noexcept;
/// Ends one acquire; rule remove-lock-misuse if there was none. IRQL <= DISPATCH_LEVEL.
void release(IO_REMOVE_LOCK& lock, const void* caller) noexcept;
/// Ends the caller's own acquire and waits for all others. IRQL < DISPATCH_LEVEL.
void release_and_wait(IO_REMOVE_LOCK& lock, const void* caller) noexcept;

}  // namespace ex
