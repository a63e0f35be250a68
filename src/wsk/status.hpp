// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the transport's errors are called in NTSTATUS: one table, one place.

#pragma once

#include "base/status.hpp"
#include "net/error.hpp"
#include "wdk/abi/ntstatus.h"

namespace wsk {

/// STATUS_SUCCESS for none. Never called for would_block.
base::status status_of(net::error e) noexcept;

/// The connection (or the socket) is over: reset, aborted, timed out, dead.
bool ends_connection(net::error e) noexcept;

}  // namespace wsk
