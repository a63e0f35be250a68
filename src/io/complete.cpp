// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The walk of a completion up the stack locations, IoCallDriver and what a dispatch routine must
// have done when it returns.
//
// Documents: "Using IoCompletion Routines", "Constraints on Dispatch Routines", IoCompleteRequest,
// IoMarkIrpPending.

#include "io/device.hpp"
#include "io/irp_bytes.hpp"
#include "io/irp_memory.hpp"
#include "io/manager.hpp"
#include "io/request.hpp"
#include "ke/callout.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

namespace io {
namespace {

using base::object_kind;
using verify::rule;

bool wants(UCHAR control, int32_t status, bool cancelled) noexcept {
    const UCHAR by_status = status >= 0 ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR;
    return (control & by_status) != 0 || (cancelled && (control & SL_INVOKE_ON_CANCEL) != 0);
}

}  // namespace

// The current location is that of whoever completes the IRP.
void manager::walk(IRP& irp) noexcept {
    while (has_current(irp)) {
        IO_STACK_LOCATION& at = *location(irp, irp.CurrentLocation);
        const UCHAR control = at.Control;
        const bool pending = (control & SL_PENDING_RETURNED) != 0;
        if (flights_.busy()) {
            flights_.completed(irp, irp.CurrentLocation, pending, irp.IoStatus.Status);
        }
        step_up(irp);
        irp.PendingReturned = pending;
        clear(at);
        if (at.CompletionRoutine != nullptr &&
            wants(control, irp.IoStatus.Status, read_cancel(irp))) {
            if (!invoke(irp, at, pending)) {
                return;
            }
        } else if (pending && has_current(irp)) {
            location(irp, irp.CurrentLocation)->Control |= SL_PENDING_RETURNED;
        }
    }
    reached_top(irp);
}

// Calls the completion routine. False when the IRP is not ours any more.
bool manager::invoke(IRP& irp, IO_STACK_LOCATION& at, bool pending) noexcept {
    const PIO_COMPLETION_ROUTINE routine = at.CompletionRoutine;
    const bool allocated = (irp.AllocationFlags & IRP_ALLOCATED_FIXED_SIZE) != 0;
    DEVICE_OBJECT* device =
        has_current(irp) ? location(irp, irp.CurrentLocation)->DeviceObject : nullptr;
    const NTSTATUS s =
        ke::callout(ke::callout_kind::completion_routine, routine, device, &irp, at.Context);
    if (s == STATUS_MORE_PROCESSING_REQUIRED) {
        return false;
    }
    verify::entry e;
    if (allocated && ledger_->complete() && !ledger_->find(object_kind::irp, &irp, e)) {
        verify::violation(rule::irp_freed_in_use, reinterpret_cast<const void*>(routine), &irp,
                          "the completion routine freed IRP %p and returned 0x%08X: only "
                          "STATUS_MORE_PROCESSING_REQUIRED keeps the I/O manager from it",
                          static_cast<void*>(&irp), static_cast<unsigned>(s));
    }
    if (pending && has_current(irp) &&
        (location(irp, irp.CurrentLocation)->Control & SL_PENDING_RETURNED) == 0) {
        verify::violation(rule::irp_pending_not_propagated, reinterpret_cast<const void*>(routine),
                          &irp,
                          "the completion routine of IRP %p saw PendingReturned and did not call "
                          "IoMarkIrpPending",
                          static_cast<void*>(&irp));
    }
    return true;
}

void manager::reached_top(IRP& irp) noexcept {
    if ((irp.AllocationFlags & IRP_ALLOCATED_FIXED_SIZE) != 0 &&
        origin_of(&irp) == irp_origin::associated) {
        finish_request(*this, irp);
        return;
    }
    verify::violation(rule::irp_completed_to_nobody, nullptr, &irp,
                      "IRP %p was completed with 0x%08X and no completion routine kept it",
                      static_cast<void*>(&irp), static_cast<unsigned>(irp.IoStatus.Status));
}

void manager::complete_request(IRP* irp, const void* caller) noexcept {
    check(irp, caller, "IoCompleteRequest");
    if (operation* op = pin_operation(*irp)) {
        verify::violation(rule::irp_completed_twice, caller, irp,
                          "IoCompleteRequest of IRP %p while %s has it and will complete it",
                          static_cast<void*>(irp), op->function());
    }
    if (!has_current(*irp)) {
        verify::violation(rule::irp_completed_twice, caller, irp,
                          "IoCompleteRequest of IRP %p, which was completed already or was never "
                          "sent",
                          static_cast<void*>(irp));
    }
    const int32_t s = irp->IoStatus.Status;
    if (s == STATUS_PENDING || s == -1) {
        verify::violation(rule::irp_completed_pending, caller, irp,
                          "IoCompleteRequest of IRP %p with IoStatus.Status 0x%08X",
                          static_cast<void*>(irp), static_cast<unsigned>(s));
    }
    if (read_cancel_routine(*irp) != nullptr) {
        verify::violation(rule::irp_cancel_routine_set, caller, irp,
                          "IoCompleteRequest of IRP %p while its cancel routine is set",
                          static_cast<void*>(irp));
    }
    trace::emit(trace::event::irp_complete, trace::value(irp), static_cast<uint32_t>(s),
                irp->IoStatus.Information);
    walk(*irp);
}

int32_t manager::call_driver(DEVICE_OBJECT* device, IRP* irp, const void* caller) noexcept {
    check(irp, caller, "IoCallDriver");
    check_not_owned(*irp, caller, "IoCallDriver");
    if (!devices_.is_device(device)) {
        verify::violation(rule::irp_bad_device, caller, device,
                          "IoCallDriver with %p, which is no device object, or was deleted",
                          static_cast<void*>(device));
    }
    if (irp->CurrentLocation <= 1) {
        verify::violation(rule::irp_no_stack_location, caller, irp,
                          "IoCallDriver with IRP %p, which has no stack location left (%d in all)",
                          static_cast<void*>(irp), irp->StackCount);
    }
    if (read_cancel_routine(*irp) != nullptr) {
        verify::violation(rule::irp_cancel_routine_set, caller, irp,
                          "IoCallDriver with IRP %p while its cancel routine is set",
                          static_cast<void*>(irp));
    }
    if (flights_.busy()) {
        flights_.forwarded(*irp, irp->CurrentLocation);
    }
    step_down(*irp);
    IO_STACK_LOCATION& at = *location(*irp, irp->CurrentLocation);
    at.DeviceObject = device;
    const UCHAR major = at.MajorFunction;
    const PDRIVER_DISPATCH routine =
        major <= IRP_MJ_MAXIMUM_FUNCTION ? device->DriverObject->MajorFunction[major] : nullptr;
    if (routine == nullptr || routine == device_directory::default_dispatch()) {
        irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
        irp->IoStatus.Information = 0;
        walk(*irp);
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    dispatch_frame frame;
    frame.irp = irp;
    frame.level = irp->CurrentLocation;
    flights_.sent(frame);
    const NTSTATUS s = ke::callout(ke::callout_kind::dispatch, routine, device, irp);
    flights_.returned(frame);
    judge(frame, s, reinterpret_cast<const void*>(routine));
    return s;
}

// What a dispatch routine returned against what it did. The IRP may be gone.
void manager::judge(const dispatch_frame& frame, int32_t returned, const void* routine) noexcept {
    const auto code = static_cast<unsigned>(returned);
    if (frame.forwarded) {
        return;  // the status of the driver below is its own; marks are checked on the way up
    }
    if (!frame.completed && returned != STATUS_PENDING) {
        verify::violation(rule::irp_not_handled, routine, frame.irp,
                          "the dispatch routine returned 0x%08X and neither completed IRP %p nor "
                          "passed it on",
                          code, static_cast<void*>(frame.irp));
    } else if (returned == STATUS_PENDING && !frame.marked) {
        verify::violation(rule::irp_pending_not_marked, routine, frame.irp,
                          "the dispatch routine returned STATUS_PENDING for IRP %p, which is not "
                          "marked pending",
                          static_cast<void*>(frame.irp));
    } else if (returned != STATUS_PENDING && frame.marked) {
        verify::violation(rule::irp_pending_not_returned, routine, frame.irp,
                          "the dispatch routine marked IRP %p pending and returned 0x%08X",
                          static_cast<void*>(frame.irp), code);
    } else if (returned != STATUS_PENDING && returned != frame.status) {
        verify::violation(rule::irp_status_mismatch, routine, frame.irp,
                          "the dispatch routine completed IRP %p with 0x%08X and returned 0x%08X",
                          static_cast<void*>(frame.irp), static_cast<unsigned>(frame.status), code);
    }
}

}  // namespace io
