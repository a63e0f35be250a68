// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The bytes that a WSK_BUF describes: a position in an MDL chain.
//
// Documents: "WSK_BUF structure". Offset applies to the first MDL only, Length counts over the
// chain; MDLs of zero bytes inside a chain are skipped. The WSK_BUF is read once, in check(); the
// MDLs and the memory stay the driver's, are never changed, and are not touched after the IRP is
// completed. A cursor never goes past the Length that check() found the chain to hold.

#pragma once

#include <cstddef>
#include <cstdint>

#include <sys/uio.h>

#include "wdk/abi/wsk.h"

namespace wsk {

class buffer_cursor {
public:
    enum class verdict : uint8_t { good, missing, beyond_chain, circular };

    buffer_cursor() noexcept = default;

    /// Reads a WSK_BUF and checks that the chain holds what it says. missing: a length without
    /// an MDL. On any verdict but good the cursor is empty.
    verdict check(const WSK_BUF& buffer) noexcept;

    [[nodiscard]] size_t remaining() const noexcept { return remaining_; }
    [[nodiscard]] size_t moved() const noexcept { return moved_; }
    [[nodiscard]] size_t length() const noexcept { return remaining_ + moved_; }

    /// Describes up to vector_max pieces from the position on, at most bytes_max bytes in all.
    uint32_t gather(iovec* vectors, uint32_t vector_max,
                    size_t bytes_max = SIZE_MAX) const noexcept;

    /// Moves the position; n is at most remaining().
    void advance(size_t n) noexcept;

    /// Copies into the chain and advances; returns how many bytes fitted.
    size_t fill(const void* from, size_t n) noexcept;

private:
    void skip_empty() noexcept;

    PMDL mdl_ = nullptr;
    size_t offset_ = 0;  // in mdl_
    size_t remaining_ = 0;
    size_t moved_ = 0;
};

}  // namespace wsk
