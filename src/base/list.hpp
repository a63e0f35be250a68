// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Intrusive doubly linked list. An element embeds one list_node per list it can be on; the list
// never allocates, so linking and unlinking cannot fail. Removing an element needs only the
// element. Not synchronised: the owner's lock guards list and nodes.

#pragma once

#include <cstddef>

#include "base/assert.hpp"

namespace base {

struct list_node {
    list_node* next = nullptr;
    list_node* previous = nullptr;

    list_node() = default;
    list_node(const list_node&) = delete;
    list_node& operator=(const list_node&) = delete;

    [[nodiscard]] bool linked() const noexcept { return next != nullptr; }

    void unlink() noexcept {
        OPENWSK_ASSERT(linked() && next->previous == this && previous->next == this);
        next->previous = previous;
        previous->next = next;
        next = previous = nullptr;
    }
};

/// List of T linked through the member node. Iteration allows removal of the element just visited
/// when it is written as "for (T* t = l.front(); t; t = following) { following = l.next(*t); ...".
template <class T, list_node T::*Node>
class list {
public:
    list() noexcept { head_.next = head_.previous = &head_; }
    list(const list&) = delete;
    list& operator=(const list&) = delete;
    ~list() { head_.next = head_.previous = nullptr; }

    [[nodiscard]] bool empty() const noexcept { return head_.next == &head_; }
    [[nodiscard]] T* front() noexcept { return empty() ? nullptr : owner(head_.next); }
    [[nodiscard]] T* next(T& element) noexcept {
        list_node* n = (element.*Node).next;
        return n == &head_ ? nullptr : owner(n);
    }

    void push_back(T& element) noexcept { insert(head_, element.*Node); }
    void push_front(T& element) noexcept { insert(*head_.next, element.*Node); }

    T* pop_front() noexcept {
        T* first = front();
        if (first != nullptr) {
            (first->*Node).unlink();
        }
        return first;
    }

    static void remove(T& element) noexcept { (element.*Node).unlink(); }

    /// Moves every element of other to the end of this list.
    void splice(list& other) noexcept {
        while (T* element = other.pop_front()) {
            push_back(*element);
        }
    }

private:
    static void insert(list_node& before, list_node& n) noexcept {
        OPENWSK_ASSERT(!n.linked());
        n.next = &before;
        n.previous = before.previous;
        before.previous->next = &n;
        before.previous = &n;
    }

    static T* owner(list_node* n) noexcept {
        const T* nowhere = nullptr;
        const auto offset = reinterpret_cast<ptrdiff_t>(&(nowhere->*Node));
        return reinterpret_cast<T*>(reinterpret_cast<char*>(n) - offset);
    }

    list_node head_;
};

}  // namespace base
