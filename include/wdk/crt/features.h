// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// features.h: what libstdc++'s configuration asks glibc for. A driver has no glibc.
#pragma once

#define __GLIBC_PREREQ(Major, Minor) 0
