// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Structures between <pshpack1.h> and <poppack.h> have no padding; those behind have it again.

// clang-format off: these headers are statements, their order matters
#include <ntddk.h>

#include <pshpack1.h>
struct packed {
    UCHAR first;
    ULONG second;
};
#include <poppack.h>
struct padded {
    UCHAR first;
    ULONG second;
};
#include <pshpack2.h>
struct packed_to_two {
    UCHAR first;
    ULONG second;
};
#include <poppack.h>

C_ASSERT(sizeof(struct packed) == 5);
C_ASSERT(sizeof(struct padded) == 8);
C_ASSERT(sizeof(struct packed_to_two) == 6);
