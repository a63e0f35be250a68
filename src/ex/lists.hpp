// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Interlocked singly linked lists (SLIST), and the ExInterlocked... lists that a spin lock guards.
//
// Documents: "Singly and Doubly Linked Lists", "Sequenced singly linked lists".
//
// An SLIST header holds what Windows documents: depth, a sequence number, the first entry. Whoever
// changes it holds one of a few locks chosen by its address. So nothing is read from an entry that
// somebody else has popped and freed meanwhile, and there is no ABA problem.
//
// Any IRQL.

#pragma once

#include "ke/thread.hpp"
#include "wdk/abi/ex.h"

namespace ex {

/// Makes it empty, whatever the memory held. The header lies on 16 bytes, as entries do.
void initialize(SLIST_HEADER& head) noexcept;
/// Adds an entry; returns the one that was first.
SLIST_ENTRY* push(SLIST_HEADER& head, SLIST_ENTRY* entry) noexcept;
/// Takes the first entry; null if there is none.
SLIST_ENTRY* pop(SLIST_HEADER& head) noexcept;
/// Takes all entries, linked through Next; null if there are none.
SLIST_ENTRY* flush(SLIST_HEADER& head) noexcept;
/// The entry that pop would take now.
SLIST_ENTRY* first(const SLIST_HEADER& head) noexcept;
/// How many entries there are, modulo 2^16.
uint16_t depth(const SLIST_HEADER& head) noexcept;

}  // namespace ex
