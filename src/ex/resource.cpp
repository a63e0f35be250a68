// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/resource.hpp"

#include <new>

#include "mm/try_new.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"

namespace ex {

namespace {

ERESOURCE_THREAD id_of(const ke::thread& t) noexcept {
    return reinterpret_cast<ERESOURCE_THREAD>(t.object());
}

owner_entry* find_owner(resource& r, ERESOURCE_THREAD owner) noexcept OPENWSK_REQUIRES(r.lock) {
    if (r.built_in.count != 0 && r.built_in.owner == owner) {
        return &r.built_in;
    }
    for (owner_entry* e = r.owners; e != nullptr; e = e->next) {
        if (e->count != 0 && e->owner == owner) {
            return e;
        }
    }
    return nullptr;
}

// An acquire that may wait cannot fail, and Windows has no answer either.
owner_entry& unused_entry(resource& r) noexcept OPENWSK_REQUIRES(r.lock) {
    if (r.built_in.count == 0) {
        return r.built_in;
    }
    for (owner_entry* e = r.owners; e != nullptr; e = e->next) {
        if (e->count == 0) {
            return *e;
        }
    }
    auto* e = new (std::nothrow) owner_entry;
    if (e == nullptr) {
        verify::bug_check(MUST_SUCCEED_POOL_EMPTY, sizeof *e, 0, 0, 0, nullptr,
                          "no memory for an owner of the resource at %p",
                          static_cast<void*>(r.address));
    }
    e->next = r.owners;
    r.owners = e;
    return *e;
}

void add_owner(resource& r, ERESOURCE_THREAD owner) noexcept OPENWSK_REQUIRES(r.lock) {
    if (owner_entry* e = find_owner(r, owner)) {
        ++e->count;
        return;
    }
    owner_entry& e = unused_entry(r);
    e.owner = owner;
    e.count = 1;
    ++r.active;
}

bool must_wait_shared(resource& r, shared_mode mode, ERESOURCE_THREAD me) noexcept
    OPENWSK_REQUIRES(r.lock) {
    const bool mine = find_owner(r, me) != nullptr;
    if (r.exclusive) {
        return !mine;
    }
    const bool writer_waits = r.active != 0 && r.waiting_exclusive != 0;
    switch (mode) {
        case shared_mode::starve_exclusive:
            return false;
        case shared_mode::wait_for_exclusive:
            return writer_waits;
        default:
            return writer_waits && !mine;
    }
}

// Keeps the members that debuggers look at true.
void mirror(resource& r) noexcept OPENWSK_REQUIRES(r.lock) {
    r.address->ActiveEntries = r.active;
    r.address->ActiveCount = static_cast<SHORT>(r.active);
    r.address->NumberOfExclusiveWaiters = r.waiting_exclusive;
    r.address->NumberOfSharedWaiters = r.waiting_shared;
}

// Waits until the owners change; waiting is the number of threads that want the same as self.
void wait_for_change(ke::thread& self, resource& r, uint32_t& waiting) noexcept
    OPENWSK_REQUIRES(r.lock) {
    ++waiting;
    mirror(r);
    self.waits_for = r.address;
    r.changed.wait(r.lock);
    self.waits_for = nullptr;
    --waiting;
}

}  // namespace

// ---- the table --------------------------------------------------------------------------------

resource_table::~resource_table() {
    for (resource*& head : first_) {
        while (resource* r = head) {
            head = r->next;
            delete r;
        }
    }
}

resource*& resource_table::bucket_of(const ERESOURCE& r) noexcept {
    const uint64_t mixed = reinterpret_cast<uintptr_t>(&r) * 0x9e3779b97f4a7c15u;
    return first_[mixed >> (64 - 6)];
}

base::status resource_table::initialize(base::machine& m, ERESOURCE& r,
                                        const void* caller) noexcept {
    auto* made = mm::try_new<resource>(&r);
    if (made == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    bool known = false;
    {
        host::guard g(lock_);
        for (resource* e = bucket_of(r); e != nullptr; e = e->next) {
            known = known || e->address == &r;
        }
        if (!known) {
            made->next = bucket_of(r);
            bucket_of(r) = made;
        }
    }
    if (known) {
        delete made;
        verify::violation(verify::rule::resource_not_initialized, caller, &r,
                          "the resource at %p is initialized twice", static_cast<void*>(&r));
        return STATUS_SUCCESS;
    }
    r = ERESOURCE{};
    r.SystemResourcesList.Flink = r.SystemResourcesList.Blink = &r.SystemResourcesList;
    if (auto* l = m.find<verify::ledger>()) {
        l->add(base::object_kind::lock, &r, sizeof r, 0, caller);
    }
    return STATUS_SUCCESS;
}

base::ref_ptr<resource> resource_table::find(ERESOURCE& r, const void* caller) noexcept {
    {
        host::guard g(lock_);
        for (resource* e = bucket_of(r); e != nullptr; e = e->next) {
            if (e->address == &r) {
                return base::ref_ptr<resource>::share(e);
            }
        }
    }
    verify::violation(verify::rule::resource_not_initialized, caller, &r,
                      "the resource at %p was not initialized, or is deleted",
                      static_cast<void*>(&r));
    return {};
}

namespace {

void check_unused(resource& r, const char* action, const void* caller) noexcept {
    bool used = false;
    {
        host::guard g(r.lock);
        used = r.active != 0 || r.waiting_exclusive != 0 || r.waiting_shared != 0;
    }
    if (used) {
        verify::violation(verify::rule::resource_in_use, caller, r.address,
                          "the resource at %p is %s while threads own it or wait for it",
                          static_cast<void*>(r.address), action);
    }
}

}  // namespace

void resource_table::reinitialize(ERESOURCE& r, const void* caller) noexcept {
    base::ref_ptr<resource> found = find(r, caller);
    check_unused(*found, "reinitialized", caller);
}

void resource_table::remove(base::machine& m, ERESOURCE& r, const void* caller) noexcept {
    base::ref_ptr<resource> found = find(r, caller);
    check_unused(*found, "deleted", caller);
    {
        host::guard g(lock_);
        resource** link = &bucket_of(r);
        while (*link != found.get()) {
            link = &(*link)->next;
        }
        *link = found->next;
    }
    if (auto* l = m.find<verify::ledger>()) {
        l->remove(base::object_kind::lock, &r);
    }
    base::ref_ptr<resource>::adopt(found.get()).reset();
}

// ---- acquiring --------------------------------------------------------------------------------

bool acquire_exclusive(ke::thread& self, resource& r, bool may_wait) noexcept OPENWSK_NO_TSA {
    host::schedule_point(host::point::lock, r.address);
    const ERESOURCE_THREAD me = id_of(self);
    host::guard g(r.lock);
    bool waited = false;
    while (r.active != 0 && !(r.exclusive && find_owner(r, me) != nullptr)) {
        if (!may_wait) {
            return false;
        }
        if (!waited) {
            waited = true;
            ++r.address->ContentionCount;
        }
        wait_for_change(self, r, r.waiting_exclusive);
    }
    r.exclusive = true;
    add_owner(r, me);
    mirror(r);
    return true;
}

bool acquire_shared(ke::thread& self, resource& r, shared_mode mode,
                    bool may_wait) noexcept OPENWSK_NO_TSA {
    host::schedule_point(host::point::lock, r.address);
    const ERESOURCE_THREAD me = id_of(self);
    host::guard g(r.lock);
    bool waited = false;
    while (must_wait_shared(r, mode, me)) {
        if (!may_wait) {
            return false;
        }
        if (!waited) {
            waited = true;
            ++r.address->ContentionCount;
        }
        wait_for_change(self, r, r.waiting_shared);
    }
    add_owner(r, me);
    mirror(r);
    return true;
}

void release(resource& r, ERESOURCE_THREAD owner, const void* caller) noexcept {
    bool owned = false;
    bool wake = false;
    {
        host::guard g(r.lock);
        if (owner_entry* e = find_owner(r, owner)) {
            owned = true;
            if (--e->count == 0 && --r.active == 0) {
                r.exclusive = false;
            }
            wake = r.waiting_exclusive != 0 || r.waiting_shared != 0;
            mirror(r);
        }
    }
    if (OPENWSK_UNLIKELY(!owned)) {
        verify::violation(verify::rule::resource_not_owned, caller, r.address,
                          "the resource at %p is released by a thread that does not own it",
                          static_cast<void*>(r.address));
    } else if (wake) {
        r.changed.notify_all();
    }
}

void convert_to_shared(ke::thread& self, resource& r, const void* caller) noexcept {
    bool owned = false;
    {
        host::guard g(r.lock);
        owned = r.exclusive && find_owner(r, id_of(self)) != nullptr;
        if (owned) {
            r.exclusive = false;
        }
    }
    if (OPENWSK_UNLIKELY(!owned)) {
        verify::violation(verify::rule::resource_not_owned, caller, r.address,
                          "the resource at %p is converted by a thread that does not own it "
                          "exclusively",
                          static_cast<void*>(r.address));
        return;
    }
    r.changed.notify_all();
}

bool owns_exclusive(ke::thread& self, resource& r) noexcept {
    host::guard g(r.lock);
    return r.exclusive && find_owner(r, id_of(self)) != nullptr;
}

uint32_t owned_count(ke::thread& self, resource& r) noexcept {
    host::guard g(r.lock);
    const owner_entry* e = find_owner(r, id_of(self));
    return e != nullptr ? e->count : 0;
}

uint32_t exclusive_waiters(resource& r) noexcept {
    host::guard g(r.lock);
    return r.waiting_exclusive;
}

uint32_t shared_waiters(resource& r) noexcept {
    host::guard g(r.lock);
    return r.waiting_shared;
}

}  // namespace ex
