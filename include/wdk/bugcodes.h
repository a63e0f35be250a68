// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// bugcodes.h: bug check codes (abi/bugcodes.h).
#pragma once

#include "abi/bugcodes.h"
