// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// driverspecs.h: annotations of drivers, which specstrings.h holds all.
#pragma once

#include "specstrings.h"
