// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/arena.hpp"

#include <sys/mman.h>

#include "base/annotate.hpp"
#include "base/assert.hpp"
#include "base/raw_memory.hpp"
#include "host/fiber.hpp"

#if OPENWSK_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, bytes) (static_cast<void>(address))
#define ASAN_UNPOISON_MEMORY_REGION(address, bytes) (static_cast<void>(address))
#endif

namespace host {
namespace {

constexpr size_t range_bytes = size_t{1} << 32;
// Application memory under AddressSanitizer and ThreadSanitizer alike, and below what Linux maps.
// A second arena of the process is placed after the first.
constexpr uintptr_t first_base = 0x7e8000000000;
constexpr int bases = 64;
constexpr size_t granule = 64;
constexpr size_t page = 4096;
// Clearing beats giving back and faulting in again, up to some size.
constexpr size_t clear_bytes_max = 2 << 20;
constexpr size_t redzone = OPENWSK_ASAN != 0 ? 64 : 0;

size_t class_of(size_t bytes) noexcept {
    return (bytes + granule - 1) / granule;
}

}  // namespace

arena::arena() noexcept {
    for (int i = 0; i < bases && base_ == nullptr; ++i) {
        void* wanted = reinterpret_cast<void*>(first_base + static_cast<size_t>(i) * range_bytes);
        void* got = mmap(wanted, range_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (got == wanted) {
            base_ = static_cast<char*>(got);
        } else if (got != MAP_FAILED) {
            munmap(got, range_bytes);
        }
    }
    OPENWSK_ASSERT(base_ != nullptr);
}

arena::~arena() {
    ASAN_UNPOISON_MEMORY_REGION(base_, used_);
    munmap(base_, range_bytes);
}

void* arena::allocate(size_t bytes) noexcept {
    const size_t c = class_of(bytes == 0 ? 1 : bytes);
    if (c <= classes && free_[c] != nullptr) {
        free_block* block = free_[c];
        free_[c] = block->next;
        order_acquire(block);
        ++live_;
        return block;
    }
    const size_t whole = c * granule + redzone;
    if (c > range_bytes / granule || whole > range_bytes - kept_ - used_) {
        return nullptr;
    }
    char* out = base_ + used_;
    used_ += whole;
    ++live_;
    ASAN_UNPOISON_MEMORY_REGION(out, bytes);
    ASAN_POISON_MEMORY_REGION(out + ((bytes + 7) & ~size_t{7}), whole - ((bytes + 7) & ~size_t{7}));
    return out;
}

void arena::deallocate(void* address, size_t bytes) noexcept {
    if (address == nullptr) {
        return;
    }
    --live_;
    const size_t c = class_of(bytes == 0 ? 1 : bytes);
#if OPENWSK_ASAN
    ASAN_POISON_MEMORY_REGION(address, c * granule);
#else
    if (c <= classes) {
        free_block* block = static_cast<free_block*>(address);
        order_release(address);
        block->next = free_[c];
        free_[c] = block;
    }
#endif
}

void* arena::keep_pages(size_t bytes) noexcept {
    const size_t whole = (bytes + page - 1) / page * page;
    if (whole + page > range_bytes - kept_ - used_) {
        return nullptr;
    }
    kept_ += whole + page;
    char* guard = base_ + range_bytes - kept_;
    const int rc = mprotect(guard, page, PROT_NONE);
    OPENWSK_ASSERT(rc == 0);
    return guard + page;
}

bool arena::contains(const void* address) noexcept {
    const uintptr_t a = reinterpret_cast<uintptr_t>(address);
    return a >= first_base && a < first_base + bases * range_bytes;
}

void arena::reset() noexcept {
    ASAN_UNPOISON_MEMORY_REGION(base_, used_);
    const size_t cleared = used_ < clear_bytes_max ? used_ : clear_bytes_max;
    base::clear_raw(base_, cleared);
    if (used_ > cleared) {
        madvise(base_ + cleared, used_ - cleared, MADV_DONTNEED);
    }
    used_ = 0;
    live_ = 0;
    for (free_block*& list : free_) {
        list = nullptr;
    }
}

}  // namespace host
