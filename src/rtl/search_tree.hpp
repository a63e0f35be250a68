// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the two kinds of generic table have in common: a binary tree of links in front of the
// driver's bytes, ordered by the driver's comparison. How a tree keeps its balance is not here.
//
// Document: "Run-Time Library Generic Table Routines".
//
// A kind says what its table and links are, where the root is, which links are above others and
// where an element's bytes are:
//
//     struct kind {
//         using table = RTL_..._TABLE;
//         using links = RTL_..._LINKS;
//         static links* root(const table& t) noexcept;                    // null: no element
//         static links* parent(const table& t, const links* n) noexcept;  // null above the root
//         static void* bytes(links* n) noexcept;
//     };
//
// IRQL <= DISPATCH_LEVEL. A table is guarded by whoever owns it. Comparison goes through the gate.

#pragma once

#include "ke/callout.hpp"
#include "wdk/abi/rtl.h"

namespace rtl {

/// Where a key is or belongs.
struct tree_place {
    void* node = nullptr;  ///< the links of an equal element, or those above where the key belongs
    TABLE_SEARCH_RESULT result = TableEmptyTree;
};

template <class Kind>
struct search_tree {
    using table = typename Kind::table;
    using links = typename Kind::links;

    /// The lowest element; null in an empty table.
    static links* first(const table& t) noexcept {
        return outermost(Kind::root(t), &links::LeftChild);
    }
    /// The neighbours of an element in order of keys; null past the ends.
    static links* next(const table& t, links* n) noexcept {
        return step(t, n, &links::RightChild, &links::LeftChild);
    }
    static links* previous(const table& t, links* n) noexcept {
        return step(t, n, &links::LeftChild, &links::RightChild);
    }
    /// The highest element of n's subtree.
    static links* highest(links* n) noexcept { return outermost(n, &links::RightChild); }

    /// How key stands to the element n.
    static RTL_GENERIC_COMPARE_RESULTS compare(table& t, void* key, links* n) noexcept {
        return ke::callout(ke::callout_kind::compare, t.CompareRoutine, &t, key, Kind::bytes(n));
    }

    static tree_place search(table& t, void* key) noexcept {
        tree_place p;
        links* n = Kind::root(t);
        while (n != nullptr) {
            p.node = n;
            switch (compare(t, key, n)) {
                case GenericLessThan:
                    p.result = TableInsertAsLeft;
                    n = n->LeftChild;
                    break;
                case GenericGreaterThan:
                    p.result = TableInsertAsRight;
                    n = n->RightChild;
                    break;
                default:
                    p.result = TableFoundNode;
                    return p;
            }
        }
        return p;
    }

    /// The bytes of the element after the one position names (null: of the first), which position
    /// then names. Null after the last; position stays.
    static void* enumerate(const table& t, void*& position) noexcept {
        links* n = position == nullptr ? first(t) : next(t, static_cast<links*>(position));
        if (n == nullptr) {
            return nullptr;
        }
        position = n;
        return Kind::bytes(n);
    }

private:
    using side = links* links::*;

    static links* outermost(links* n, side to) noexcept {
        while (n != nullptr && n->*to != nullptr) {
            n = n->*to;
        }
        return n;
    }

    static links* step(const table& t, links* n, side to, side away) noexcept {
        if (n->*to != nullptr) {
            return outermost(n->*to, away);
        }
        for (links* p = Kind::parent(t, n); p != nullptr; p = Kind::parent(t, p)) {
            if (p->*away == n) {
                return p;
            }
            n = p;
        }
        return nullptr;
    }
};

}  // namespace rtl
