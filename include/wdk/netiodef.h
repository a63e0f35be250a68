// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// netiodef.h: identities of network modules (abi/netiodef.h).
#pragma once

#include "ntdef.h"

#include "abi/netiodef.h"
