// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// runtime.h: names of the runtime that only the driver headers' inline functions use.
//
// A driver's Interlocked operation is one instruction on the real host and a schedule point of a
// simulation. One binary serves both: the inline functions ask openwsk_simulating first, which
// costs one load of a variable that never changes.
#pragma once

#include "ntdef.h"

OPENWSK_C_BEGIN

/// Non-zero while this process runs simulations.
OPENWSK_API extern volatile int openwsk_simulating;

/// Lets the simulation choose who runs next; `Address` is what the caller is about to touch, NULL
/// for a pause.
OPENWSK_API VOID openwsk_schedule_point(const volatile VOID *Address);

OPENWSK_C_END
