// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ws2def.h: socket addresses and options (abi/ws2def.h).
#pragma once

#include "ntdef.h"

#include "abi/ws2def.h"

#include "inaddr.h"
#include "in6addr.h"

#define _WSAIO(Type, Number) OPENWSK_WSAIO(Type, Number)
#define _WSAIOR(Type, Number) OPENWSK_WSAIOR(Type, Number)
#define _WSAIOW(Type, Number) OPENWSK_WSAIOW(Type, Number)
#define _WSAIORW(Type, Number) OPENWSK_WSAIORW(Type, Number)
