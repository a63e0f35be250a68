// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Intrusive pairing heap over net::timer, ordered by deadline. The heap is its root pointer (null
// when empty). Not synchronised: the loop's lock guards root and nodes. Nothing is allocated and
// nothing recurses, so arming cannot fail and a heap of any shape fits the stack.

#pragma once

#include <utility>

#include "base/assert.hpp"
#include "net/loop.hpp"

namespace net::timer_heap {

/// Joins two roots; either may be null.
inline timer* merge(timer* a, timer* b) noexcept {
    if (a == nullptr || b == nullptr) {
        return a != nullptr ? a : b;
    }
    if (b->deadline_ns < a->deadline_ns) {
        std::swap(a, b);
    }
    b->previous = a;
    b->sibling = a->child;
    if (a->child != nullptr) {
        a->child->previous = b;
    }
    a->child = b;
    return a;
}

/// Joins a list of siblings: in pairs from the left, then the pairs from the right.
inline timer* merge_siblings(timer* first) noexcept {
    timer* pairs = nullptr;  // stack of merged pairs, linked through sibling
    while (first != nullptr) {
        timer* a = first;
        timer* b = a->sibling;
        first = b != nullptr ? b->sibling : nullptr;
        a->previous = a->sibling = nullptr;
        if (b != nullptr) {
            b->previous = b->sibling = nullptr;
        }
        timer* pair = merge(a, b);
        pair->sibling = pairs;
        pairs = pair;
    }
    timer* root = nullptr;
    while (pairs != nullptr) {
        timer* pair = std::exchange(pairs, pairs->sibling);
        pair->sibling = nullptr;
        root = merge(root, pair);
    }
    return root;
}

inline void insert(timer*& root, timer& t) noexcept {
    OPENWSK_ASSERT(!t.armed);
    t.armed = true;
    t.child = t.sibling = t.previous = nullptr;
    root = merge(root, &t);
}

inline void remove(timer*& root, timer& t) noexcept {
    OPENWSK_ASSERT(t.armed);
    t.armed = false;
    if (root == &t) {
        root = merge_siblings(t.child);
    } else {
        (t.previous->child == &t ? t.previous->child : t.previous->sibling) = t.sibling;
        if (t.sibling != nullptr) {
            t.sibling->previous = t.previous;
        }
        root = merge(root, merge_siblings(t.child));
    }
    t.child = t.sibling = t.previous = nullptr;
}

}  // namespace net::timer_heap
