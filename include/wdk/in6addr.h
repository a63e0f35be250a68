// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// in6addr.h: IPv6 addresses (abi/ws2def.h) with the member names of BSD.
#pragma once

#include "ntdef.h"

#include "abi/ws2def.h"

#define in_addr6 in6_addr
#define _S6_un u
#define _S6_u8 Byte
#define s6_addr u.Byte
#define s6_bytes u.Byte
#define s6_words u.Word
