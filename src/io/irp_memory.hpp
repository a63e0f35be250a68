// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Memory of the IRPs that IoAllocateIrp returns: free lists per thread, by number of stack
// locations, so that a driver that allocates an IRP for each operation pays a few nanoseconds.
//
// A block is a header, which no driver sees, and the IRP. AddressSanitizer builds keep no list:
// each block is an allocation of its own, so that a touch of a freed IRP is reported with its
// stacks. Any thread, any IRQL; no lock.

#pragma once

#include "wdk/abi/io.h"

namespace io {

/// Uninitialised memory for an IRP, or null (also by fault point).
IRP* take_irp_memory(int stack_count) noexcept;

/// Gives back what take_irp_memory returned. The IRP's Type becomes 0.
void give_irp_memory(IRP* irp) noexcept;

/// Who an allocated IRP belongs to.
enum class irp_origin : uint8_t {
    none = 0,
    allocated,   ///< IoAllocateIrp: the driver frees it
    associated,  ///< IoBuildDeviceIoControlRequest: completion frees it
};

/// The mark in the header. Only for an IRP that take_irp_memory returned.
irp_origin origin_of(const IRP* irp) noexcept;
void set_origin(IRP* irp, irp_origin origin) noexcept;

}  // namespace io
