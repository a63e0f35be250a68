// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// basetsd.h: integer types with a fixed width, all of them in ntdef.h.
#pragma once

#include "ntdef.h"
