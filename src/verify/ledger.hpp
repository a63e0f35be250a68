// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The ledger: everything that a driver can leave behind, by address.
//
// A machine part. Whoever creates an object on a driver's behalf (pool, IRPs, threads, sockets,
// ...) adds it with the driver's return address and removes it when it is freed; what is left after
// DriverUnload is the leak report. An address is in the ledger only while the object is owned: IRPs
// and events on driver stacks and in reused memory are normal.
//
// Entries are found by (kind, address), so that the same memory can be a pool block and hold an
// IRP. The owner is not stored: an entry belongs to the image that its caller address lies in, and
// enumeration takes the image's address range.
//
// At verification "off" nothing is recorded, and remove and find say "unknown". When memory for
// an entry is out, the object is simply not tracked and complete() turns false for good: from then
// on an address that is not found is no evidence of a bug.
//
// Any thread, any IRQL. Locks: one shard (rank verify) at a time.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/heap.hpp"
#include "base/inspect.hpp"
#include "base/machine.hpp"
#include "host/mutex.hpp"
#include "verify/violation.hpp"

namespace verify {

using base::object_kind;

const char* name_of(object_kind k) noexcept;

struct entry {
    const void* address;
    uint64_t size;
    uint32_t tag;  ///< pool tag, or a number that the kind gives a meaning
    object_kind what;
    uint8_t depth;
    uint16_t flags;      ///< private to who adds the entry (pool type, ...)
    uint32_t thread;     ///< ordinal of the creating thread
    uint64_t ordinal;    ///< number of the object among its kind, from 1, in order of creation
    const void* caller;  ///< in the driver, or null
    const void* stack[stack_depth];  ///< from the caller on, innermost first
};

struct totals {
    uint64_t created;
    uint64_t live;
    uint64_t live_bytes;
};

class ledger : public base::machine_part {
public:
    static constexpr base::part slot = base::part::verify;

    explicit ledger(const base::machine_options& options) noexcept;
    ~ledger() override;

    /// Records an object. Nothing happens when it cannot be (see above).
    void add(object_kind what, const void* address, uint64_t size, uint32_t tag, const void* caller,
             uint16_t flags = 0) noexcept;

    /// Forgets it; out, if not null, receives what was recorded. False when it is not there.
    bool remove(object_kind what, const void* address, entry* out = nullptr) noexcept;

    [[nodiscard]] bool find(object_kind what, const void* address, entry& out) const noexcept;

    [[nodiscard]] bool knows(object_kind what, const void* address) const noexcept {
        entry e;
        return find(what, address, e);
    }

    /// The entry of that kind with address <= range start and range end <= address + size. Walks
    /// everything: for checks that are rare, and reports.
    [[nodiscard]] bool find_around(object_kind what, const void* range, uint64_t size,
                                   entry& out) const noexcept;

    /// The first object inside the range of a kind that drivers embed in their own memory and that
    /// the runtime refers to while it lives: timers, DPCs, work items, locks, lookaside lists.
    /// Costs one load while there is none.
    [[nodiscard]] bool find_inside(const void* range, uint64_t size, entry& out) const noexcept;

    /// What the image at [base, base + bytes) created and is still there, ordered by kind, then
    /// by age. base null: everything.
    [[nodiscard]] std::vector<entry> snapshot(const void* base, size_t bytes) const noexcept;

    void show(base::object_visitor& v) noexcept override;

    [[nodiscard]] totals total(object_kind what) const noexcept;

    [[nodiscard]] bool enabled() const noexcept { return enabled_; }
    /// False once an object could not be recorded.
    [[nodiscard]] bool complete() const noexcept {
        return enabled_ && !incomplete_.load(std::memory_order_relaxed);
    }

private:
    struct node;
    struct shard;
    static constexpr size_t shard_count = 64;

    [[nodiscard]] shard& shard_of(uint64_t hash) const noexcept;
    void note_embedded(object_kind what, const void* address, bool live) noexcept;
    template <class Fn>
    void walk(Fn&& visit) const noexcept;

    // Constant after construction.
    const bool enabled_;
    shard* shards_;

    // Own synchronisation: relaxed, statistics and a latch that only ever suppresses evidence.
    std::atomic<bool> incomplete_{false};
    std::atomic<uint64_t> embedded_live_{0};
    mutable host::mutex embedded_lock_{base::lock_rank::verify};
    std::multimap<uintptr_t, object_kind, std::less<>,
                  base::heap_allocator<std::pair<const uintptr_t, object_kind>>>
        embedded_ OPENWSK_GUARDED_BY(embedded_lock_);
    std::atomic<uint64_t> created_[base::object_kind_count] = {};
};

}  // namespace verify
