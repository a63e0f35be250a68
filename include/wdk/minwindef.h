// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// minwindef.h: see windef.h.
#pragma once

#include "windef.h"
