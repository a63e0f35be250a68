// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Requests that the I/O manager itself finishes: IRPs of IoBuildDeviceIoControlRequest, the
// create, cleanup and close requests behind a file object, and forwarding with a wait.
//
// Documents: IoBuildDeviceIoControlRequest, "Buffer Descriptions for I/O Control Codes",
// IoGetDeviceObjectPointer, IoForwardIrpSynchronously.
//
// Such an IRP belongs to the I/O manager once it is sent: when completion passes its highest
// location, output is copied back, the caller's status block written, its event set, and the IRP is
// freed with the buffers it was given. The driver needs no completion routine and frees nothing.

#pragma once

#include <cstdint>

#include "base/status.hpp"
#include "wdk/abi/io.h"

namespace io {

class manager;

struct control_request {
    uint32_t code;
    DEVICE_OBJECT* device;
    void* input;
    uint32_t input_bytes;
    void* output;
    uint32_t output_bytes;
    bool internal;
    KEVENT* event;
    IO_STATUS_BLOCK* result;
};

/// Null without memory, or when output that is locked (METHOD_IN_DIRECT, METHOD_OUT_DIRECT) may not
/// be touched. IRQL <= APC_LEVEL.
IRP* build_control(manager& m, const control_request& request, const void* caller) noexcept;

/// Ends an IRP of the I/O manager whose completion has passed the top.
void finish_request(manager& m, IRP& irp) noexcept;
/// Frees the buffers of one that was never sent.
void drop_buffers(IRP& irp) noexcept;

/// Copies the current location to the next, sends the IRP down and waits until it is back. False
/// when there is no location left. IRQL PASSIVE_LEVEL.
bool forward_and_wait(manager& m, DEVICE_OBJECT* device, IRP* irp, const void* caller) noexcept;

/// Opens a device by name: create request, then cleanup, as Windows does; the reference to the file
/// object is the driver's. IRQL PASSIVE_LEVEL.
base::status open_device(manager& m, const UNICODE_STRING& name, const void* caller,
                         FILE_OBJECT** file, DEVICE_OBJECT** device) noexcept;

}  // namespace io
