// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Context areas that drivers hang on driver objects.
//
// Documents: IoAllocateDriverObjectExtension, IoGetDriverObjectExtension.
//
// An area is found by driver object and identifier and lives as long as the driver object: the
// loader drops all of a driver's when it has been unloaded.
//
// Any thread, IRQL <= DISPATCH_LEVEL. One lock (rank irp).

#pragma once

#include <cstddef>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/io.h"

namespace io {

class driver_extensions {
public:
    driver_extensions() noexcept = default;
    ~driver_extensions();

    /// STATUS_OBJECT_NAME_COLLISION when the driver has one with that identifier,
    /// STATUS_INSUFFICIENT_RESOURCES. The area is zeroed.
    base::status add(const DRIVER_OBJECT* driver, const void* id, size_t bytes,
                     void*& area) noexcept;
    /// Null when there is none.
    void* find(const DRIVER_OBJECT* driver, const void* id) noexcept;
    void drop(const DRIVER_OBJECT* driver) noexcept;

private:
    struct extension : base::heap_object {
        base::list_node link;
        const DRIVER_OBJECT* driver = nullptr;
        const void* id = nullptr;
        void* area = nullptr;
        size_t bytes = 0;

        ~extension() {
            if (area != nullptr) {
                base::heap_deallocate(area, bytes);
            }
        }
    };

    extension* find_locked(const DRIVER_OBJECT* driver, const void* id) noexcept
        OPENWSK_REQUIRES(lock_);

    host::mutex lock_{base::lock_rank::irp};
    base::list<extension, &extension::link> all_ OPENWSK_GUARDED_BY(lock_);
};

}  // namespace io
