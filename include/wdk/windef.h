// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// windef.h: the types that kernel code takes from user-mode headers, all of them in ntdef.h.
#pragma once

#include "ntdef.h"
