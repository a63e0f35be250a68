// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/splay_table.hpp"

#include <cstring>

#include "rtl/search_tree.hpp"

namespace rtl {
namespace {

using links = RTL_SPLAY_LINKS;

struct element {
    links tree;
    LIST_ENTRY order;
};
static_assert(sizeof(element) == 40);

void* bytes_of(links* n) noexcept {
    return reinterpret_cast<element*>(n) + 1;
}

links* of_order(LIST_ENTRY* e) noexcept {
    return &CONTAINING_RECORD(e, element, order)->tree;
}

// The root is its own parent, as on Windows.
bool is_root(const links* n) noexcept {
    return n->Parent == n;
}

void set_child(links* parent, bool left, links* child) noexcept {
    (left ? parent->LeftChild : parent->RightChild) = child;
    if (child != nullptr) {
        child->Parent = parent;
    }
}

// Moves n above its parent.
void rotate(links* n) noexcept {
    links* p = n->Parent;
    links* g = p->Parent;
    const bool left = p->LeftChild == n;
    const bool top = is_root(p);
    set_child(p, left, left ? n->RightChild : n->LeftChild);
    set_child(n, !left, p);
    if (top) {
        n->Parent = n;
    } else {
        set_child(g, g->LeftChild == p, n);
    }
}

void splay(RTL_GENERIC_TABLE& t, links* n) noexcept {
    while (!is_root(n)) {
        links* p = n->Parent;
        if (!is_root(p)) {
            const bool straight = (p->LeftChild == n) == (p->Parent->LeftChild == p);
            rotate(straight ? p : n);
        }
        rotate(n);
    }
    t.TableRoot = n;
}

struct kind {
    using table = RTL_GENERIC_TABLE;
    using links = RTL_SPLAY_LINKS;
    static links* root(const table& t) noexcept { return t.TableRoot; }
    static links* parent(const table&, const links* n) noexcept {
        return is_root(n) ? nullptr : n->Parent;
    }
    static void* bytes(links* n) noexcept { return bytes_of(n); }
};

using tree = search_tree<kind>;

// Takes n out of the tree: it becomes the root, and its subtrees are joined.
void detach(RTL_GENERIC_TABLE& t, links* n) noexcept {
    splay(t, n);
    links* left = n->LeftChild;
    links* right = n->RightChild;
    if (left == nullptr) {
        t.TableRoot = right;
        if (right != nullptr) {
            right->Parent = right;
        }
        return;
    }
    left->Parent = left;
    links* last = tree::highest(left);
    splay(t, last);
    set_child(last, false, right);
}

}  // namespace

void initialize(RTL_GENERIC_TABLE& t, PRTL_GENERIC_COMPARE_ROUTINE compare,
                PRTL_GENERIC_ALLOCATE_ROUTINE allocate, PRTL_GENERIC_FREE_ROUTINE free,
                void* context) noexcept {
    t = RTL_GENERIC_TABLE{};
    t.InsertOrderList.Flink = t.InsertOrderList.Blink = &t.InsertOrderList;
    t.OrderedPointer = &t.InsertOrderList;
    t.CompareRoutine = compare;
    t.AllocateRoutine = allocate;
    t.FreeRoutine = free;
    t.TableContext = context;
}

void* insert(RTL_GENERIC_TABLE& t, void* key, uint32_t bytes, bool& inserted) noexcept {
    const tree_place p = tree::search(t, key);
    auto* found = static_cast<links*>(p.node);
    inserted = false;
    if (p.result == TableFoundNode) {
        splay(t, found);
        return bytes_of(found);
    }
    auto* made =
        static_cast<element*>(ke::callout(ke::callout_kind::allocator, t.AllocateRoutine, &t,
                                          static_cast<CLONG>(bytes + sizeof(element))));
    if (made == nullptr) {
        return nullptr;
    }
    links* n = &made->tree;
    n->LeftChild = n->RightChild = nullptr;
    n->Parent = n;
    if (p.result != TableEmptyTree) {
        set_child(found, p.result == TableInsertAsLeft, n);
    }
    made->order.Flink = &t.InsertOrderList;
    made->order.Blink = t.InsertOrderList.Blink;
    t.InsertOrderList.Blink->Flink = &made->order;
    t.InsertOrderList.Blink = &made->order;
    ++t.NumberGenericTableElements;
    std::memcpy(bytes_of(n), key, bytes);
    splay(t, n);
    inserted = true;
    return bytes_of(n);
}

bool remove(RTL_GENERIC_TABLE& t, void* key) noexcept {
    const tree_place p = tree::search(t, key);
    if (p.result != TableFoundNode) {
        return false;
    }
    detach(t, static_cast<links*>(p.node));
    auto* gone = static_cast<element*>(p.node);
    gone->order.Blink->Flink = gone->order.Flink;
    gone->order.Flink->Blink = gone->order.Blink;
    --t.NumberGenericTableElements;
    t.OrderedPointer = &t.InsertOrderList;
    t.WhichOrderedElement = 0;
    ke::callout(ke::callout_kind::allocator, t.FreeRoutine, &t, static_cast<void*>(gone));
    return true;
}

void* find(RTL_GENERIC_TABLE& t, void* key) noexcept {
    const tree_place p = tree::search(t, key);
    auto* found = static_cast<links*>(p.node);
    if (found != nullptr) {
        splay(t, found);
    }
    return p.result == TableFoundNode ? bytes_of(found) : nullptr;
}

void* enumerate(RTL_GENERIC_TABLE& t, bool restart) noexcept {
    if (t.TableRoot == nullptr) {
        return nullptr;
    }
    // The element returned last is the root, as each is moved there.
    links* n = restart ? tree::first(t) : tree::next(t, t.TableRoot);
    if (n == nullptr) {
        return nullptr;
    }
    splay(t, n);
    return bytes_of(n);
}

void* enumerate_still(const RTL_GENERIC_TABLE& t, void*& position) noexcept {
    return tree::enumerate(t, position);
}

// WhichOrderedElement, counted from 1, is the number of the element at OrderedPointer.
void* at(RTL_GENERIC_TABLE& t, uint32_t n) noexcept {
    if (n >= t.NumberGenericTableElements) {
        return nullptr;
    }
    const uint32_t wanted = n + 1;
    if (wanted < t.WhichOrderedElement) {
        t.OrderedPointer = &t.InsertOrderList;
        t.WhichOrderedElement = 0;
    }
    while (t.WhichOrderedElement < wanted) {
        t.OrderedPointer = t.OrderedPointer->Flink;
        ++t.WhichOrderedElement;
    }
    return bytes_of(of_order(t.OrderedPointer));
}

}  // namespace rtl
