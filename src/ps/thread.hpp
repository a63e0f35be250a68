// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// System threads: threads that a driver makes.
//
// Documents: PsCreateSystemThread, PsTerminateSystemThread.
//
//     created -> running     [the start routine is entered through the gate]
//     running -> ended       [the routine returns, or terminate jumps to the gate's frame]
//
// terminate works only where the start routine's gate is the innermost one: a jump across another
// callout would skip frames of the runtime (rule thread-bad-terminate). A thread that ends owning a
// mutex, inside a critical region or above PASSIVE_LEVEL stops the machine, as on Windows.
//
// PASSIVE_LEVEL.

#pragma once

#include "base/ref_ptr.hpp"
#include "ke/kernel.hpp"
#include "wdk/abi/ob.h"

namespace ps {

/// Starts a thread at routine(context). Null when no thread can be had. caller for the ledger.
base::ref_ptr<ke::thread> create(ke::kernel& k, PKSTART_ROUTINE routine, void* context,
                                 const void* caller) noexcept;

/// True for a thread that create made.
bool is_system_thread(const ke::thread& t) noexcept;

/// Ends the calling system thread. Does not return unless it is none.
void terminate(ke::thread& self, NTSTATUS status, const void* caller) noexcept;

}  // namespace ps
