// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// pshpack8.h: a repeatable header; members are aligned to 8 until <poppack.h>.
#pragma pack(push, 8)
