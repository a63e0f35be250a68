// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// concurrencysal.h: annotations of locks, which specstrings.h holds all.
#pragma once

#include "specstrings.h"
