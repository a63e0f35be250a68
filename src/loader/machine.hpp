// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Makes complete machines. This is the only place that knows every part; see the list in
// machine.cpp, bottom up.
//
// Making a machine starts no thread: threads start with the first socket, work item, timer or
// queued DPC. Destroying one requires that its drivers are unloaded and that no thread is inside;
// it destroys the parts top down.

#pragma once

#include <memory>

#include "base/machine.hpp"
#include "host/host.hpp"

namespace loader {

/// Null when there is no memory. Processors and I/O threads given as 0 are resolved here.
std::unique_ptr<base::machine> make_machine(host::host_interface& h,
                                            base::machine_options options) noexcept;

/// Makes m the default machine (ke::default_machine), for good. False, and m stays the caller's,
/// when there is one already.
bool publish_default_machine(std::unique_ptr<base::machine>& m) noexcept;

}  // namespace loader
