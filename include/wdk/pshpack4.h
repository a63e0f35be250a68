// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// pshpack4.h: a repeatable header; members are aligned to 4 until <poppack.h>.
#pragma pack(push, 4)
