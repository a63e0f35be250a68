// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Generic tables over splay trees (RTL_GENERIC_TABLE).
//
// Document: "Run-Time Library Generic Table Routines", RtlInitializeGenericTable. Everything is in
// the driver's structure and in memory that its allocation routine returned; a table is guarded by
// whoever owns it. An element is RTL_SPLAY_LINKS, a LIST_ENTRY in order of insertion, and the
// driver's bytes. Every access moves the element to the root.
//
// Comparison, allocation and release go through the gate. IRQL <= DISPATCH_LEVEL, as the driver's
// routines allow.

#pragma once

#include <cstdint>

#include "wdk/abi/rtl.h"

namespace rtl {

void initialize(RTL_GENERIC_TABLE& t, PRTL_GENERIC_COMPARE_ROUTINE compare,
                PRTL_GENERIC_ALLOCATE_ROUTINE allocate, PRTL_GENERIC_FREE_ROUTINE free,
                void* context) noexcept;
/// The element equal to key, or a copy of bytes of key, newly inserted. Null without memory.
void* insert(RTL_GENERIC_TABLE& t, void* key, uint32_t bytes, bool& inserted) noexcept;
bool remove(RTL_GENERIC_TABLE& t, void* key) noexcept;
void* find(RTL_GENERIC_TABLE& t, void* key) noexcept;
/// The next element in order of keys, beginning with the first on restart.
void* enumerate(RTL_GENERIC_TABLE& t, bool restart) noexcept;
/// The element after the one *position names (null: the first), without moving anything.
void* enumerate_still(const RTL_GENERIC_TABLE& t, void*& position) noexcept;
/// The n-th element in order of insertion.
void* at(RTL_GENERIC_TABLE& t, uint32_t n) noexcept;

}  // namespace rtl
