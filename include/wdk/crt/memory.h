// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// memory.h for drivers.
#pragma once

#include "string.h"
