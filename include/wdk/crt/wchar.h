// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wchar.h for drivers.
#pragma once

#include "stdint.h"
#include "stdio.h"
#include "wcstring.h"
#include "wctype.h"

#define WEOF ((wint_t)0xffff)
