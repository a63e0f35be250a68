// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// inaddr.h: IPv4 addresses (abi/ws2def.h) with the member names of BSD.
#pragma once

#include "ntdef.h"

#include "abi/ws2def.h"

#define s_addr S_un.S_addr
#define s_host S_un.S_un_b.s_b2
#define s_net S_un.S_un_b.s_b1
#define s_imp S_un.S_un_w.s_w2
#define s_impno S_un.S_un_b.s_b4
#define s_lh S_un.S_un_b.s_b3
