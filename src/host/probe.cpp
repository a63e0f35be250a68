// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// MADV_POPULATE_READ and _WRITE (Linux 5.14) do what a probe means: fault the pages in for the
// access, without an access. On older kernels one byte of each page is read through
// process_vm_readv, which fails instead of faulting but cannot tell whether a page is writable.

#include "host/probe.hpp"

#include <algorithm>
#include <cstdint>

#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

namespace host {
namespace {

constexpr uintptr_t page = 4096;

bool populate_works() noexcept {
    alignas(page) static char mine[page];
    static const bool works = madvise(mine, page, MADV_POPULATE_WRITE) == 0;
    return works;
}

bool readable(uintptr_t first, uintptr_t end) noexcept {
    constexpr size_t batch = 64;
    char bytes[batch];
    while (first < end) {
        iovec remote[batch];
        size_t n = 0;
        for (; n < batch && first < end; ++n, first += page) {
            remote[n] = {reinterpret_cast<void*>(first), 1};
        }
        iovec local{bytes, n};
        if (process_vm_readv(getpid(), &local, 1, remote, n, 0) != static_cast<ssize_t>(n)) {
            return false;
        }
    }
    return true;
}

}  // namespace

bool accessible(const void* address, size_t bytes, bool write) noexcept {
    if (bytes == 0) {
        return true;
    }
    const auto from = reinterpret_cast<uintptr_t>(address);
    if (from + bytes < from) {
        return false;
    }
    const uintptr_t first = from & ~(page - 1);
    const uintptr_t end = (from + bytes + page - 1) & ~(page - 1);
    if (!populate_works()) {
        return readable(first, end);
    }
    return madvise(reinterpret_cast<void*>(first), end - first,
                   write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ) == 0;
}

}  // namespace host
