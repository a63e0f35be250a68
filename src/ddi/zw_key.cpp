// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Registry keys by handle.
//
// Windows documents: "Registry Key Object Routines"; the pages of wdm.h with these names.
// PASSIVE_LEVEL.

#include <algorithm>
#include <cstring>

#include "ddi/handle.hpp"
#include "mm/try_new.hpp"
#include "rtl/registry.hpp"
#include "wdk/abi/io.h"

namespace {

using ddi::objects;
using ddi::view;

// What a key handle refers to.
struct key_object : base::heap_object {
    explicit key_object(rtl::key_ptr k) noexcept : key(std::move(k)) {}
    rtl::key_ptr key;
};

// A reference to the key behind a handle, while in scope.
class key_handle : public ddi::handle_target {
public:
    key_handle(const ke::edge& e, HANDLE handle) noexcept
        : ddi::handle_target(e, handle, &ob::key_type) {}
    [[nodiscard]] rtl::registry_key& key() const noexcept {
        return *static_cast<key_object*>(body())->key;
    }
};

base::status make_handle(const ke::edge& e, rtl::key_ptr key, ACCESS_MASK access, ULONG attributes,
                         HANDLE* out) noexcept {
    auto* body = mm::try_new<key_object>(std::move(key));
    if (body == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    const auto destroy = [](void* b) noexcept { delete static_cast<key_object*>(b); };
    if (!objects(e).insert(body, ob::key_type, destroy)) {
        delete body;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return ddi::give_handle(e, body, access, attributes, out);
}

base::status open_key(const ke::edge& e, PHANDLE handle, ACCESS_MASK access,
                      const OBJECT_ATTRIBUTES* attributes, bool create, bool& created) noexcept {
    if (handle == nullptr || attributes == nullptr || attributes->ObjectName == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *handle = nullptr;
    auto& registry = e.machine().get<rtl::registry>();
    rtl::key_ptr key;
    if (attributes->RootDirectory == nullptr) {
        NT_TRY(registry.open(nullptr, view(attributes->ObjectName), create, key, &created));
    } else {
        const key_handle root(e, attributes->RootDirectory);
        NT_TRY(root.status());
        NT_TRY(registry.open(&root.key(), view(attributes->ObjectName), create, key, &created));
    }
    return make_handle(e, std::move(key), access, attributes->Attributes, handle);
}

// Fills a driver's buffer front to back and remembers whether everything fitted.
class result_buffer {
public:
    result_buffer(void* out, ULONG capacity) noexcept
        : out_(static_cast<char*>(out)), capacity_(capacity) {}

    void put(const void* bytes, size_t count) noexcept {
        if (length_ < capacity_ && count != 0) {
            std::memcpy(out_ + length_, bytes, std::min<size_t>(count, capacity_ - length_));
        }
        length_ += count;
    }
    void number(ULONG value) noexcept { put(&value, sizeof value); }
    void align(size_t to) noexcept {
        static constexpr char zeros[8] = {};
        put(zeros, (to - length_ % to) % to);
    }
    [[nodiscard]] size_t length() const noexcept { return length_; }

private:
    char* out_;
    size_t capacity_;
    size_t length_ = 0;
};

// Bytes of the fixed part, without which nothing is written.
size_t fixed_bytes(KEY_VALUE_INFORMATION_CLASS kind) noexcept {
    switch (kind) {
        case KeyValueBasicInformation:
            return offsetof(KEY_VALUE_BASIC_INFORMATION, Name);
        case KeyValueFullInformation:
        case KeyValueFullInformationAlign64:
            return offsetof(KEY_VALUE_FULL_INFORMATION, Name);
        case KeyValuePartialInformation:
            return offsetof(KEY_VALUE_PARTIAL_INFORMATION, Data);
        case KeyValuePartialInformationAlign64:
            return 2 * sizeof(ULONG);
        default:
            return 0;
    }
}

void write_value(const rtl::registry_value& v, KEY_VALUE_INFORMATION_CLASS kind,
                 result_buffer& out) noexcept {
    const auto name_bytes = static_cast<ULONG>(v.view().size() * sizeof(char16_t));
    const bool aligned = kind == KeyValueFullInformationAlign64;
    if (kind != KeyValuePartialInformationAlign64) {
        out.number(0);  // TitleIndex
    }
    out.number(v.type);
    switch (kind) {
        case KeyValueBasicInformation:
            out.number(name_bytes);
            out.put(v.view().data(), name_bytes);
            break;
        case KeyValueFullInformation:
        case KeyValueFullInformationAlign64: {
            const size_t end = fixed_bytes(kind) + name_bytes;
            const size_t to = aligned ? 8 : sizeof(ULONG);
            out.number(static_cast<ULONG>((end + to - 1) / to * to));
            out.number(v.bytes);
            out.number(name_bytes);
            out.put(v.view().data(), name_bytes);
            out.align(to);
            out.put(v.data, v.bytes);
            break;
        }
        default:
            out.number(v.bytes);
            out.put(v.data, v.bytes);
            break;
    }
}

// Runs read(visitor) and turns what it wrote into a status.
template <class Read>
NTSTATUS read_value(HANDLE handle, KEY_VALUE_INFORMATION_CLASS kind, PVOID buffer, ULONG length,
                    PULONG result_length, const ke::edge& e, Read&& read) noexcept {
    if (fixed_bytes(kind) == 0 || result_length == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    const key_handle h(e, handle);
    if (!h.status().ok()) {
        return h.status().code();
    }
    result_buffer out(buffer, length < fixed_bytes(kind) ? 0 : length);
    const base::status s =
        read(h.key(), [&](const rtl::registry_value& v) { write_value(v, kind, out); });
    if (!s.ok()) {
        return s.code();
    }
    *result_length = static_cast<ULONG>(out.length());
    return length < fixed_bytes(kind) ? STATUS_BUFFER_TOO_SMALL
           : length < out.length()    ? STATUS_BUFFER_OVERFLOW
                                      : STATUS_SUCCESS;
}

}  // namespace

extern "C" {

OPENWSK_EXPORT NTSTATUS ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                                  POBJECT_ATTRIBUTES ObjectAttributes) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    bool created = false;
    return open_key(e, KeyHandle, DesiredAccess, ObjectAttributes, false, created).code();
}

OPENWSK_EXPORT NTSTATUS ZwCreateKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                                    POBJECT_ATTRIBUTES ObjectAttributes, ULONG, PUNICODE_STRING,
                                    ULONG, PULONG Disposition) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    bool created = false;
    const base::status s = open_key(e, KeyHandle, DesiredAccess, ObjectAttributes, true, created);
    if (s.ok() && Disposition != nullptr) {
        *Disposition = created ? REG_CREATED_NEW_KEY : REG_OPENED_EXISTING_KEY;
    }
    return s.code();
}

OPENWSK_EXPORT NTSTATUS ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                                        KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                        PVOID KeyValueInformation, ULONG Length,
                                        PULONG ResultLength) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return read_value(KeyHandle, KeyValueInformationClass, KeyValueInformation, Length,
                      ResultLength, e, [&](rtl::registry_key& key, auto&& visit) {
                          return e.machine().get<rtl::registry>().query(key, view(ValueName),
                                                                        visit);
                      });
}

