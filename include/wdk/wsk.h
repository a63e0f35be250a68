// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// wsk.h: Winsock Kernel for drivers (abi/wsk.h).
#pragma once

#include "wdm.h"

#include "netioddk.h"
#include "ws2def.h"
#include "ws2ipdef.h"

#include "abi/wsk.h"
