// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Cancellation: the cancel spin lock, IoCancelIrp, and cancelling an operation.
//
// Documents: "Canceling IRPs", IoCancelIrp, IoSetCancelRoutine, IoAcquireCancelSpinLock.
//
//     set      -> taken     [IoCancelIrp, or the owner that completes: whoever exchanges it first]
//     taken    -> called    [IoCancelIrp: the routine runs with the cancel spin lock held]
//     called   -> released  [the routine releases the lock with Irp->CancelIrql]
//
// The owner that finds its cancel routine taken leaves the IRP to the routine. For an operation
// the routine is provider_cancel: the canceller pins the operation, so completing it goes ahead and
// the hook finds it over.

#include "io/irp_bytes.hpp"
#include "io/manager.hpp"
#include "ke/callout.hpp"
#include "ke/irql.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"

namespace io {

using verify::rule;

// What IRPs of operations carry as their cancel routine. It is called only by a driver that took it
// out of the IRP (IoSetCancelRoutine) and calls it itself, as IoCancelIrp would have.
void manager::provider_cancel(DEVICE_OBJECT*, IRP* irp) noexcept {
    manager& m = ke::current_machine().get<manager>();
    operation* op = m.pin_operation(*irp);
    m.release_cancel_lock(irp->CancelIrql, __builtin_return_address(0));
    if (op != nullptr) {
        op->hook_(*op);
        op->home_->unpin(*op);
    }
}

bool arm_cancel(operation& op, cancel_hook hook) noexcept {
    OPENWSK_ASSERT(op.pending_ && op.hook_ == nullptr);
    IRP& irp = *op.irp_;
    op.hook_ = hook;
    exchange_cancel_routine(irp, manager::provider_cancel);
    // The store above and the load below against the store and the exchange in cancel_irp: one of
    // the two sides sees the other.
    if (read_cancel(irp) && exchange_cancel_routine(irp, nullptr) == manager::provider_cancel) {
        return false;
    }
    return true;
}

uint8_t manager::acquire_cancel_lock(const void* caller) noexcept {
    ke::thread& t = ke::current();
    const uint8_t old = t.irql < ke::dispatch_level ? ke::raise(t, ke::dispatch_level) : t.irql;
    if (cancel_owner_.load(std::memory_order_relaxed) == &t) {
        verify::violation(rule::cancel_lock_misuse, caller, nullptr,
                          "the cancel spin lock is acquired by the thread that holds it");
    }
    host::schedule_point(host::point::lock, &cancel_owner_);
    ke::thread* nobody = nullptr;
    for (unsigned round = 0;
         !cancel_owner_.compare_exchange_weak(nobody, &t, std::memory_order_acquire); ++round) {
        nobody = nullptr;
        host::current().spin(round);
    }
    return old;
}

void manager::release_cancel_lock(uint8_t irql, const void* caller) noexcept {
    ke::thread& t = ke::current();
    if (cancel_owner_.load(std::memory_order_relaxed) != &t) {
        verify::violation(rule::cancel_lock_misuse, caller, nullptr,
                          "the cancel spin lock is released by a thread that does not hold it");
    }
    if (irql > ke::dispatch_level || irql > t.irql) {
        verify::violation(rule::cancel_lock_misuse, caller, nullptr,
                          "the cancel spin lock is released to IRQL %u at IRQL %u", irql, t.irql);
    }
    cancel_owner_.store(nullptr, std::memory_order_release);
    host::schedule_point(host::point::unlock, &cancel_owner_);
    ke::lower(t, irql);
}

// Only Type is read before the cancel routine is ours: until then the IRP may be on its way up.
bool manager::cancel_irp(IRP* irp, const void* caller) noexcept {
    if (irp->Type != IO_TYPE_IRP) {
        verify::violation(rule::irp_bad_type, caller, irp, "IoCancelIrp of %p, which is no IRP",
                          static_cast<void*>(irp));
    }
    ke::thread& t = ke::current();
    const uint8_t irql = acquire_cancel_lock(caller);
    write_cancel(*irp, true);
    const PDRIVER_CANCEL routine = exchange_cancel_routine(*irp, nullptr);
    trace::emit(trace::event::irp_cancel, trace::value(irp), routine != nullptr ? 1 : 0);
    if (routine == nullptr) {
        release_cancel_lock(irql, caller);
        return false;
    }
    irp->CancelIrql = irql;
    if (routine == manager::provider_cancel) {
        provider_cancel(nullptr, irp);
        return true;
    }
    DEVICE_OBJECT* device =
        has_current(*irp) ? location(*irp, irp->CurrentLocation)->DeviceObject : nullptr;
    ke::callout_scope scope(ke::callout_kind::cancel_routine,
                            reinterpret_cast<const void*>(routine));
    scope.leave_at(irql);
    ke::stop_exceptions();
    routine(device, irp);
    if (cancel_owner_.load(std::memory_order_relaxed) == &t) {
        verify::violation(rule::cancel_lock_misuse, reinterpret_cast<const void*>(routine), irp,
                          "the cancel routine returned without IoReleaseCancelSpinLock");
    }
    return true;
}

}  // namespace io
