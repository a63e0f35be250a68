// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Device objects and the names they are found by.
//
// Documents: "Introduction to Device Objects", IoCreateDevice, IoDeleteDevice,
// IoCreateSymbolicLink, "Object Names".
//
// The name space holds \Device\<name> and symbolic links in \?? (also written \DosDevices and
// \GLOBAL??). Names compare without regard to case. A device that is deleted while file objects
// refer to it loses its name at once and its memory with the last reference; until then requests
// reach its driver, the close among them.
//
//     made    -> listed   [create]
//     listed  -> deleted  [remove: name gone, off the driver's list]
//     deleted -> freed    [remove or dereference: nobody refers to it]
//
// DRIVER_OBJECT.DeviceObject heads the driver's devices, as drivers walk it to delete them. The
// directory keeps a list of its own and never follows that one.
//
// IRQL: look-ups of is_device <= DISPATCH_LEVEL, everything else PASSIVE_LEVEL. Lock: one, rank
// object.

#pragma once

#include <cstdint>

#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/io.h"

namespace verify {
class ledger;
}

namespace io {

/// What DRIVER_OBJECT.MajorFunction holds before DriverEntry: completes the IRP with
/// STATUS_INVALID_DEVICE_REQUEST.
void set_default_dispatch(DRIVER_OBJECT& driver) noexcept;

struct device_request {
    DRIVER_OBJECT* driver;
    uint32_t extension_bytes;
    const UNICODE_STRING* name;  ///< or null
    DEVICE_TYPE type;
    uint32_t characteristics;
    bool exclusive;
};

class device_directory {
public:
    explicit device_directory(verify::ledger& l) noexcept : ledger_(&l) {}
    device_directory(const device_directory&) = delete;
    device_directory& operator=(const device_directory&) = delete;
    ~device_directory();

    /// A device of the driver's, at the head of its list, that lives until remove.
    /// STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_PATH_SYNTAX_BAD, STATUS_OBJECT_PATH_NOT_FOUND,
    /// STATUS_OBJECT_NAME_INVALID, STATUS_INSUFFICIENT_RESOURCES.
    base::status create(const device_request& request, const void* caller,
                        DEVICE_OBJECT** out) noexcept;
    /// Rule device-bad-delete for what is no device, or one that was removed.
    void remove(DEVICE_OBJECT* device, const void* caller) noexcept;

    /// Makes a symbolic link; target need not exist. Statuses as of create.
    base::status link(const UNICODE_STRING& name, const UNICODE_STRING& target,
                      const void* caller) noexcept;
    /// STATUS_OBJECT_NAME_NOT_FOUND, STATUS_OBJECT_TYPE_MISMATCH (a device's name), and what is
    /// wrong with the text of the name.
    base::status unlink(const UNICODE_STRING& name) noexcept;

    /// The device a name leads to, with one more reference; STATUS_OBJECT_NAME_NOT_FOUND, ...
    base::status open(const UNICODE_STRING& name, DEVICE_OBJECT** out) noexcept;
    /// Gives back what open gave.
    void dereference(DEVICE_OBJECT* device) noexcept;

    /// True also for one that was deleted while somebody refers to it.
    [[nodiscard]] bool is_device(const DEVICE_OBJECT* device) noexcept;

    static PDRIVER_DISPATCH default_dispatch() noexcept;

private:
    struct path;
    struct name;
    struct device;

    device* find_locked(const DEVICE_OBJECT* object) noexcept OPENWSK_REQUIRES(lock_);
    name* find_name_locked(const path& p) noexcept OPENWSK_REQUIRES(lock_);
    bool drop_reference_locked(device& d) noexcept OPENWSK_REQUIRES(lock_);
    static base::status canonical(const UNICODE_STRING& text, path& out) noexcept;

    verify::ledger* ledger_;
    host::mutex lock_{base::lock_rank::object};
    device* devices_ OPENWSK_GUARDED_BY(lock_) = nullptr;
    name* names_ OPENWSK_GUARDED_BY(lock_) = nullptr;
};

}  // namespace io
