// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// mstcpip.h: ioctls and options of TCP/IP (abi/ws2def.h), IN4ADDR and IN6ADDR helpers of
// ws2ipdef.h.
#pragma once

#include "ws2ipdef.h"
#include "ip2string.h"
