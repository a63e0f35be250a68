// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/driver_extension.hpp"

#include <cstring>
#include <memory>

#include "mm/try_new.hpp"
#include "wdk/abi/ntstatus.h"

namespace io {

driver_extensions::~driver_extensions() {
    host::guard g(lock_);
    while (extension* e = all_.pop_front()) {
        delete e;
    }
}

driver_extensions::extension* driver_extensions::find_locked(const DRIVER_OBJECT* driver,
                                                             const void* id) noexcept {
    extension* e = all_.front();
    while (e != nullptr && (e->driver != driver || e->id != id)) {
        e = all_.next(*e);
    }
    return e;
}

base::status driver_extensions::add(const DRIVER_OBJECT* driver, const void* id, size_t bytes,
                                    void*& area) noexcept {
    std::unique_ptr<extension> e(mm::try_new<extension>());
    if (e == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    e->driver = driver;
    e->id = id;
    e->bytes = bytes != 0 ? bytes : 1;
    e->area = verify::fault_here() ? nullptr : base::heap_allocate(e->bytes);
    if (e->area == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    std::memset(e->area, 0, e->bytes);
    host::guard g(lock_);
    if (find_locked(driver, id) != nullptr) {
        return STATUS_OBJECT_NAME_COLLISION;
    }
    area = e->area;
    all_.push_back(*e.release());
    return STATUS_SUCCESS;
}

void* driver_extensions::find(const DRIVER_OBJECT* driver, const void* id) noexcept {
    host::guard g(lock_);
    const extension* e = find_locked(driver, id);
    return e != nullptr ? e->area : nullptr;
}

void driver_extensions::drop(const DRIVER_OBJECT* driver) noexcept {
    base::list<extension, &extension::link> gone;
    {
        host::guard g(lock_);
        for (extension* e = all_.front(); e != nullptr;) {
            extension* following = all_.next(*e);
            if (e->driver == driver) {
                e->link.unlink();
                gone.push_back(*e);
            }
            e = following;
        }
    }
    while (extension* e = gone.pop_front()) {
        delete e;
    }
}

}  // namespace io
