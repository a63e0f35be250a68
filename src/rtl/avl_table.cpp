// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/avl_table.hpp"

#include <cstring>

#include "rtl/search_tree.hpp"

namespace rtl {
namespace {

using links = RTL_BALANCED_LINKS;

struct kind {
    using table = RTL_AVL_TABLE;
    using links = RTL_BALANCED_LINKS;
    static links* root(const table& t) noexcept { return t.BalancedRoot.RightChild; }
    static links* parent(const table& t, const links* n) noexcept {
        return n->Parent != &t.BalancedRoot ? n->Parent : nullptr;
    }
    static void* bytes(links* n) noexcept { return bytes_of_avl(n); }
};

using tree = search_tree<kind>;

void replace_child(links* parent, links* old, links* with) noexcept {
    (parent->LeftChild == old ? parent->LeftChild : parent->RightChild) = with;
    if (with != nullptr) {
        with->Parent = parent;
    }
}

// Makes n's child on that side the top of n's subtree.
links* rotate(links* n, bool left_child_up) noexcept {
    links* up = left_child_up ? n->LeftChild : n->RightChild;
    links* inner = left_child_up ? up->RightChild : up->LeftChild;
    replace_child(n->Parent, n, up);
    (left_child_up ? n->LeftChild : n->RightChild) = inner;
    if (inner != nullptr) {
        inner->Parent = n;
    }
    (left_child_up ? up->RightChild : up->LeftChild) = n;
    n->Parent = up;
    return up;
}

// n leans two to one side (sign: -1 left, 1 right). Returns the top of the repaired subtree, whose
// height is one less unless it is still unbalanced.
links* repair(links* n, int sign) noexcept {
    const bool left = sign < 0;
    links* child = left ? n->LeftChild : n->RightChild;
    if (child->Balance * sign >= 0) {
        links* top = rotate(n, left);
        const bool even = top->Balance == 0;
        n->Balance = static_cast<CHAR>(even ? sign : 0);
        top->Balance = static_cast<CHAR>(even ? -sign : 0);
        return top;
    }
    links* grandchild = left ? child->RightChild : child->LeftChild;
    const int lean = grandchild->Balance;
    rotate(child, !left);
    links* top = rotate(n, left);
    child->Balance = static_cast<CHAR>(lean == -sign ? sign : 0);
    n->Balance = static_cast<CHAR>(lean == sign ? -sign : 0);
    top->Balance = 0;
    return top;
}

// A node was added below parent, as its child n: heights grow on the way up.
void grown(RTL_AVL_TABLE& t, links* n) noexcept {
    for (links* p = n->Parent; p != &t.BalancedRoot; p = p->Parent) {
        const int sign = p->LeftChild == n ? -1 : 1;
        if (p->Balance == -sign) {
            p->Balance = 0;
            return;
        }
        if (p->Balance == sign) {
            repair(p, sign);
            return;
        }
        p->Balance = static_cast<CHAR>(sign);
        n = p;
    }
    ++t.DepthOfTree;
}

// The subtree of p on that side (sign) became one lower.
void shrunk(RTL_AVL_TABLE& t, links* p, int sign) noexcept {
    while (p != &t.BalancedRoot) {
        links* top = p;
        if (p->Balance == sign) {
            p->Balance = 0;
        } else if (p->Balance == 0) {
            p->Balance = static_cast<CHAR>(-sign);
            return;
        } else {
            top = repair(p, -sign);
            if (top->Balance != 0) {
                return;
            }
        }
        links* next = top->Parent;
        sign = next->LeftChild == top ? -1 : 1;
        p = next;
    }
    --t.DepthOfTree;
}

// Takes n out of the tree. With two children its predecessor takes its place.
void detach(RTL_AVL_TABLE& t, links* n) noexcept {
    links* parent = n->Parent;
    int sign = parent->LeftChild == n ? -1 : 1;
    if (n->LeftChild == nullptr || n->RightChild == nullptr) {
        replace_child(parent, n, n->LeftChild != nullptr ? n->LeftChild : n->RightChild);
        shrunk(t, parent, sign);
        return;
    }
    links* substitute = tree::highest(n->LeftChild);
    links* from = substitute->Parent;
    if (from == n) {
        from = substitute;
        sign = -1;
    } else {
        replace_child(from, substitute, substitute->LeftChild);
        sign = 1;
        substitute->LeftChild = n->LeftChild;
        substitute->LeftChild->Parent = substitute;
    }
    substitute->RightChild = n->RightChild;
    substitute->RightChild->Parent = substitute;
    substitute->Balance = n->Balance;
    replace_child(parent, n, substitute);
    shrunk(t, from, sign);
}

}  // namespace

void* bytes_of_avl(void* node) noexcept {
    static_assert(sizeof(links) == 32);
    return static_cast<links*>(node) + 1;
}

void initialize(RTL_AVL_TABLE& t, PRTL_AVL_COMPARE_ROUTINE routine,
                PRTL_AVL_ALLOCATE_ROUTINE allocate, PRTL_AVL_FREE_ROUTINE free,
                void* context) noexcept {
    t = RTL_AVL_TABLE{};
    t.BalancedRoot.Parent = &t.BalancedRoot;
    t.CompareRoutine = routine;
    t.AllocateRoutine = allocate;
    t.FreeRoutine = free;
    t.TableContext = context;
}

tree_place search(RTL_AVL_TABLE& t, void* key) noexcept {
    return tree::search(t, key);
}

void* insert(RTL_AVL_TABLE& t, void* key, uint32_t bytes, tree_place where,
             bool& inserted) noexcept {
    inserted = false;
    if (where.result == TableFoundNode) {
        return bytes_of_avl(where.node);
    }
    auto* n = static_cast<links*>(ke::callout(ke::callout_kind::allocator, t.AllocateRoutine, &t,
                                              static_cast<CLONG>(bytes + sizeof(links))));
    if (n == nullptr) {
        return nullptr;
    }
    *n = links{};
    ++t.NumberGenericTableElements;
    t.OrderedPointer = nullptr;
    t.WhichOrderedElement = 0;
    links* parent =
        where.result == TableEmptyTree ? &t.BalancedRoot : static_cast<links*>(where.node);
    n->Parent = parent;
    (where.result == TableInsertAsLeft ? parent->LeftChild : parent->RightChild) = n;
    grown(t, n);
    std::memcpy(bytes_of_avl(n), key, bytes);
    inserted = true;
    return bytes_of_avl(n);
}

bool remove(RTL_AVL_TABLE& t, void* key) noexcept {
    const tree_place p = search(t, key);
    if (p.result != TableFoundNode) {
        return false;
    }
    auto* n = static_cast<links*>(p.node);
    // An enumeration that stands on the element goes on with the one after it.
    if (t.RestartKey == n) {
        t.RestartKey = tree::previous(t, n);
    }
    detach(t, n);
    --t.NumberGenericTableElements;
    ++t.DeleteCount;
    t.OrderedPointer = nullptr;
    t.WhichOrderedElement = 0;
    ke::callout(ke::callout_kind::allocator, t.FreeRoutine, &t, static_cast<void*>(n));
    return true;
}

void* find(RTL_AVL_TABLE& t, void* key) noexcept {
    const tree_place p = search(t, key);
    return p.result == TableFoundNode ? bytes_of_avl(p.node) : nullptr;
}

void* find_first(RTL_AVL_TABLE& t, void* key, void*& position) noexcept {
    const tree_place p = search(t, key);
    if (p.result != TableFoundNode) {
        return nullptr;
    }
    auto* first = static_cast<links*>(p.node);
    for (links* n = tree::previous(t, first);
         n != nullptr && tree::compare(t, key, n) == GenericEqual; n = tree::previous(t, n)) {
        first = n;
    }
    position = first;
    return bytes_of_avl(first);
}

void* enumerate(RTL_AVL_TABLE& t, bool restart) noexcept {
    void* position = restart ? nullptr : t.RestartKey;
    void* bytes = tree::enumerate(t, position);
    t.RestartKey = static_cast<links*>(position);
    return bytes;
}

void* enumerate_still(const RTL_AVL_TABLE& t, void*& position) noexcept {
    return tree::enumerate(t, position);
}

// WhichOrderedElement, counted from 1, is the number of the element at OrderedPointer.
void* at(RTL_AVL_TABLE& t, uint32_t n) noexcept {
    if (n >= t.NumberGenericTableElements) {
        return nullptr;
    }
    const uint32_t wanted = n + 1;
    auto* here = static_cast<links*>(t.OrderedPointer);
    if (here == nullptr || wanted < t.WhichOrderedElement) {
        here = tree::first(t);
        t.WhichOrderedElement = 1;
    }
    for (; t.WhichOrderedElement < wanted; ++t.WhichOrderedElement) {
        here = tree::next(t, here);
    }
    t.OrderedPointer = here;
    return bytes_of_avl(here);
}

}  // namespace rtl
