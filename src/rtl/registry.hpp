// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The registry of a machine: keys and values, in memory. Drivers read their parameters from it
// (RtlQueryRegistryValues, ZwOpenKey, ZwQueryValueKey); the loader writes them.
//
// Windows document: "Registry key object routines". Names are compared without regard to case
// (ASCII letters, as in the names of services and parameters).
//
// Threads and IRQL: any thread, PASSIVE_LEVEL. One lock (rank object) guards the whole tree;
// nothing is called with it held but the visitor of query, which only copies. A key lives as long
// as it is in the tree or somebody refers to it; a deleted key answers STATUS_KEY_DELETED.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"

namespace rtl {

using name_view = std::u16string_view;

struct registry_value : base::heap_object {
    base::list_node link;
    uint32_t type = 0;  ///< REG_SZ, REG_DWORD, ...
    uint32_t bytes = 0;
    std::byte* data = nullptr;
    char16_t* name = nullptr;  ///< name_length characters; empty: the key's default value
    size_t name_length = 0;

    [[nodiscard]] name_view view() const noexcept { return {name, name_length}; }
};

/// A node of the tree. Everything but the reference count is guarded by the registry's lock.
struct registry_key : base::heap_object {
    base::list_node link;
    base::ref_count references;
    registry_key* parent = nullptr;
    char16_t* name = nullptr;
    size_t name_length = 0;
    bool deleted = false;
    base::list<registry_key, &registry_key::link> children;
    base::list<registry_value, &registry_value::link> values;

    ~registry_key();
    [[nodiscard]] name_view view() const noexcept { return {name, name_length}; }
    void last_reference_released() noexcept;
};

using key_ptr = base::ref_ptr<registry_key>;

class registry : public base::machine_part {
public:
    static constexpr base::part slot = base::part::rtl;

    registry() noexcept = default;
    ~registry() override;

    /// Opens a path: absolute ("\Registry\Machine\...") with parent null, else relative to parent.
    /// create makes what is missing. STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_PATH_SYNTAX_BAD,
    /// STATUS_KEY_DELETED, STATUS_INSUFFICIENT_RESOURCES. created may be null.
    base::status open(registry_key* parent, name_view path, bool create, key_ptr& out,
                      bool* created = nullptr) noexcept;

    /// Sets the named value (empty name: the default one) to a copy of bytes of data, made if it
    /// is not there. STATUS_KEY_DELETED, STATUS_INSUFFICIENT_RESOURCES.
    base::status set_value(registry_key& key, name_view name, uint32_t type, const void* data,
                           uint32_t bytes) noexcept;
    /// STATUS_OBJECT_NAME_NOT_FOUND, STATUS_KEY_DELETED.
    base::status delete_value(registry_key& key, name_view name) noexcept;
    /// STATUS_CANNOT_DELETE while it has subkeys, and for the root; STATUS_KEY_DELETED.
    base::status delete_key(registry_key& key) noexcept;

    /// Calls visit(const registry_value&) for the named value, with the lock held.
    /// STATUS_OBJECT_NAME_NOT_FOUND when there is none.
    template <class Visit>
    base::status query(registry_key& key, name_view name, Visit&& visit) noexcept {
        host::guard g(lock_);
        registry_value* v = nullptr;
        base::status s = find_locked(key, name, v);
        if (s.ok()) {
            visit(*v);
        }
        return s;
    }

    /// Calls visit for the value (subkey) with that number, in order of creation.
    /// STATUS_NO_MORE_ENTRIES when there are not so many.
    template <class Visit>
    base::status enumerate_values(registry_key& key, uint32_t index, Visit&& visit) noexcept {
        host::guard g(lock_);
        registry_value* v = nullptr;
        base::status s = value_at_locked(key, index, v);
        if (s.ok()) {
            visit(*v);
        }
        return s;
    }
    template <class Visit>
    base::status enumerate_keys(registry_key& key, uint32_t index, Visit&& visit) noexcept {
        host::guard g(lock_);
        registry_key* k = nullptr;
        base::status s = key_at_locked(key, index, k);
        if (s.ok()) {
            visit(*k);
        }
        return s;
    }
    /// Calls visit(const registry_key&) for the key itself, with the lock held.
    template <class Visit>
    base::status inspect(registry_key& key, Visit&& visit) noexcept {
        host::guard g(lock_);
        base::status s = check_locked(key);
        if (s.ok()) {
            visit(key);
        }
        return s;
    }

private:
    base::status check_locked(const registry_key& key) noexcept OPENWSK_REQUIRES(lock_);
    base::status find_locked(registry_key& key, name_view name, registry_value*& out) noexcept
        OPENWSK_REQUIRES(lock_);
    base::status value_at_locked(registry_key& key, uint32_t index, registry_value*& out) noexcept
        OPENWSK_REQUIRES(lock_);
    base::status key_at_locked(registry_key& key, uint32_t index, registry_key*& out) noexcept
        OPENWSK_REQUIRES(lock_);
    base::status walk_locked(registry_key* from, name_view path, bool create, key_ptr& out,
                             bool& made) noexcept OPENWSK_REQUIRES(lock_);

    host::mutex lock_{base::lock_rank::object};
    registry_key root_ OPENWSK_GUARDED_BY(lock_);  // "\Registry"
};

/// Equality of names of keys and values.
bool same_name(name_view a, name_view b) noexcept;

}  // namespace rtl
