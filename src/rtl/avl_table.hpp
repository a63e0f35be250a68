// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Generic tables over AVL trees (RTL_AVL_TABLE).
//
// Document: "Run-Time Library Generic Table Routines", RtlInitializeGenericTableAvl. As
// rtl/splay_table.hpp, but nothing moves on access. An element is RTL_BALANCED_LINKS and the
// driver's bytes; BalancedRoot.RightChild is the root of the tree.

#pragma once

#include <cstdint>

#include "rtl/search_tree.hpp"
#include "wdk/abi/rtl.h"

namespace rtl {

/// Makes an empty table. The routines and the context are the driver's; free takes what allocate
/// returned.
void initialize(RTL_AVL_TABLE& t, PRTL_AVL_COMPARE_ROUTINE compare,
                PRTL_AVL_ALLOCATE_ROUTINE allocate, PRTL_AVL_FREE_ROUTINE free,
                void* context) noexcept;

/// Where key is or belongs. key points at what compare takes, here and below.
tree_place search(RTL_AVL_TABLE& t, void* key) noexcept;
/// The driver's bytes of a node.
void* bytes_of_avl(void* node) noexcept;

/// As insert of a splay table; where comes from search, with no change in between.
void* insert(RTL_AVL_TABLE& t, void* key, uint32_t bytes, tree_place where,
             bool& inserted) noexcept;
/// Takes the element equal to key out and gives it to the driver's free routine; false if there is
/// none. An enumeration that stands on it goes on with the one behind it.
bool remove(RTL_AVL_TABLE& t, void* key) noexcept;
/// The driver's bytes of the element equal to key, or null.
void* find(RTL_AVL_TABLE& t, void* key) noexcept;
/// The first element, in order of keys, that is equal to key, or null; position then names it.
void* find_first(RTL_AVL_TABLE& t, void* key, void*& position) noexcept;
/// The next element in order of keys, beginning with the first on restart; null past the last. The
/// table remembers where it is.
void* enumerate(RTL_AVL_TABLE& t, bool restart) noexcept;
/// The same, but the caller remembers: position names the last element (null: none yet).
void* enumerate_still(const RTL_AVL_TABLE& t, void*& position) noexcept;
/// The element with n before it in order of keys; null if there are not so many.
void* at(RTL_AVL_TABLE& t, uint32_t n) noexcept;

}  // namespace rtl
