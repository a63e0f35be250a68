// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/device.hpp"

#include <cstring>

#include "base/heap.hpp"
#include "io/manager.hpp"
#include "ke/objects.hpp"
#include "ke/thread.hpp"
#include "mm/try_new.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace io {
namespace {

using base::object_kind;
using verify::rule;

constexpr size_t path_max = 256;
constexpr int links_max = 16;
constexpr CSHORT device_queue_type = 20;  // DeviceQueueObject

constexpr char16_t fold(char16_t c) noexcept {
    const bool small = (c >= u'a' && c <= u'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7);
    return small ? static_cast<char16_t>(c - 0x20) : c;
}

// The extension follows the object and is aligned like it.
size_t bytes_of(const device_request& r) noexcept {
    return sizeof(DEVICE_OBJECT) + r.extension_bytes;
}

NTSTATUS invalid_device_request(DEVICE_OBJECT*, IRP* irp) noexcept {
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    ke::current_machine().get<manager>().complete_request(irp, __builtin_return_address(0));
    return STATUS_INVALID_DEVICE_REQUEST;
}

}  // namespace

// A name in one spelling: upper case, \?? for its other names.
struct device_directory::path {
    char16_t text[path_max];
    size_t length = 0;

    [[nodiscard]] bool equals(const path& other) const noexcept {
        return length == other.length &&
               std::memcmp(text, other.text, length * sizeof(char16_t)) == 0;
    }
    [[nodiscard]] bool starts_with(const char16_t* prefix, size_t n) const noexcept {
        return length >= n && std::memcmp(text, prefix, n * sizeof(char16_t)) == 0;
    }
    void replace_start(size_t old_length, const char16_t* fresh, size_t fresh_length) noexcept {
        std::memmove(text + fresh_length, text + old_length,
                     (length - old_length) * sizeof(char16_t));
        std::memcpy(text, fresh, fresh_length * sizeof(char16_t));
        length = length - old_length + fresh_length;
    }
    // Only the directory and the object in it; what follows is the business of the device.
    void cut_to_object() noexcept {
        unsigned slashes = 0;
        for (size_t i = 0; i < length; ++i) {
            if (text[i] == u'\\' && ++slashes == 3) {
                length = i;
            }
        }
    }
};

struct device_directory::name : base::heap_object {
    name* next = nullptr;
    path at;
    device* object = nullptr;  ///< null: a link to target
    path target;
};

struct device_directory::device : base::heap_object {
    device* next = nullptr;
    DEVICE_OBJECT* object = nullptr;
    size_t bytes = 0;
    bool deleted = false;
};

device_directory::~device_directory() {
    while (name* n = names_) {
        names_ = n->next;
        delete n;
    }
    while (device* d = devices_) {
        devices_ = d->next;
        base::heap_deallocate(d->object, d->bytes);
        delete d;
    }
}

PDRIVER_DISPATCH device_directory::default_dispatch() noexcept {
    return invalid_device_request;
}

void set_default_dispatch(DRIVER_OBJECT& driver) noexcept {
    for (PDRIVER_DISPATCH& routine : driver.MajorFunction) {
        routine = invalid_device_request;
    }
}

// ---- names -------------------------------------------------------------------------------------

base::status device_directory::canonical(const UNICODE_STRING& in, path& out) noexcept {
    const size_t n = in.Length / sizeof(WCHAR);
    if (in.Length % sizeof(WCHAR) != 0 || n == 0 || n > path_max - 8) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    for (size_t i = 0; i < n; ++i) {
        out.text[i] = fold(static_cast<char16_t>(in.Buffer[i]));
    }
    out.length = n;
    if (out.text[0] != u'\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    struct alias {
        const char16_t* text;
        size_t length;
    };
    static constexpr alias aliases[] = {
        {u"\\DOSDEVICES\\GLOBAL\\", 19},
        {u"\\DOSDEVICES\\", 12},
        {u"\\GLOBAL\?\?\\", 10},
        {u"\\\?\?\\GLOBAL\\", 11},
    };
    for (const alias& a : aliases) {
        if (out.starts_with(a.text, a.length)) {
            out.replace_start(a.length, u"\\\?\?\\", 4);
            break;
        }
    }
    const bool known = out.starts_with(u"\\DEVICE\\", 8) || out.starts_with(u"\\\?\?\\", 4);
    const size_t directory = out.starts_with(u"\\DEVICE\\", 8) ? 8 : 4;
    if (!known) {
        return STATUS_OBJECT_PATH_NOT_FOUND;
    }
    if (out.length == directory || out.text[directory] == u'\\') {
        return STATUS_OBJECT_NAME_INVALID;
    }
    return STATUS_SUCCESS;
}

device_directory::name* device_directory::find_name_locked(const path& p) noexcept {
    for (name* n = names_; n != nullptr; n = n->next) {
        if (n->at.equals(p)) {
            return n;
        }
    }
    return nullptr;
}

base::status device_directory::link(const UNICODE_STRING& text, const UNICODE_STRING& target,
                                    const void* caller) noexcept {
    auto* n = mm::try_new<name>();
    if (n == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    base::status s = canonical(text, n->at);
    if (s.ok()) {
        s = canonical(target, n->target);
    }
    if (s.ok()) {
        host::guard g(lock_);
        if (find_name_locked(n->at) != nullptr) {
            s = STATUS_OBJECT_NAME_COLLISION;
        } else {
            n->object = nullptr;
            n->next = names_;
            names_ = n;
        }
    }
    if (!s.ok()) {
        delete n;
        return s;
    }
    ledger_->add(object_kind::symbolic_link, n, 0, 0, caller);
    return STATUS_SUCCESS;
}

base::status device_directory::unlink(const UNICODE_STRING& text) noexcept {
    path p;
    NT_TRY(canonical(text, p));
    name* found = nullptr;
    {
        host::guard g(lock_);
        name** at = &names_;
        while (*at != nullptr && !(*at)->at.equals(p)) {
            at = &(*at)->next;
        }
        if (*at == nullptr) {
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
        if ((*at)->object != nullptr) {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        found = *at;
        *at = found->next;
    }
    ledger_->remove(object_kind::symbolic_link, found);
    delete found;
    return STATUS_SUCCESS;
}

base::status device_directory::open(const UNICODE_STRING& text, DEVICE_OBJECT** out) noexcept {
    path p;
    NT_TRY(canonical(text, p));
    host::guard g(lock_);
    for (int hop = 0; hop < links_max; ++hop) {
        p.cut_to_object();
        const name* n = find_name_locked(p);
        if (n == nullptr) {
            return STATUS_OBJECT_NAME_NOT_FOUND;
        }
        if (n->object != nullptr) {
            ++n->object->object->ReferenceCount;
            *out = n->object->object;
            return STATUS_SUCCESS;
        }
        p = n->target;
    }
    return STATUS_OBJECT_NAME_INVALID;
}

// ---- devices -----------------------------------------------------------------------------------

device_directory::device* device_directory::find_locked(const DEVICE_OBJECT* object) noexcept {
    for (device* d = devices_; d != nullptr; d = d->next) {
        if (d->object == object) {
            return d;
        }
    }
    return nullptr;
}

bool device_directory::is_device(const DEVICE_OBJECT* object) noexcept {
    host::guard g(lock_);
    return find_locked(object) != nullptr;
}

namespace {

DEVICE_OBJECT* make_object(const device_request& r) noexcept {
    const size_t bytes = bytes_of(r);
    auto* o = static_cast<DEVICE_OBJECT*>(base::heap_allocate(bytes));
    if (o == nullptr) {
        return nullptr;
    }
    std::memset(static_cast<void*>(o), 0, bytes);
    o->Type = IO_TYPE_DEVICE;
    o->Size = static_cast<USHORT>(bytes);
    o->DriverObject = r.driver;
    o->Flags = DO_DEVICE_INITIALIZING | (r.exclusive ? DO_EXCLUSIVE : 0u) |
               (r.name != nullptr ? DO_DEVICE_HAS_NAME : 0u);
    o->Characteristics = r.characteristics;
    o->DeviceExtension = r.extension_bytes != 0 ? o + 1 : nullptr;
    o->DeviceType = r.type;
    o->StackSize = 1;
    o->DeviceQueue.Type = device_queue_type;
    o->DeviceQueue.Size = sizeof(KDEVICE_QUEUE);
    o->DeviceQueue.DeviceListHead.Flink = o->DeviceQueue.DeviceListHead.Blink =
        &o->DeviceQueue.DeviceListHead;
    ke::initialize(o->DeviceLock, SynchronizationEvent, true);
    return o;
}

}  // namespace

base::status device_directory::create(const device_request& request, const void* caller,
                                      DEVICE_OBJECT** out) noexcept {
    *out = nullptr;
    const bool named = request.name != nullptr && request.name->Length != 0;
    name* n = named ? mm::try_new<name>() : nullptr;
    if (named && n == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (named) {
        if (base::status s = canonical(*request.name, n->at); !s.ok()) {
            delete n;
            return s;
        }
    }
    auto* d = mm::try_new<device>();
    DEVICE_OBJECT* object = d != nullptr ? make_object(request) : nullptr;
    base::status s = object != nullptr ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES;
    if (s.ok()) {
        host::guard g(lock_);
        if (named && find_name_locked(n->at) != nullptr) {
            s = STATUS_OBJECT_NAME_COLLISION;
        } else {
            d->object = object;
            d->bytes = bytes_of(request);
            d->next = devices_;
            devices_ = d;
            if (named) {
                n->object = d;
                n->next = names_;
                names_ = n;
            }
            object->NextDevice = request.driver->DeviceObject;
            request.driver->DeviceObject = object;
        }
    }
    if (!s.ok()) {
        if (object != nullptr) {
            base::heap_deallocate(object, bytes_of(request));
        }
        delete d;
        delete n;
        return s;
    }
    ledger_->add(object_kind::device, object, object->Size, 0, caller);
    *out = object;
    return STATUS_SUCCESS;
}

// True when the object must be freed by the caller, which has taken it off the list.
bool device_directory::drop_reference_locked(device& d) noexcept {
    if (!d.deleted || d.object->ReferenceCount > 0) {
        return false;
    }
    device** at = &devices_;
    while (*at != &d) {
        at = &(*at)->next;
    }
    *at = d.next;
    return true;
}

void device_directory::remove(DEVICE_OBJECT* object, const void* caller) noexcept {
    name* dead_name = nullptr;
    device* dead = nullptr;
    bool known = false;
    {
        host::guard g(lock_);
        device* d = find_locked(object);
        known = d != nullptr && !d->deleted;
        if (known) {
            for (name** at = &names_; *at != nullptr; at = &(*at)->next) {
                if ((*at)->object == d) {
                    dead_name = *at;
                    *at = dead_name->next;
                    break;
                }
            }
            // The driver's list, as far as it is made of devices.
            DEVICE_OBJECT** link = &object->DriverObject->DeviceObject;
            while (*link != nullptr && *link != object && find_locked(*link) != nullptr) {
                link = &(*link)->NextDevice;
            }
            if (*link == object) {
                *link = object->NextDevice;
            }
            d->deleted = true;
            dead = drop_reference_locked(*d) ? d : nullptr;
        }
    }
    if (!known) {
        verify::violation(rule::device_bad_delete, caller, object,
                          "IoDeleteDevice of %p, which is no device object, or was deleted",
                          static_cast<void*>(object));
    }
    ledger_->remove(object_kind::device, object);
    delete dead_name;
    if (dead != nullptr) {
        base::heap_deallocate(dead->object, dead->bytes);
        delete dead;
    }
}

void device_directory::dereference(DEVICE_OBJECT* object) noexcept {
    device* dead = nullptr;
    {
        host::guard g(lock_);
        device* d = find_locked(object);
        OPENWSK_ASSERT(d != nullptr && object->ReferenceCount > 0);
        --object->ReferenceCount;
        dead = drop_reference_locked(*d) ? d : nullptr;
    }
    if (dead != nullptr) {
        base::heap_deallocate(dead->object, dead->bytes);
        delete dead;
    }
}

}  // namespace io
