// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Cached security descriptors: WSK_CACHE_SD copies a descriptor, WSK_RELEASE_SD gives the copy
// back, and the copy is what WskSocket, WskSocketConnect and SO_WSK_SECURITY accept.
//
// Documents: WSK_CACHE_SD, WSK_RELEASE_SD, SO_WSK_SECURITY; the layout of a descriptor is that of
// "SECURITY_DESCRIPTOR", "ACL" and "SID".
//
// A copy is a self-relative descriptor; drivers may read it. It belongs to the client object that
// cached it and counts references, one for each success of WSK_CACHE_SD and of SO_WSK_SECURITY
// (get), and uses, one for each socket it is applied to: the driver can give back what is its own,
// and not what a socket holds. A copy is recognised by its address in a list, never by its content.
// References left when the client object goes are dropped and reported (REG-145).
//
// IRQL: <= DISPATCH_LEVEL. Lock: rank object, under a socket's lock.

#pragma once

#include <cstdint>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/ntdef.h"

namespace wsk {

class client;

class descriptor_cache {
public:
    descriptor_cache() = default;
    descriptor_cache(const descriptor_cache&) = delete;
    descriptor_cache& operator=(const descriptor_cache&) = delete;
    ~descriptor_cache();

    /// Copies a descriptor, absolute or self-relative; the copy has one reference.
    /// STATUS_INVALID_PARAMETER for a descriptor that is none, STATUS_INSUFFICIENT_RESOURCES.
    base::status cache(const client& owner, const void* descriptor, const void* caller,
                       PSECURITY_DESCRIPTOR& copy) noexcept;
    /// True when the client owns such a copy.
    bool find(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept;
    /// Caches what applies where no descriptor was given: it lets nobody in.
    base::status cache_default(const client& owner, const void* caller,
                               PSECURITY_DESCRIPTOR& copy) noexcept;

    /// A socket applies a copy that the client owns; false when it owns no such copy. grants tells
    /// whether the copy lets everybody in.
    bool use(const client& owner, PSECURITY_DESCRIPTOR copy, bool& grants) noexcept;
    void end_use(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept;
    /// A reference for the driver, of a copy that a socket uses.
    void reference_used(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept;

    /// Gives one reference back; false when the client owns no such copy.
    bool release(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept;
    /// Frees what the client still holds; returns how many copies there were, and the place that
    /// cached the last of them.
    uint32_t drop(const client& owner, const void*& caller) noexcept;

private:
    struct entry : base::heap_object {
        base::list_node node;
        const client* owner = nullptr;
        const void* caller = nullptr;
        uint32_t references = 1;
        uint32_t uses = 0;
        size_t bytes = 0;
        unsigned char* copy = nullptr;
    };
    using entry_list = base::list<entry, &entry::node>;

    entry* find_locked(const client& owner, PSECURITY_DESCRIPTOR copy) noexcept
        OPENWSK_REQUIRES(lock_);
    /// The entry, taken off the list, when nothing needs it any more.
    entry* unneeded_locked(entry& e) noexcept OPENWSK_REQUIRES(lock_);
    static void destroy(entry* e) noexcept;

    host::mutex lock_{base::lock_rank::object};
    entry_list entries_ OPENWSK_GUARDED_BY(lock_);
};

}  // namespace wsk
