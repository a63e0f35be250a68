// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// sal_supp.h: annotations of the first generation, which specstrings.h holds all.
#pragma once

#include "specstrings.h"
