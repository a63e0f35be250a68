// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ntifs.h: the kernel interface for drivers that also use what the installable file system kit
// adds; see ntddk.h.
#pragma once

#include "abi/sid.h"
#include "ntddk.h"
