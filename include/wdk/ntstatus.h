// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntstatus.h: NTSTATUS values (abi/ntstatus.h).
#pragma once

#include "ntdef.h"

#include "abi/ntstatus.h"
