// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// initguid.h: from here on DEFINE_GUID defines what it names.
#pragma once

#ifndef INITGUID
#define INITGUID
#endif
#include "guiddef.h"
