// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// pshpack1.h: a repeatable header; members are aligned to 1 until <poppack.h>.
#pragma pack(push, 1)
