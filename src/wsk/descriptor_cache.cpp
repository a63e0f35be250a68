// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "wsk/descriptor_cache.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "mm/try_new.hpp"
#include "wdk/abi/ntstatus.h"

namespace wsk {
namespace {

// SECURITY_DESCRIPTOR: revision, padding and control word, then four pointers (absolute form) or
// four offsets (self-relative form): owner, group, SACL, DACL.
constexpr unsigned char revision = 1;
constexpr size_t control_at = 2;
constexpr uint16_t dacl_present = 0x0004;
constexpr uint16_t sacl_present = 0x0010;
constexpr uint16_t self_relative = 0x8000;
constexpr size_t absolute_parts_at = 8;
constexpr size_t relative_parts_at = 4;
constexpr size_t relative_bytes = 20;
enum part : unsigned { owner_sid, group_sid, sacl, dacl, parts };

// SID: revision, number of sub-authorities (at most 15), authority, then 4 bytes for each.
constexpr size_t sid_bytes_min = 8;
constexpr unsigned sub_authorities_max = 15;
// ACL: revision 2 to 4, padding, size in bytes.
constexpr size_t acl_bytes_min = 8;

uint16_t read_u16(const unsigned char* p) noexcept {
    uint16_t v;
    std::memcpy(&v, p, sizeof v);
    return v;
}

uint16_t control_of(const unsigned char* descriptor) noexcept {
    return read_u16(descriptor + control_at);
}

// Bytes of a part, 0 if it is not well-formed.
size_t sid_bytes(const unsigned char* sid) noexcept {
    return sid[0] == revision && sid[1] <= sub_authorities_max ? sid_bytes_min + 4u * sid[1] : 0;
}
size_t acl_bytes(const unsigned char* acl) noexcept {
    const size_t bytes = read_u16(acl + 2);
    return acl[0] >= 2 && acl[0] <= 4 && bytes >= acl_bytes_min ? bytes : 0;
}

struct view {
    const unsigned char* at[parts] = {};  ///< null where there is no such part
    size_t bytes[parts] = {};
    uint16_t control = 0;
};

const unsigned char* part_of(const unsigned char* descriptor, unsigned i) noexcept {
    if ((control_of(descriptor) & self_relative) != 0) {
        uint32_t offset;
        std::memcpy(&offset, descriptor + relative_parts_at + 4 * i, sizeof offset);
        return offset != 0 ? descriptor + offset : nullptr;
    }
    const unsigned char* p;
    std::memcpy(&p, descriptor + absolute_parts_at + 8 * i, sizeof p);
    return p;
}

bool read(const void* descriptor, view& out) noexcept {
    const auto* d = static_cast<const unsigned char*>(descriptor);
    if (d == nullptr || d[0] != revision) {
        return false;
    }
    out.control = control_of(d);
    for (unsigned i = 0; i < parts; ++i) {
        const bool is_acl = i == sacl || i == dacl;
        if (is_acl && (out.control & (i == sacl ? sacl_present : dacl_present)) == 0) {
            continue;
        }
        out.at[i] = part_of(d, i);
        if (out.at[i] != nullptr) {
            out.bytes[i] = is_acl ? acl_bytes(out.at[i]) : sid_bytes(out.at[i]);
            if (out.bytes[i] == 0) {
                return false;
            }
        }
    }
    return true;
}

size_t copied_bytes(const view& v) noexcept {
    size_t total = relative_bytes;
    for (const size_t bytes : v.bytes) {
        total += (bytes + 3) & ~size_t{3};
    }
    return total;
}

void write(const view& v, unsigned char* out) noexcept {
    std::memset(out, 0, copied_bytes(v));
    out[0] = revision;
    const auto control = static_cast<uint16_t>(v.control | self_relative);
    std::memcpy(out + control_at, &control, sizeof control);
    auto next = static_cast<uint32_t>(relative_bytes);
    for (unsigned i = 0; i < parts; ++i) {
        if (v.at[i] != nullptr) {
            std::memcpy(out + relative_parts_at + 4 * i, &next, sizeof next);
            std::memcpy(out + next, v.at[i], v.bytes[i]);
            next += static_cast<uint32_t>((v.bytes[i] + 3) & ~size_t{3});
        }
    }
}

// Without a DACL everybody is granted everything.
bool grants_everyone(const unsigned char* descriptor) noexcept {
    return (control_of(descriptor) & dacl_present) == 0 || part_of(descriptor, dacl) == nullptr;
}

}  // namespace

descriptor_cache::~descriptor_cache() {
    host::guard g(lock_);
    while (entry* e = entries_.pop_front()) {
        destroy(e);
    }
}

void descriptor_cache::destroy(entry* e) noexcept {
    if (e == nullptr) {
        return;
    }
    base::heap_deallocate(e->copy, e->bytes);
    delete e;
}

base::status descriptor_cache::cache(const client& owner, const void* descriptor,
                                     const void* caller, PSECURITY_DESCRIPTOR& copy) noexcept {
    view v;
    if (!read(descriptor, v)) {
        return STATUS_INVALID_PARAMETER;
    }
    auto* made = mm::try_new<entry>();
    if (made == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    made->bytes = copied_bytes(v);
    made->copy = static_cast<unsigned char*>(base::heap_allocate(made->bytes));
    if (made->copy == nullptr) {
        delete made;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    write(v, made->copy);
    made->owner = &owner;
    made->caller = caller;
    copy = made->copy;
    host::guard g(lock_);
    entries_.push_back(*made);
    return STATUS_SUCCESS;
}

descriptor_cache::entry* descriptor_cache::find_locked(const client& owner,
                                                       PSECURITY_DESCRIPTOR copy) noexcept {
    entry* e = entries_.front();
    while (e != nullptr && (e->copy != copy || e->owner != &owner)) {
        e = entries_.next(*e);
    }
    return e;
}

bool descriptor_cache::find(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept {
    host::guard g(lock_);
    const entry* e = find_locked(owner, copy);
    return e != nullptr && e->references != 0;
}

base::status descriptor_cache::cache_default(const client& owner, const void* caller,
                                             PSECURITY_DESCRIPTOR& copy) noexcept {
    struct {
        unsigned char descriptor[relative_bytes] = {revision};
        unsigned char empty_acl[acl_bytes_min] = {2, 0, acl_bytes_min};
    } nobody;
    const uint16_t control = self_relative | dacl_present;
    const uint32_t at = relative_bytes;
    std::memcpy(nobody.descriptor + control_at, &control, sizeof control);
    std::memcpy(nobody.descriptor + relative_parts_at + 4 * dacl, &at, sizeof at);
    return cache(owner, &nobody, caller, copy);
}

bool descriptor_cache::use(const client& owner, PSECURITY_DESCRIPTOR copy, bool& grants) noexcept {
    host::guard g(lock_);
    entry* e = find_locked(owner, copy);
    if (e == nullptr || e->references == 0) {
        return false;
    }
    ++e->uses;
    grants = grants_everyone(e->copy);
    return true;
}

descriptor_cache::entry* descriptor_cache::unneeded_locked(entry& e) noexcept {
    if (e.references != 0 || e.uses != 0) {
        return nullptr;
    }
    entry_list::remove(e);
    return &e;
}

void descriptor_cache::end_use(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept {
    entry* gone = nullptr;
    {
        host::guard g(lock_);
        entry* e = find_locked(owner, copy);
        OPENWSK_ASSERT(e != nullptr && e->uses != 0);
        --e->uses;
        gone = unneeded_locked(*e);
    }
    destroy(gone);
}

void descriptor_cache::reference_used(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept {
    host::guard g(lock_);
    entry* e = find_locked(owner, copy);
    OPENWSK_ASSERT(e != nullptr && e->uses != 0);
    ++e->references;
}

bool descriptor_cache::release(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept {
    entry* gone = nullptr;
    {
        host::guard g(lock_);
        entry* e = find_locked(owner, copy);
        if (e == nullptr || e->references == 0) {
            return false;
        }
        --e->references;
        gone = unneeded_locked(*e);
    }
    destroy(gone);
    return true;
}

uint32_t descriptor_cache::drop(const client& owner, const void*& caller) noexcept {
    uint32_t dropped = 0;
    for (;;) {
        entry* e = nullptr;
        {
            host::guard g(lock_);
            e = entries_.front();
            while (e != nullptr && e->owner != &owner) {
                e = entries_.next(*e);
            }
            if (e == nullptr) {
                return dropped;
            }
            entry_list::remove(*e);
        }
        caller = e->caller;
        destroy(e);
        ++dropped;
    }
}

}  // namespace wsk
