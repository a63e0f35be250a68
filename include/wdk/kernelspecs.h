// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// kernelspecs.h: annotations of kernel code, which specstrings.h holds all.
#pragma once

#include "specstrings.h"
