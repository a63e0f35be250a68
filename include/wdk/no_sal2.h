// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// no_sal2.h: annotations of the first generation, which specstrings.h holds all.
#pragma once

#include "specstrings.h"
