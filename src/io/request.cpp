// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/request.hpp"

#include <algorithm>
#include <cstring>

#include "base/heap.hpp"
#include "io/irp_bytes.hpp"
#include "io/irp_memory.hpp"
#include "io/manager.hpp"
#include "ke/objects.hpp"
#include "mm/pool.hpp"
#include "ob/object.hpp"
#include "verify/fault.hpp"
#include "wdk/abi/ntstatus.h"

namespace io {
namespace {

constexpr uint32_t buffer_tag = 0x20206f49;  // "Io  "

mm::pool& pool_here() noexcept {
    return ke::current_machine().get<mm::pool>();
}

constexpr bool is_error(int32_t s) noexcept {
    return (static_cast<uint32_t>(s) >> 30) == 3;
}

// The system buffer: a copy of the input, with room for the output if that is buffered too.
bool give_buffer(IRP& irp, const control_request& r, uint32_t bytes, const void* caller) noexcept {
    if (bytes == 0) {
        return true;
    }
    void* buffer = pool_here().allocate({bytes, buffer_tag, false, true, false}, caller);
    if (buffer == nullptr) {
        return false;
    }
    if (r.input_bytes != 0) {
        std::memcpy(buffer, r.input, r.input_bytes);
    }
    irp.AssociatedIrp.SystemBuffer = buffer;
    irp.Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return true;
}

bool lock_output(IRP& irp, const control_request& r, uint32_t method, const void* caller) noexcept {
    if (r.output == nullptr || r.output_bytes == 0) {
        return true;
    }
    mm::mdls& mdls = pool_here().mdl();
    MDL* mdl = mdls.allocate(r.output, r.output_bytes, false, &irp, caller);
    if (mdl == nullptr) {
        return false;
    }
    const LOCK_OPERATION operation = method == METHOD_IN_DIRECT ? IoReadAccess : IoWriteAccess;
    if (!mdls.lock(*mdl, operation, caller).ok()) {
        mdls.free(mdl, caller);
        irp.MdlAddress = nullptr;
        return false;
    }
    return true;
}

bool give_buffers(IRP& irp, const control_request& r, const void* caller) noexcept {
    const uint32_t method = METHOD_FROM_CTL_CODE(r.code);
    switch (method) {
        case METHOD_BUFFERED:
            irp.UserBuffer = r.output;
            irp.Flags |= r.output != nullptr ? IRP_INPUT_OPERATION : 0u;
            return give_buffer(irp, r, std::max(r.input_bytes, r.output_bytes), caller);
        case METHOD_NEITHER:
            irp.UserBuffer = r.output;
            return true;
        default:
            return give_buffer(irp, r, r.input_bytes, caller) &&
                   lock_output(irp, r, method, caller);
    }
}

NTSTATUS signal_and_keep(DEVICE_OBJECT*, IRP* irp, void* event) noexcept {
    // Whoever waits looks at PendingReturned of nobody: it has not returned yet.
    (void)irp;
    ke::set(*static_cast<KEVENT*>(event));
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// A file object's body; freed when the last reference to it is gone.
void close_file(void* body) noexcept;

// Sends a request without parameters for a file object and, if wait, waits for its end.
int32_t send_file_request(manager& m, DEVICE_OBJECT* device, FILE_OBJECT* file, uint8_t major,
                          bool wait, const void* caller) noexcept {
    IRP* irp = m.allocate_irp(static_cast<int8_t>(device->StackSize), caller);
    if (irp == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    set_origin(irp, irp_origin::associated);
    KEVENT event;
    IO_STATUS_BLOCK result{};
    if (wait) {
        ke::initialize(event, NotificationEvent, false);
        irp->UserEvent = &event;
        irp->UserIosb = &result;
    }
    irp->Tail.Overlay.OriginalFileObject = file;
    IO_STACK_LOCATION& next = *location(*irp, irp->CurrentLocation - 1);
    next.MajorFunction = major;
    next.FileObject = file;
    const int32_t s = m.call_driver(device, irp, caller);
    if (!wait) {
        return s;
    }
    (void)ke::wait(event);
    return result.Status;
}

void close_file(void* body) noexcept {
    auto* file = static_cast<FILE_OBJECT*>(body);
    manager& m = ke::current_machine().get<manager>();
    DEVICE_OBJECT* device = file->DeviceObject;
    send_file_request(m, device, file, IRP_MJ_CLOSE, false, nullptr);
    m.devices().dereference(device);
    base::heap_deallocate(file, sizeof *file);
}

FILE_OBJECT* make_file(DEVICE_OBJECT* device) noexcept {
    if (verify::fault_here()) {
        return nullptr;
    }
    auto* file = static_cast<FILE_OBJECT*>(base::heap_allocate(sizeof(FILE_OBJECT)));
    if (file != nullptr) {
        std::memset(static_cast<void*>(file), 0, sizeof *file);
        file->Type = IO_TYPE_FILE;
        file->Size = sizeof *file;
        file->DeviceObject = device;
        file->ReadAccess = file->WriteAccess = TRUE;
        ke::initialize(file->Lock, SynchronizationEvent, false);
        ke::initialize(file->Event, NotificationEvent, false);
        file->IrpList.Flink = file->IrpList.Blink = &file->IrpList;
    }
    return file;
}

}  // namespace

IRP* build_control(manager& m, const control_request& r, const void* caller) noexcept {
    IRP* irp = m.allocate_irp(static_cast<int8_t>(r.device->StackSize), caller);
    if (irp == nullptr) {
        return nullptr;
    }
    set_origin(irp, irp_origin::associated);
    if (!give_buffers(*irp, r, caller)) {
        m.free_irp(irp, caller);
        return nullptr;
    }
    irp->UserEvent = r.event;
    irp->UserIosb = r.result;
    IO_STACK_LOCATION& next = *location(*irp, irp->CurrentLocation - 1);
    next.MajorFunction = r.internal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
    next.Parameters.DeviceIoControl.OutputBufferLength = r.output_bytes;
    next.Parameters.DeviceIoControl.InputBufferLength = r.input_bytes;
    next.Parameters.DeviceIoControl.IoControlCode = r.code;
    if (METHOD_FROM_CTL_CODE(r.code) == METHOD_NEITHER) {
        next.Parameters.DeviceIoControl.Type3InputBuffer = r.input;
    }
    return irp;
}

void drop_buffers(IRP& irp) noexcept {
    if ((irp.Flags & IRP_DEALLOCATE_BUFFER) != 0) {
        irp.Flags &= ~static_cast<ULONG>(IRP_DEALLOCATE_BUFFER);
        pool_here().free(irp.AssociatedIrp.SystemBuffer, buffer_tag, nullptr);
    }
    while (MDL* mdl = irp.MdlAddress) {
        irp.MdlAddress = mdl->Next;
        if ((mdl->MdlFlags & MDL_PAGES_LOCKED) != 0) {
            pool_here().mdl().unlock(*mdl, nullptr);
        }
        pool_here().mdl().free(mdl, nullptr);
    }
}

void finish_request(manager& m, IRP& irp) noexcept {
    const IO_STATUS_BLOCK result = irp.IoStatus;
    if ((irp.Flags & IRP_INPUT_OPERATION) != 0 && !is_error(result.Status) &&
        irp.UserBuffer != nullptr && irp.AssociatedIrp.SystemBuffer != nullptr) {
        std::memcpy(irp.UserBuffer, irp.AssociatedIrp.SystemBuffer, result.Information);
    }
    KEVENT* event = irp.UserEvent;
    IO_STATUS_BLOCK* out = irp.UserIosb;
    m.free_irp(&irp, nullptr);
    if (out != nullptr) {
        *out = result;
    }
    if (event != nullptr) {
        ke::set(*event);
    }
}

bool forward_and_wait(manager& m, DEVICE_OBJECT* device, IRP* irp, const void* caller) noexcept {
    if (irp->CurrentLocation <= 1) {
        return false;
    }
    IO_STACK_LOCATION& next = *location(*irp, irp->CurrentLocation - 1);
    next = *location(*irp, irp->CurrentLocation);
    KEVENT event;
    ke::initialize(event, NotificationEvent, false);
    next.CompletionRoutine = signal_and_keep;
    next.Context = &event;
    next.Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
    m.call_driver(device, irp, caller);
    (void)ke::wait(event);
    return true;
}

base::status open_device(manager& m, const UNICODE_STRING& name, const void* caller,
                         FILE_OBJECT** out_file, DEVICE_OBJECT** out_device) noexcept {
    DEVICE_OBJECT* device = nullptr;
    NT_TRY(m.devices().open(name, &device));
    FILE_OBJECT* file = make_file(device);
    if (file == nullptr) {
        m.devices().dereference(device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    auto& objects = ke::current_machine().get<ob::object_manager>();
    base::status s = send_file_request(m, device, file, IRP_MJ_CREATE, true, caller);
    if (s.ok()) {
        send_file_request(m, device, file, IRP_MJ_CLEANUP, true, caller);
        s = objects.insert(file, ob::file_type, close_file) ? STATUS_SUCCESS
                                                            : STATUS_INSUFFICIENT_RESOURCES;
        if (!s.ok()) {
            close_file(file);
            return s;
        }
    } else {
        m.devices().dereference(device);
        base::heap_deallocate(file, sizeof *file);
        return s;
    }
    objects.reference(file, ob::holder::driver, caller);
    objects.dereference(file, ob::holder::runtime, nullptr);
    *out_file = file;
    *out_device = device;
    return STATUS_SUCCESS;
}

}  // namespace io
