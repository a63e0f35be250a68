// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// RtlQueryRegistryValues and its relatives.
//
// Windows document: "RtlQueryRegistryValues function (wdm.h)"; docs/ddi/rtl.md says what differs.
//
// A query works through the driver's table, entry by entry, with the key that the last SUBKEY or
// TOPKEY entry chose. A value is copied before the driver sees it: no lock is held when its routine
// is called. IRQL: PASSIVE_LEVEL.

#include <algorithm>
#include <cstring>
#include <string>

#include "ke/callout.hpp"
#include "ke/edge.hpp"
#include "mm/pool.hpp"
#include "rtl/registry.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/rtl.h"

namespace {

constexpr uint32_t registry_tag = 0x67655252;  // "RReg"

rtl::name_view view(PCWSTR text) noexcept {
    size_t n = 0;
    while (text[n] != 0) {
        ++n;
    }
    return {reinterpret_cast<const char16_t*>(text), n};
}

/// Memory of the runtime while a query runs; ends with a zero character behind the bytes.
class buffer {
public:
    buffer() = default;
    buffer(const buffer&) = delete;
    buffer& operator=(const buffer&) = delete;
    ~buffer() { base::heap_deallocate(data_, room_); }

    bool assign(const void* bytes, size_t count) noexcept {
        base::heap_deallocate(data_, room_);
        room_ = count + sizeof(WCHAR);
        data_ = static_cast<char*>(base::heap_allocate(room_));
        size_ = data_ != nullptr ? count : 0;
        if (data_ == nullptr) {
            room_ = 0;
            return false;
        }
        if (count != 0) {
            std::memcpy(data_, bytes, count);
        }
        std::memset(data_ + count, 0, sizeof(WCHAR));
        return true;
    }
    [[nodiscard]] char* data() const noexcept { return data_; }
    [[nodiscard]] ULONG size() const noexcept { return static_cast<ULONG>(size_); }

private:
    char* data_ = nullptr;
    size_t size_ = 0;
    size_t room_ = 0;
};

struct value {
    ULONG type = REG_NONE;
    buffer data;
    buffer name;
};

constexpr bool is_string(ULONG type) noexcept {
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

base::status open_relative(const ke::edge& e, ULONG relative_to, PCWSTR path, bool create,
                           rtl::key_ptr& out) noexcept {
    static constexpr const char16_t* roots[RTL_REGISTRY_MAXIMUM] = {
        nullptr,
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Services",
        u"\\Registry\\Machine\\System\\CurrentControlSet\\Control",
        u"\\Registry\\Machine\\Software\\Microsoft\\Windows NT\\CurrentVersion",
        u"\\Registry\\Machine\\Hardware\\DeviceMap",
        u"\\Registry\\User\\.Default",
    };
    const ULONG root = relative_to & ~static_cast<ULONG>(RTL_REGISTRY_OPTIONAL);
    if (root >= RTL_REGISTRY_MAXIMUM || (root == RTL_REGISTRY_ABSOLUTE && path == nullptr)) {
        return STATUS_INVALID_PARAMETER;
    }
    auto& r = e.machine().get<rtl::registry>();
    if (root == RTL_REGISTRY_ABSOLUTE) {
        return r.open(nullptr, view(path), create, out);
    }
    rtl::key_ptr base_key;
    NT_TRY(r.open(nullptr, roots[root], create, base_key));
    if (path == nullptr || *path == 0) {
        out = base_key;
        return STATUS_SUCCESS;
    }
    return r.open(base_key.get(), view(path), create, out);
}

class query {
public:
    query(const ke::edge& e, rtl::registry& r, rtl::key_ptr top, PVOID context) noexcept
        : edge_(e), registry_(r), top_(top), key_(top), context_(context) {}

    base::status run(const RTL_QUERY_REGISTRY_TABLE& entry) noexcept {
        if ((entry.Flags & (RTL_QUERY_REGISTRY_TOPKEY | RTL_QUERY_REGISTRY_SUBKEY)) != 0) {
            key_ = top_;
        }
        if ((entry.Flags & RTL_QUERY_REGISTRY_SUBKEY) != 0) {
            return subkey(entry);
        }
        if (entry.Name == nullptr) {
            if ((entry.Flags & RTL_QUERY_REGISTRY_NOVALUE) != 0) {
                return call(entry, nullptr, REG_NONE, nullptr, 0);
            }
            return (entry.Flags & RTL_QUERY_REGISTRY_DIRECT) != 0
                       ? base::status(STATUS_INVALID_PARAMETER)
                       : all_values(entry);
        }
        return named(entry);
    }

private:
    base::status subkey(const RTL_QUERY_REGISTRY_TABLE& entry) noexcept {
        if (entry.Name == nullptr) {
            return STATUS_INVALID_PARAMETER;
        }
        rtl::key_ptr sub;
        const base::status s = registry_.open(top_.get(), view(entry.Name), false, sub);
        if (!s.ok()) {
            return s == STATUS_OBJECT_NAME_NOT_FOUND &&
                           (entry.Flags & RTL_QUERY_REGISTRY_REQUIRED) == 0
                       ? base::status(STATUS_SUCCESS)
                       : s;
        }
        key_ = sub;
        return entry.QueryRoutine != nullptr ? all_values(entry) : base::status(STATUS_SUCCESS);
    }

    base::status all_values(const RTL_QUERY_REGISTRY_TABLE& entry) noexcept {
        for (uint32_t i = 0;; ++i) {
            value v;
            bool copied = false;
            const base::status s =
                registry_.enumerate_values(*key_, i, [&](const rtl::registry_value& found) {
                    copied = v.data.assign(found.data, found.bytes) &&
                             v.name.assign(found.name, found.name_length * sizeof(WCHAR));
                    v.type = found.type;
                });
            if (s == STATUS_NO_MORE_ENTRIES) {
                return i == 0 && (entry.Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0
                           ? base::status(STATUS_OBJECT_NAME_NOT_FOUND)
                           : base::status(STATUS_SUCCESS);
            }
            NT_TRY(s);
            if (!copied) {
                return STATUS_NO_MEMORY;
            }
            NT_TRY(deliver(entry, reinterpret_cast<PWSTR>(v.name.data()), v));
        }
    }

    base::status named(const RTL_QUERY_REGISTRY_TABLE& entry) noexcept {
        if ((entry.Flags & RTL_QUERY_REGISTRY_NOVALUE) != 0) {
            return call(entry, entry.Name, REG_NONE, nullptr, 0);
        }
        value v;
        bool copied = false;
        base::status s =
            registry_.query(*key_, view(entry.Name), [&](const rtl::registry_value& found) {
                copied = v.data.assign(found.data, found.bytes);
                v.type = found.type;
            });
        if (s == STATUS_OBJECT_NAME_NOT_FOUND) {
            if ((entry.Flags & RTL_QUERY_REGISTRY_REQUIRED) != 0) {
                return s;
            }
            // With a type check the high byte names the type that is wanted.
            const ULONG type = (entry.Flags & RTL_QUERY_REGISTRY_TYPECHECK) != 0
                                   ? entry.DefaultType & ~RTL_QUERY_REGISTRY_TYPECHECK_MASK
                                   : entry.DefaultType;
            if (type == REG_NONE) {
                return STATUS_SUCCESS;
            }
            copied = v.data.assign(entry.DefaultData, default_bytes(entry));
            v.type = type;
            s = STATUS_SUCCESS;
        }
        NT_TRY(s);
        if (!copied) {
            return STATUS_NO_MEMORY;
        }
        NT_TRY(deliver(entry, entry.Name, v));
        if ((entry.Flags & RTL_QUERY_REGISTRY_DELETE) != 0) {
            (void)registry_.delete_value(*key_, view(entry.Name));
        }
        return STATUS_SUCCESS;
    }

    // A string default may give no length: it then ends with its zero (two, for a multi-string).
    static size_t default_bytes(const RTL_QUERY_REGISTRY_TABLE& entry) noexcept {
        if (entry.DefaultLength != 0 || entry.DefaultData == nullptr ||
            !is_string(entry.DefaultType & ~RTL_QUERY_REGISTRY_TYPECHECK_MASK)) {
            return entry.DefaultLength;
        }
        const auto* text = static_cast<const WCHAR*>(entry.DefaultData);
        size_t n = view(text).size() + 1;
        const bool multiple =
            (entry.DefaultType & ~RTL_QUERY_REGISTRY_TYPECHECK_MASK) == REG_MULTI_SZ;
        while (multiple && text[n - 1] == 0 && text[n] != 0) {
            n += view(text + n).size() + 1;
        }
        return (n + (multiple ? 1 : 0)) * sizeof(WCHAR);
    }

    base::status deliver(const RTL_QUERY_REGISTRY_TABLE& entry, PWSTR name, value& v) noexcept {
        if ((entry.Flags & RTL_QUERY_REGISTRY_DIRECT) != 0) {
            return direct(entry, v);
        }
        if (v.type != REG_MULTI_SZ || (entry.Flags & RTL_QUERY_REGISTRY_NOEXPAND) != 0) {
            const bool expands =
                v.type == REG_EXPAND_SZ && (entry.Flags & RTL_QUERY_REGISTRY_NOEXPAND) == 0;
            return call(entry, name, expands ? REG_SZ : v.type, v.data.data(), v.data.size());
        }
        auto* text = reinterpret_cast<PWSTR>(v.data.data());
        const auto* end = text + v.data.size() / sizeof(WCHAR);
        while (text < end && *text != 0) {
            const auto n = static_cast<ULONG>(view(text).size() + 1);
            NT_TRY(call(entry, name, REG_SZ, text, n * sizeof(WCHAR)));
            text += n;
        }
        return STATUS_SUCCESS;
    }

    base::status call(const RTL_QUERY_REGISTRY_TABLE& entry, PWSTR name, ULONG type, PVOID data,
                      ULONG bytes) noexcept {
        if (entry.QueryRoutine == nullptr) {
            return STATUS_INVALID_PARAMETER;
        }
        const base::status s = ke::callout(ke::callout_kind::registry_query, entry.QueryRoutine,
                                           name, type, data, bytes, context_, entry.EntryContext);
        return s == STATUS_BUFFER_TOO_SMALL ? base::status(STATUS_SUCCESS) : s;
    }

    base::status direct(const RTL_QUERY_REGISTRY_TABLE& entry, const value& v) noexcept {
        if (entry.EntryContext == nullptr || entry.QueryRoutine != nullptr) {
            return STATUS_INVALID_PARAMETER;
        }
        const ULONG wanted = (entry.DefaultType & RTL_QUERY_REGISTRY_TYPECHECK_MASK) >>
                             RTL_QUERY_REGISTRY_TYPECHECK_SHIFT;
        if ((entry.Flags & RTL_QUERY_REGISTRY_TYPECHECK) != 0 && wanted != v.type) {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        if (is_string(v.type)) {
            return (entry.Flags & RTL_QUERY_REGISTRY_NOSTRING) != 0
                       ? base::status(STATUS_OBJECT_TYPE_MISMATCH)
                       : direct_string(*static_cast<PUNICODE_STRING>(entry.EntryContext), v);
        }
        if (v.data.size() <= sizeof(ULONG)) {
            std::memcpy(entry.EntryContext, v.data.data(), v.data.size());
            return STATUS_SUCCESS;
        }
        // Longer data: the first word is minus the room of the buffer; or the buffer takes length,
        // type and data.
        auto* words = static_cast<ULONG*>(entry.EntryContext);
        const auto first = static_cast<LONG>(words[0]);
        if (first < 0) {
            if (static_cast<ULONG>(-first) < v.data.size()) {
                return STATUS_BUFFER_TOO_SMALL;
            }
            std::memcpy(entry.EntryContext, v.data.data(), v.data.size());
            return STATUS_SUCCESS;
        }
        if (words[0] < v.data.size()) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        words[0] = v.data.size();
        words[1] = v.type;
        std::memcpy(words + 2, v.data.data(), v.data.size());
        return STATUS_SUCCESS;
    }

    base::status direct_string(UNICODE_STRING& out, const value& v) noexcept {
        ULONG bytes = v.data.size() & ~1u;
        const auto* text = reinterpret_cast<const WCHAR*>(v.data.data());
        if (bytes >= sizeof(WCHAR) && text[bytes / sizeof(WCHAR) - 1] == 0) {
            bytes -= sizeof(WCHAR);
        }
        const ULONG whole = bytes + sizeof(WCHAR);
        if (whole > 0xfffe) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        if (out.Buffer == nullptr) {
            void* p = edge_.machine().get<mm::pool>().allocate(
                {whole, registry_tag, true, false, false}, edge_.caller());
            if (p == nullptr) {
                return STATUS_NO_MEMORY;
            }
            out.Buffer = static_cast<PWCH>(p);
            out.MaximumLength = static_cast<USHORT>(whole);
        } else if (out.MaximumLength < whole) {
            return STATUS_BUFFER_TOO_SMALL;
        }
        std::memcpy(out.Buffer, text, whole);
        out.Length = static_cast<USHORT>(bytes);
        return STATUS_SUCCESS;
    }

    const ke::edge& edge_;
    rtl::registry& registry_;
    rtl::key_ptr top_;
    rtl::key_ptr key_;
    PVOID context_;
};

}  // namespace

extern "C" {

OPENWSK_EXPORT NTSTATUS RtlQueryRegistryValues(ULONG RelativeTo, PCWSTR Path,
                                               PRTL_QUERY_REGISTRY_TABLE QueryTable, PVOID Context,
                                               PVOID) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    rtl::key_ptr key;
    base::status s = open_relative(e, RelativeTo, Path, false, key);
    if (!s.ok()) {
        return s == STATUS_OBJECT_NAME_NOT_FOUND && (RelativeTo & RTL_REGISTRY_OPTIONAL) != 0
                   ? STATUS_SUCCESS
                   : s.code();
    }
    query q(e, e.machine().get<rtl::registry>(), key, Context);
    for (; QueryTable->QueryRoutine != nullptr ||
           (QueryTable->Flags & (RTL_QUERY_REGISTRY_SUBKEY | RTL_QUERY_REGISTRY_DIRECT)) != 0;
         ++QueryTable) {
        s = q.run(*QueryTable);
        if (!s.ok()) {
            return s.code();
        }
    }
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS RtlWriteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName,
                                              ULONG ValueType, PVOID ValueData, ULONG ValueLength) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    rtl::key_ptr key;
    base::status s = open_relative(e, RelativeTo, Path, true, key);
    if (s.ok()) {
        s = e.machine().get<rtl::registry>().set_value(*key, view(ValueName), ValueType, ValueData,
                                                       ValueLength);
    }
    return s.code();
}

OPENWSK_EXPORT NTSTATUS RtlDeleteRegistryValue(ULONG RelativeTo, PCWSTR Path, PCWSTR ValueName) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    rtl::key_ptr key;
    base::status s = open_relative(e, RelativeTo, Path, false, key);
    if (s.ok()) {
        s = e.machine().get<rtl::registry>().delete_value(*key, view(ValueName));
    }
    return s.code();
}

OPENWSK_EXPORT NTSTATUS RtlCheckRegistryKey(ULONG RelativeTo, PWSTR Path) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    rtl::key_ptr key;
    return open_relative(e, RelativeTo, Path, false, key).code();
}

OPENWSK_EXPORT NTSTATUS RtlCreateRegistryKey(ULONG RelativeTo, PWSTR Path) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    rtl::key_ptr key;
    return open_relative(e, RelativeTo, Path, true, key).code();
}

}  // extern "C"
