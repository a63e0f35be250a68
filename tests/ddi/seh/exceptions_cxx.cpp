// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The same driver in C++, where __try is an `if`.
#include "exceptions.c"