OPENWSK_EXPORT NTSTATUS ZwEnumerateValueKey(HANDLE KeyHandle, ULONG Index,
                                            KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                                            PVOID KeyValueInformation, ULONG Length,
                                            PULONG ResultLength) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return read_value(KeyHandle, KeyValueInformationClass, KeyValueInformation, Length,
                      ResultLength, e, [&](rtl::registry_key& key, auto&& visit) {
                          return e.machine().get<rtl::registry>().enumerate_values(key, Index,
                                                                                   visit);
                      });
}

OPENWSK_EXPORT NTSTATUS ZwSetValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName, ULONG,
                                      ULONG Type, PVOID Data, ULONG DataSize) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const key_handle h(e, KeyHandle);
    if (!h.status().ok()) {
        return h.status().code();
    }
    return e.machine()
        .get<rtl::registry>()
        .set_value(h.key(), view(ValueName), Type, Data, DataSize)
        .code();
}

OPENWSK_EXPORT NTSTATUS ZwDeleteValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const key_handle h(e, KeyHandle);
    if (!h.status().ok()) {
        return h.status().code();
    }
    return e.machine().get<rtl::registry>().delete_value(h.key(), view(ValueName)).code();
}

// The registry lives in memory: nothing is left to write.
OPENWSK_EXPORT NTSTATUS ZwFlushKey(HANDLE KeyHandle) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return key_handle(e, KeyHandle).status().code();
}

// The Parameters key of the driver's service, for all kinds that drivers ask for.
OPENWSK_EXPORT NTSTATUS IoOpenDriverRegistryKey(PDRIVER_OBJECT DriverObject,
                                                DRIVER_REGKEY_TYPE RegKeyType,
                                                ACCESS_MASK DesiredAccess, ULONG Flags,
                                                PHANDLE DriverRegKey) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (RegKeyType != DriverRegKeyParameters || Flags != 0 || DriverRegKey == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *DriverRegKey = nullptr;
    auto& registry = e.machine().get<rtl::registry>();
    rtl::key_ptr services;
    rtl::key_ptr service;
    rtl::key_ptr parameters;
    base::status s = registry.open(
        nullptr, u"\\Registry\\Machine\\System\\CurrentControlSet\\Services", true, services);
    if (s.ok()) {
        s = registry.open(services.get(), view(&DriverObject->DriverExtension->ServiceKeyName),
                          true, service);
    }
    if (s.ok()) {
        s = registry.open(service.get(), u"Parameters", true, parameters);
    }
    if (s.ok()) {
        s = make_handle(e, std::move(parameters), DesiredAccess, OBJ_KERNEL_HANDLE, DriverRegKey);
    }
    return s.code();
}

}  // extern "C"
