// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// nldef.h: part of ws2def.h.
#pragma once

#include "ws2def.h"
