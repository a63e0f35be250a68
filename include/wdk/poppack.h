// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// poppack.h: a repeatable header; ends what <pshpack1.h> or one of its kind began.
#pragma pack(pop)
