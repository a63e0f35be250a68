// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// pshpack2.h: a repeatable header; members are aligned to 2 until <poppack.h>.
#pragma pack(push, 2)
