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

/// Makes an empty table. The routines and the context are the driver's; free takes what allocate
/// returned.
void initialize(RTL_GENERIC_TABLE& t, PRTL_GENERIC_COMPARE_ROUTINE compare,
                PRTL_GENERIC_ALLOCATE_ROUTINE allocate, PRTL_GENERIC_FREE_ROUTINE free,
                void* context) noexcept;
/// The driver's bytes of the element equal to key, or of a new one, into which that many bytes of
/// key are copied; inserted says which. Null without memory. key points at what compare takes, here
/// and below.
void* insert(RTL_GENERIC_TABLE& t, void* key, uint32_t bytes, bool& inserted) noexcept;
/// Takes the element equal to key out and gives it to the driver's free routine; false if there is
/// none.
bool remove(RTL_GENERIC_TABLE& t, void* key) noexcept;
/// The element equal to key, or null.
void* find(RTL_GENERIC_TABLE& t, void* key) noexcept;
/// The next element in order of keys, beginning with the first on restart; null past the
/// last. It goes on from the element that was touched last.
void* enumerate(RTL_GENERIC_TABLE& t, bool restart) noexcept;
/// The element after the one position names (null: the first), which position then names, without
/// moving anything; null past the last.
void* enumerate_still(const RTL_GENERIC_TABLE& t, void*& position) noexcept;
/// The element that was inserted after n others that are still there; null if there are not so
/// many.
void* at(RTL_GENERIC_TABLE& t, uint32_t n) noexcept;

}  // namespace rtl
