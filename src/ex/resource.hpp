// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Executive resources: recursive reader-writer locks with owners.
//
// Document: "Introduction to ERESOURCE Routines".
//
// What drivers pass is an address; everything about the lock is in a table of the runtime, made by
// ExInitializeResourceLite and gone with ExDeleteResourceLite, so an ERESOURCE in freed or copied
// memory is recognised (rules resource-...). ActiveEntries and the waiter counts are mirrored into
// the structure, as debuggers read them.
//
//     free -> exclusive [acquire_exclusive]      exclusive -> shared [convert]
//     free, shared -> shared [acquire_shared, unless a writer waits and the mode respects that]
//     exclusive, shared -> free [the last release]
//
// A thread that owns it exclusively may acquire it again in either mode; one that owns it shared
// may acquire it shared again even while a writer waits.
//
// IRQL <= APC_LEVEL, released at or below DISPATCH_LEVEL. Locks: the table (rank object), then one
// resource (rank executive); never held together.

#pragma once

#include <cstdint>

#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/ex.h"

namespace ex {

enum class shared_mode : uint8_t { normal, starve_exclusive, wait_for_exclusive };

// One owner and how often it acquired the resource.
struct owner_entry : base::heap_object {
    ERESOURCE_THREAD owner = 0;
    uint32_t count = 0;
    owner_entry* next = nullptr;
};

struct resource : base::heap_object {
    explicit resource(ERESOURCE* a) noexcept : address(a) {}
    ~resource() {
        while (owner_entry* e = owners) {
            owners = e->next;
            delete e;
        }
    }
    void last_reference_released() noexcept { delete this; }

    ERESOURCE* const address;
    base::ref_count references;
    resource* next = nullptr;  // guarded by the table's lock

    host::mutex lock{base::lock_rank::executive};
    host::condition changed;
    bool exclusive OPENWSK_GUARDED_BY(lock) = false;
    uint32_t active OPENWSK_GUARDED_BY(lock) = 0;  // owners with count > 0
    uint32_t waiting_exclusive OPENWSK_GUARDED_BY(lock) = 0;
    uint32_t waiting_shared OPENWSK_GUARDED_BY(lock) = 0;
    owner_entry* owners OPENWSK_GUARDED_BY(lock) = nullptr;  // entries are reused
    owner_entry built_in;                                    // the first of them
};

class resource_table {
public:
    resource_table() noexcept = default;
    resource_table(const resource_table&) = delete;
    resource_table& operator=(const resource_table&) = delete;
    ~resource_table();

    /// Makes the lock of the structure at r, which is cleared. STATUS_INSUFFICIENT_RESOURCES. One
    /// that exists already is rule resource-not-initialized and stays as it is.
    base::status initialize(base::machine& m, ERESOURCE& r, const void* caller) noexcept;
    /// Checks that nobody has it or waits for it (rule resource-in-use).
    void reinitialize(ERESOURCE& r, const void* caller) noexcept;
    /// The same, and ends it.
    void remove(base::machine& m, ERESOURCE& r, const void* caller) noexcept;

    /// The lock behind r; reports what is none (rule resource-not-initialized, a stop).
    base::ref_ptr<resource> find(ERESOURCE& r, const void* caller) noexcept;

private:
    static constexpr size_t buckets = 64;

    resource*& bucket_of(const ERESOURCE& r) noexcept OPENWSK_REQUIRES(lock_);

    host::mutex lock_{base::lock_rank::object};
    resource* first_[buckets] OPENWSK_GUARDED_BY(lock_) = {};
};

/// False only if it cannot be had at once and may_wait is not set. Each needs one release.
bool acquire_exclusive(ke::thread& self, resource& r, bool may_wait) noexcept;
/// mode says when a new reader goes before a writer that waits: never but if it has it already
/// (normal), always, never at all.
bool acquire_shared(ke::thread& self, resource& r, shared_mode mode, bool may_wait) noexcept;
/// Gives back one acquisition of the owner, which is a thread's address or an owner pointer. Rule
/// resource-not-owned if it has none.
void release(resource& r, ERESOURCE_THREAD owner, const void* caller) noexcept;
/// Makes self's exclusive ownership a shared one and lets readers in. Rule resource-not-owned.
void convert_to_shared(ke::thread& self, resource& r, const void* caller) noexcept;
bool owns_exclusive(ke::thread& self, resource& r) noexcept;
/// How often the calling thread has acquired it, in either mode.
uint32_t owned_count(ke::thread& self, resource& r) noexcept;
/// How many threads wait at this moment.
uint32_t exclusive_waiters(resource& r) noexcept;
uint32_t shared_waiters(resource& r) noexcept;

}  // namespace ex
