// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the entry points that take handles and names share: the machine's objects, the text of a
// counted string, a reference to what a handle means for the length of a call, and the handle for
// an object just made.
//
// Windows documents: "Object Handles". PASSIVE_LEVEL.

#pragma once

#include <string_view>

#include "ke/edge.hpp"
#include "ob/object.hpp"
#include "wdk/abi/zw.h"

namespace ddi {

inline ob::object_manager& objects(const ke::edge& e) noexcept {
    return e.machine().get<ob::object_manager>();
}

/// The text of a counted string; empty for a null pointer or buffer.
inline std::u16string_view view(const UNICODE_STRING* s) noexcept {
    if (s == nullptr || s->Buffer == nullptr) {
        return {};
    }
    return {reinterpret_cast<const char16_t*>(s->Buffer), s->Length / sizeof(WCHAR)};
}

enum class null_handle : uint8_t { refused, means_nothing };

/// Opens a handle for body and gives up the reference with which body came, whether or not there is
/// a handle then.
inline base::status give_handle(const ke::edge& e, void* body, ACCESS_MASK access, ULONG attributes,
                                HANDLE* out) noexcept {
    const base::status s = objects(e).open(body, access, attributes, e.caller(), out);
    objects(e).dereference(body, ob::holder::runtime, e.caller());
    return s;
}

/// A reference to what a handle means, while in scope.
class handle_target {
public:
    /// type null: any.
    handle_target(const ke::edge& e, HANDLE handle, const ob::object_type* type,
                  null_handle null = null_handle::refused) noexcept
        : edge_(&e) {
        if (handle != nullptr || null == null_handle::refused) {
            status_ = objects(e).reference_by_handle(handle, type, ob::holder::runtime, e.caller(),
                                                     &body_, &about_);
        }
    }
    handle_target(const handle_target&) = delete;
    handle_target& operator=(const handle_target&) = delete;
    ~handle_target() {
        if (body_ != nullptr) {
            objects(*edge_).dereference(body_, ob::holder::runtime, edge_->caller());
        }
    }
    [[nodiscard]] base::status status() const noexcept { return status_; }
    /// The object; null if the handle means nothing or there was an error.
    [[nodiscard]] void* body() const noexcept { return body_; }
    [[nodiscard]] bool grants(ACCESS_MASK any_of) const noexcept {
        return (about_.GrantedAccess & any_of) != 0;
    }

private:
    const ke::edge* edge_;
    void* body_ = nullptr;
    OBJECT_HANDLE_INFORMATION about_{};
    base::status status_{STATUS_SUCCESS};
};

}  // namespace ddi
