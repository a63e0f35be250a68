// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// status: an NTSTATUS inside the runtime, as a type that must not be ignored; result<T>: a value
// or a status. NT_TRY returns early from a function that returns either.
//
// The numbers are those of ntstatus.h; base itself knows only the success rule (bit 31 clear).

#pragma once

#include <cstdint>
#include <utility>

#include "base/assert.hpp"

namespace base {

class [[nodiscard]] status {
public:
    constexpr status() noexcept = default;
    /// Implicit on purpose: "return STATUS_PENDING;" reads as the documents do.
    constexpr status(int32_t code) noexcept : code_(code) {}  // NOLINT(google-explicit-constructor)

    [[nodiscard]] constexpr bool ok() const noexcept { return code_ >= 0; }
    [[nodiscard]] constexpr int32_t code() const noexcept { return code_; }

    friend constexpr bool operator==(status a, status b) noexcept { return a.code_ == b.code_; }

private:
    int32_t code_ = 0;
};

template <class T>
class [[nodiscard]] result {
public:
    result(T value) noexcept : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
    result(base::status failure) noexcept
        : status_(failure) {  // NOLINT(google-explicit-constructor)
        OPENWSK_ASSERT(!failure.ok());
    }

    [[nodiscard]] bool ok() const noexcept { return status_.ok(); }
    [[nodiscard]] base::status status() const noexcept { return status_; }
    [[nodiscard]] T& value() noexcept {
        OPENWSK_ASSERT(ok());
        return value_;
    }

private:
    T value_{};
    base::status status_{};
};

}  // namespace base

/// Evaluates an expression of type base::status and returns it from the enclosing function unless
/// it is a success code.
#define NT_TRY(expression)                                          \
    do {                                                            \
        if (::base::status nt_try_ = (expression); !nt_try_.ok()) { \
            return nt_try_;                                         \
        }                                                           \
    } while (false)
