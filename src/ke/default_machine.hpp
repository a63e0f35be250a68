// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The machine that a thread joins with its first NT call if the runtime did not start it and
// nobody bound it. Declared here because ke::current needs it; defined in loader/machine.cpp,
// because only the loader folder knows every part a machine is made of.

#pragma once

#include "base/machine.hpp"

namespace ke {

/// The default machine; made, with default options, when there is none yet. Any thread, any time;
/// two threads that come first at once get the same machine. It is never destroyed.
base::machine& default_machine() noexcept;

/// The default machine, or null when there is none. Safe in a signal handler.
base::machine* find_default_machine() noexcept;

}  // namespace ke
