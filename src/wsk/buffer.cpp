// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/buffer.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace wsk {
namespace {

// Virtual addresses are the same for driver and runtime, so an MDL without a system mapping (locked
// pages that nobody mapped) is reached through its own address.
char* address_of(const MDL& mdl) noexcept {
    if ((mdl.MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0) {
        return static_cast<char*>(mdl.MappedSystemVa);
    }
    return static_cast<char*>(mdl.StartVa) + mdl.ByteOffset;
}

}  // namespace

buffer_cursor::verdict buffer_cursor::check(const WSK_BUF& buffer) noexcept {
    *this = {};
    if (buffer.Length == 0) {
        return verdict::good;
    }
    if (buffer.Mdl == nullptr) {
        return verdict::missing;
    }
    if (buffer.Offset > buffer.Mdl->ByteCount) {
        return verdict::beyond_chain;
    }
    size_t held = buffer.Mdl->ByteCount - buffer.Offset;
    // A chain that comes back to an MDL before it holds enough goes round for ever. One that was
    // passed is remembered, after 1, 2, 4, ... steps.
    const MDL* passed = buffer.Mdl;
    size_t steps = 0;
    size_t steps_max = 1;
    for (const MDL* m = buffer.Mdl->Next; m != nullptr && held < buffer.Length; m = m->Next) {
        if (m == passed) {
            return verdict::circular;
        }
        if (++steps == steps_max) {
            passed = m;
            steps = 0;
            steps_max *= 2;
        }
        held += m->ByteCount;
    }
    if (held < buffer.Length) {
        return verdict::beyond_chain;
    }
    mdl_ = buffer.Mdl;
    offset_ = buffer.Offset;
    remaining_ = buffer.Length;
    skip_empty();
    return verdict::good;
}

void buffer_cursor::skip_empty() noexcept {
    while (remaining_ != 0 && offset_ == mdl_->ByteCount) {
        mdl_ = mdl_->Next;
        offset_ = 0;
    }
}

uint32_t buffer_cursor::gather(iovec* vectors, uint32_t vector_max,
                               size_t bytes_max) const noexcept {
    const MDL* mdl = mdl_;
    size_t offset = offset_;
    size_t left = std::min(remaining_, bytes_max);
    uint32_t count = 0;
    while (left != 0 && count < vector_max) {
        const size_t n = std::min(left, mdl->ByteCount - offset);
        if (n != 0) {
            vectors[count++] = {address_of(*mdl) + offset, n};
        }
        left -= n;
        mdl = mdl->Next;
        offset = 0;
    }
    return count;
}

void buffer_cursor::advance(size_t n) noexcept {
    OPENWSK_ASSERT(n <= remaining_);
    remaining_ -= n;
    moved_ += n;
    while (n != 0) {
        const size_t here = std::min(n, mdl_->ByteCount - offset_);
        offset_ += here;
        n -= here;
        if (n != 0) {
            mdl_ = mdl_->Next;
            offset_ = 0;
        }
    }
    skip_empty();
}

size_t buffer_cursor::fill(const void* from, size_t n) noexcept {
    const size_t total = std::min(n, remaining_);
    const char* source = static_cast<const char*>(from);
    size_t left = total;
    while (left != 0) {
        iovec v;
        gather(&v, 1, left);
        std::memcpy(v.iov_base, source, v.iov_len);
        source += v.iov_len;
        left -= v.iov_len;
        advance(v.iov_len);
    }
    return total;
}

}  // namespace wsk
