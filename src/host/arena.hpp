// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Memory of a simulation: the same sequence of allocations gives the same addresses in every run
// and every process, so that nothing a driver can observe depends on the real machine, and
// a search can recognise an object of the previous run by its address.
//
// One range at a fixed address, handed out by a bump pointer and size-class free lists, reset as a
// whole, and zeroed, between runs. With AddressSanitizer what is free is poisoned and never handed
// out again within a run. Not synchronised: a simulation runs on one OS thread.

#pragma once

#include <cstddef>
#include <cstdint>

namespace host {

class arena {
public:
    arena() noexcept;
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;
    ~arena();

    /// 16-byte aligned; null when the range is used up.
    void* allocate(size_t bytes) noexcept;
    void deallocate(void* address, size_t bytes) noexcept;
    /// Pages that stay through every reset, the same addresses in every process; zeroed, with an
    /// inaccessible page below them. For stacks.
    void* keep_pages(size_t bytes) noexcept;

    /// Allocations since the last reset that were not given back.
    [[nodiscard]] size_t live() const noexcept { return live_; }

    /// True for an address of any arena of the process.
    static bool contains(const void* address) noexcept;
    /// Forgets every allocation; all memory is zero again.
    void reset() noexcept;

private:
    static constexpr size_t classes = 64;  // multiples of 64 bytes up to 4096

    struct free_block {
        free_block* next;
    };

    char* base_ = nullptr;
    size_t used_ = 0;
    size_t live_ = 0;
    size_t kept_ = 0;  ///< bytes at the end of the range
    free_block* free_[classes + 1] = {};
};

}  // namespace host
