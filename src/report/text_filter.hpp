// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The text of a filter for debug output: "IHVNETWORK=info,DEFAULT=0xff", "error", "off".

#pragma once

#include "trace/recorder.hpp"

namespace report {

/// Applies the parts from left to right. False, and nothing changes, when the text is not
/// understood.
bool apply_text_filter(trace::text_filter& filter, const char* text);

}  // namespace report
