// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Intrusive reference counting. An object starts with one reference, owned by its creator; the
// last release calls T::last_reference_released(), which decides where the memory goes.

#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "base/assert.hpp"

namespace base {

class ref_count {
public:
    void acquire() noexcept {
        const uint32_t before = count_.fetch_add(1, std::memory_order_relaxed);
        OPENWSK_ASSERT(before != 0 && before < 0x7fffffffu);
    }

    /// True when the caller released the last reference; everything every other holder did
    /// happens before the return.
    [[nodiscard]] bool release() noexcept {
        const uint32_t before = count_.fetch_sub(1, std::memory_order_acq_rel);
        OPENWSK_ASSERT(before != 0);
        return before == 1;
    }

    /// Acquires only if somebody still holds a reference (lookup in a weak table).
    [[nodiscard]] bool try_acquire() noexcept {
        uint32_t seen = count_.load(std::memory_order_relaxed);
        while (seen != 0) {
            if (count_.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] uint32_t value() const noexcept { return count_.load(std::memory_order_relaxed); }

private:
    std::atomic<uint32_t> count_{1};
};

/// T has a member "base::ref_count references" and a member function
/// "void last_reference_released() noexcept".
template <class T>
class ref_ptr {
public:
    ref_ptr() noexcept = default;
    /// Takes over a reference the caller holds.
    static ref_ptr adopt(T* object) noexcept {
        ref_ptr p;
        p.object_ = object;
        return p;
    }
    /// Adds a reference of its own.
    static ref_ptr share(T* object) noexcept {
        if (object != nullptr) {
            object->references.acquire();
        }
        return adopt(object);
    }
    ref_ptr(const ref_ptr& other) noexcept : object_(other.object_) {
        if (object_ != nullptr) {
            object_->references.acquire();
        }
    }
    ref_ptr(ref_ptr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    ref_ptr& operator=(ref_ptr other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~ref_ptr() { reset(); }

    void reset() noexcept {
        if (T* object = std::exchange(object_, nullptr)) {
            if (object->references.release()) {
                object->last_reference_released();
            }
        }
    }

    /// Gives the reference to the caller.
    [[nodiscard]] T* detach() noexcept { return std::exchange(object_, nullptr); }

    [[nodiscard]] T* get() const noexcept { return object_; }
    T& operator*() const noexcept { return *object_; }
    T* operator->() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

private:
    T* object_ = nullptr;
};

}  // namespace base
