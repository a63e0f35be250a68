// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "rtl/registry.hpp"

#include <cstring>
#include <new>

#include "base/heap_array.hpp"
#include "mm/try_new.hpp"
#include "wdk/abi/ntstatus.h"

namespace rtl {
namespace {

constexpr name_view root_name = u"\\Registry";

char16_t fold(char16_t c) noexcept {
    return c >= u'a' && c <= u'z' ? static_cast<char16_t>(c - u'a' + u'A') : c;
}

// A copy of the name in new memory; null, and false, when there is none left.
bool copy_name(name_view name, char16_t*& out) noexcept {
    out = verify::fault_here() ? nullptr : base::heap_new_array<char16_t>(name.size() + 1);
    if (out == nullptr) {
        return false;
    }
    std::memcpy(out, name.data(), name.size() * sizeof(char16_t));
    out[name.size()] = 0;
    return true;
}

// One byte more than the value has: an empty one has memory too.
void free_data(registry_value& v) noexcept {
    base::heap_delete_array(v.data, size_t{v.bytes} + 1);
}

void destroy(registry_value* v) noexcept {
    free_data(*v);
    base::heap_delete_array(v->name, v->name_length + 1);
    delete v;
}

registry_value* make_value(name_view name) noexcept {
    auto* v = mm::try_new<registry_value>();
    if (v == nullptr) {
        return nullptr;
    }
    if (!copy_name(name, v->name)) {
        delete v;
        return nullptr;
    }
    v->name_length = name.size();
    return v;
}

registry_key* make_key(registry_key& parent, name_view name) noexcept {
    auto* k = mm::try_new<registry_key>();
    if (k == nullptr) {
        return nullptr;
    }
    if (!copy_name(name, k->name)) {
        delete k;
        return nullptr;
    }
    k->name_length = name.size();
    k->parent = &parent;
    parent.children.push_back(*k);
    return k;
}

registry_key* find_child(registry_key& parent, name_view name) noexcept {
    for (registry_key* k = parent.children.front(); k != nullptr; k = parent.children.next(*k)) {
        if (same_name(k->view(), name)) {
            return k;
        }
    }
    return nullptr;
}

}  // namespace

bool same_name(name_view a, name_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (size_t i = 0; i < a.size(); ++i) {
        if (fold(a[i]) != fold(b[i])) {
            return false;
        }
    }
    return true;
}

registry_key::~registry_key() {
    while (registry_value* v = values.pop_front()) {
        destroy(v);
    }
    while (registry_key* k = children.pop_front()) {
        k->parent = nullptr;
        k->deleted = true;
        base::ref_ptr<registry_key>::adopt(k).reset();
    }
    base::heap_delete_array(name, name_length + 1);
}

void registry_key::last_reference_released() noexcept {
    delete this;
}

registry::~registry() = default;

base::status registry::check_locked(const registry_key& key) noexcept {
    return key.deleted ? STATUS_KEY_DELETED : STATUS_SUCCESS;
}

base::status registry::open(registry_key* parent, name_view path, bool create, key_ptr& out,
                            bool* created) noexcept {
    host::guard g(lock_);
    bool made = false;
    if (parent == nullptr) {
        const bool below = path.size() >= root_name.size() &&
                           same_name(path.substr(0, root_name.size()), root_name) &&
                           (path.size() == root_name.size() || path[root_name.size()] == u'\\');
        if (!below) {
            return !path.empty() && path[0] == u'\\' ? STATUS_OBJECT_NAME_NOT_FOUND
                                                     : STATUS_OBJECT_PATH_SYNTAX_BAD;
        }
        parent = &root_;
        path.remove_prefix(root_name.size());
    } else if (!path.empty() && path[0] == u'\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    NT_TRY(check_locked(*parent));
    const base::status s = walk_locked(parent, path, create, out, made);
    if (created != nullptr) {
        *created = made;
    }
    return s;
}

// Empty components ("a\\b", a last backslash) are skipped, as the configuration manager does.
base::status registry::walk_locked(registry_key* from, name_view path, bool create, key_ptr& out,
                                   bool& made) noexcept {
    registry_key* at = from;
    while (!path.empty()) {
        const size_t end = path.find(u'\\');
        const name_view name = path.substr(0, end);
        path = end == name_view::npos ? name_view() : path.substr(end + 1);
        if (name.empty()) {
            continue;
        }
        registry_key* child = find_child(*at, name);
        if (child == nullptr) {
            if (!create) {
                return STATUS_OBJECT_NAME_NOT_FOUND;
            }
            child = make_key(*at, name);
            if (child == nullptr) {
                return STATUS_INSUFFICIENT_RESOURCES;
            }
            made = true;
        }
        at = child;
    }
    out = key_ptr::share(at);
    return STATUS_SUCCESS;
}

base::status registry::find_locked(registry_key& key, name_view name,
                                   registry_value*& out) noexcept {
    NT_TRY(check_locked(key));
    for (registry_value* v = key.values.front(); v != nullptr; v = key.values.next(*v)) {
        if (same_name(v->view(), name)) {
            out = v;
            return STATUS_SUCCESS;
        }
    }
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

base::status registry::value_at_locked(registry_key& key, uint32_t index,
                                       registry_value*& out) noexcept {
    NT_TRY(check_locked(key));
    out = key.values.front();
    while (out != nullptr && index-- > 0) {
        out = key.values.next(*out);
    }
    return out != nullptr ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
}

base::status registry::key_at_locked(registry_key& key, uint32_t index,
                                     registry_key*& out) noexcept {
    NT_TRY(check_locked(key));
    out = key.children.front();
    while (out != nullptr && index-- > 0) {
        out = key.children.next(*out);
    }
    return out != nullptr ? STATUS_SUCCESS : STATUS_NO_MORE_ENTRIES;
}

base::status registry::set_value(registry_key& key, name_view name, uint32_t type, const void* data,
                                 uint32_t bytes) noexcept {
    std::byte* copy =
        verify::fault_here() ? nullptr : base::heap_new_array<std::byte>(size_t{bytes} + 1);
    if (copy == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (bytes != 0) {
        std::memcpy(copy, data, bytes);
    }
    host::guard g(lock_);
    registry_value* v = nullptr;
    base::status s = find_locked(key, name, v);
    if (s == base::status(STATUS_OBJECT_NAME_NOT_FOUND)) {
        v = make_value(name);
        s = v != nullptr ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
        if (v != nullptr) {
            key.values.push_back(*v);
        }
    }
    if (!s.ok()) {
        base::heap_delete_array(copy, size_t{bytes} + 1);
        return s;
    }
    free_data(*v);
    v->data = copy;
    v->bytes = bytes;
    v->type = type;
    return STATUS_SUCCESS;
}

base::status registry::delete_value(registry_key& key, name_view name) noexcept {
    host::guard g(lock_);
    registry_value* v = nullptr;
    NT_TRY(find_locked(key, name, v));
    v->link.unlink();
    destroy(v);
    return STATUS_SUCCESS;
}

base::status registry::delete_key(registry_key& key) noexcept {
    key_ptr dropped;
    host::guard g(lock_);
    NT_TRY(check_locked(key));
    if (!key.children.empty() || key.parent == nullptr) {
        return STATUS_CANNOT_DELETE;
    }
    key.link.unlink();
    key.parent = nullptr;
    key.deleted = true;
    dropped = key_ptr::adopt(&key);  // the tree's reference; released after the lock
    return STATUS_SUCCESS;
}

}  // namespace rtl
