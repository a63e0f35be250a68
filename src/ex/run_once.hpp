// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// One-time initialisation (RTL_RUN_ONCE).
//
// Document: "One-Time Initialization", RtlRunOnceBeginInitialize.
//
// The word, by its two lowest bits:
//
//     0  untouched     1  one thread initialises, others wait     3  anyone may, the first wins
//     2  done; the other bits are the context
//
//   0 -> 1 [begin]   0 -> 3 [begin asynchronously]   1, 3 -> 2 [complete]   1 -> 0 [complete,
//   failed]
//
// IRQL <= APC_LEVEL. Waiters sleep in ke::parking.

#pragma once

#include "base/status.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/rtl.h"

namespace ex {

/// STATUS_SUCCESS: done, *context is set. STATUS_PENDING: the caller initialises and completes.
/// STATUS_UNSUCCESSFUL: not done, and only a look was asked for. STATUS_INVALID_PARAMETER_2:
/// flags that contradict each other or the state.
base::status begin(ke::thread& self, RTL_RUN_ONCE& once, uint32_t flags, void** context) noexcept;
/// STATUS_UNSUCCESSFUL: another thread was first.
base::status complete(ke::thread& self, RTL_RUN_ONCE& once, uint32_t flags, void* context) noexcept;

}  // namespace ex
