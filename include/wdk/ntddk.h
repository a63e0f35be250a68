// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntddk.h: the kernel interface for drivers; this implementation has no more in it than in wdm.h.
#pragma once

#include "wdm.h"
