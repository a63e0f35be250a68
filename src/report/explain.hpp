// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Explains a status, a bug check code or the name of a rule.

#pragma once

#include "report/model.hpp"

namespace report {

/// False when what is none of the three.
bool explain(const char* what, const output& out);

}  // namespace report
