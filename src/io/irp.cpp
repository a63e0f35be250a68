// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Allocation and format of IRPs, and operations: the provider's hold on an IRP.

#include "io/irp.hpp"

#include "base/annotate.hpp"
#include "io/irp_bytes.hpp"
#include "io/irp_memory.hpp"
#include "io/manager.hpp"
#include "io/request.hpp"
#include "trace/event.hpp"
#include "verify/text.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"

#if OPENWSK_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace io {
namespace {

using base::object_kind;
using verify::rule;

// DriverContext of an IRP that the runtime owns: handle of the operation, number of its pool.
void write_handle(IRP& irp, const operation& op, uint32_t pool) noexcept {
    write_context(irp, 1, pool);
    write_context(irp, 0, op.handle_as(mm::handle_kind::operation));
}

bool accessible(const IRP* irp) noexcept {
#if OPENWSK_ASAN
    return __asan_region_is_poisoned(const_cast<IRP*>(irp), sizeof(IRP)) == nullptr;
#else
    (void)irp;
    return true;
#endif
}

}  // namespace

manager::manager(base::machine& m) noexcept
    : machine_(&m), ledger_(&m.get<verify::ledger>()), devices_(*ledger_) {
    for (uint32_t i = 0; i < pool_count; ++i) {
        pools_[i].place(i, pool_count);
    }
}

// ---- memory and format -------------------------------------------------------------------------

IRP* manager::allocate_irp(int8_t stack_size, const void* caller) noexcept {
    if (stack_size < 0 || stack_size > stack_count_max) {
        return nullptr;
    }
    IRP* irp = take_irp_memory(stack_size);
    if (irp == nullptr) {
        return nullptr;
    }
    const size_t bytes = irp_bytes(stack_size);
    format(*irp, bytes, static_cast<uint16_t>(bytes), stack_size);
    irp->AllocationFlags = IRP_ALLOCATED_FIXED_SIZE;
    set_origin(irp, irp_origin::allocated);
    ledger_->add(object_kind::irp, irp, bytes, 0, caller);
    trace::emit(trace::event::irp_allocate, trace::value(irp), static_cast<uint64_t>(stack_size));
    return irp;
}

void manager::free_irp(IRP* irp, const void* caller) noexcept {
    // Asked before the memory is touched: it may be no IRP at all.
    const bool known = ledger_->remove(object_kind::irp, irp);
    const bool doubtful = !known && ledger_->complete();
    if (doubtful || irp->Type != IO_TYPE_IRP || origin_of(irp) == irp_origin::none) {
        const bool initialized = doubtful && accessible(irp) && irp->Type == IO_TYPE_IRP &&
                                 (irp->AllocationFlags & IRP_ALLOCATED_FIXED_SIZE) == 0;
        verify::violation(rule::irp_bad_free, caller, irp,
                          initialized ? "IoFreeIrp of IRP %p, which was set up with IoInitializeIrp"
                                      : "IoFreeIrp of %p, which is no allocated IRP, or was freed",
                          static_cast<void*>(irp));
    }
    if (operation* op = pin_operation(*irp)) {
        verify::violation(rule::irp_freed_in_use, caller, irp,
                          "IoFreeIrp of IRP %p while %s has it (called from %s)",
                          static_cast<void*>(irp), op->function(),
                          verify::place_text(op->caller()).text);
    }
    if (flights_.away(*irp)) {
        verify::violation(rule::irp_freed_in_use, caller, irp,
                          "IoFreeIrp of IRP %p while a lower driver has it",
                          static_cast<void*>(irp));
    }
    flights_.forget(*irp);
    if (origin_of(irp) == irp_origin::associated) {
        drop_buffers(*irp);
    }
    trace::emit(trace::event::irp_free, trace::value(irp));
    give_irp_memory(irp);
}

void manager::initialize_irp(IRP* irp, uint16_t size, int8_t stack_size,
                             const void* caller) noexcept {
    uint8_t allocation = 0;
    verify::entry e;
    if (ledger_->find(object_kind::irp, irp, e)) {
        check_at_home(*irp, caller, "IoInitializeIrp");
        allocation = irp->AllocationFlags;
        verify::violation(rule::irp_initialize_allocated, caller, irp,
                          "IoInitializeIrp of IRP %p, which IoAllocateIrp returned",
                          static_cast<void*>(irp));
    }
    if (operation* op = pin_operation(*irp)) {
        verify::violation(rule::irp_used_while_owned, caller, irp,
                          "IoInitializeIrp of IRP %p while %s has it", static_cast<void*>(irp),
                          op->function());
    }
    const size_t needed = irp_bytes(stack_size >= 0 ? stack_size : 0);
    if (stack_size < 0 || stack_size > stack_count_max || size < needed) {
        verify::violation(rule::irp_wrong_size, caller, irp,
                          "IoInitializeIrp with %u bytes for %d stack locations, which need %zu",
                          size, stack_size, needed);
    }
    flights_.forget(*irp);
    format(*irp, size, size, stack_size);
    irp->AllocationFlags = allocation;
}

void manager::reuse_irp(IRP* irp, int32_t status, const void* caller) noexcept {
    if (!accessible(irp) || irp->Type != IO_TYPE_IRP) {
        verify::violation(rule::irp_bad_type, caller, irp, "IoReuseIrp of %p, which is no IRP",
                          static_cast<void*>(irp));
    }
    check_at_home(*irp, caller, "IoReuseIrp");
    flights_.forget(*irp);
    const uint8_t allocation = irp->AllocationFlags;
    format(*irp, irp_bytes(irp->StackCount), irp->Size, irp->StackCount);
    irp->AllocationFlags = allocation;
    irp->IoStatus.Status = status;
}

void manager::cleanup_irp(IRP* irp, const void* caller) noexcept {
    check(irp, caller, "IoCleanupIrp");
    check_at_home(*irp, caller, "IoCleanupIrp");
    flights_.forget(*irp);
    irp->Type = 0;
}

// Windows keeps the driver loaded until the routine has run; here unload waits for threads that are
// inside the driver anyway.
base::status manager::set_completion(DEVICE_OBJECT* device, IRP* irp,
                                     PIO_COMPLETION_ROUTINE routine, void* context,
                                     completion_choice when, const void* caller) noexcept {
    check(irp, caller, "IoSetCompletionRoutineEx");
    check_not_owned(*irp, caller, "IoSetCompletionRoutineEx");
    if (irp->CurrentLocation <= 1) {
        verify::violation(rule::irp_no_stack_location, caller, irp,
                          "IoSetCompletionRoutineEx for IRP %p, which has no next stack location",
                          static_cast<void*>(irp));
    }
    if (!devices_.is_device(device)) {
        return STATUS_INVALID_PARAMETER;
    }
    IO_STACK_LOCATION& at = *location(*irp, irp->CurrentLocation - 1);
    at.CompletionRoutine = routine;
    at.Context = context;
    at.Control = static_cast<UCHAR>((when.on_success ? SL_INVOKE_ON_SUCCESS : 0) |
                                    (when.on_error ? SL_INVOKE_ON_ERROR : 0) |
                                    (when.on_cancel ? SL_INVOKE_ON_CANCEL : 0));
    return STATUS_SUCCESS;
}

// ---- checks ------------------------------------------------------------------------------------

void manager::check(IRP* irp, const void* caller, const char* function) noexcept {
    if (!accessible(irp) || irp->Type != IO_TYPE_IRP) {
        verify::violation(rule::irp_bad_type, caller, irp, "%s was given %p, which is no IRP",
                          function, static_cast<void*>(irp));
    }
    if (!well_formed(*irp)) {
        verify::violation(rule::irp_bad_type, caller, irp,
                          "%s was given IRP %p at location %d of %d, and CurrentStackLocation "
                          "points elsewhere",
                          function, static_cast<void*>(irp), irp->CurrentLocation, irp->StackCount);
    }
}

void manager::check_not_owned(IRP& irp, const void* caller, const char* function) noexcept {
    if (operation* op = pin_operation(irp)) {
        verify::violation(rule::irp_used_while_owned, caller, &irp,
                          "%s of IRP %p while %s has it (called from %s)", function,
                          static_cast<void*>(&irp), op->function(),
                          verify::place_text(op->caller()).text);
        op->home_->unpin(*op);
    }
}

// For the driver whose IRP it is; a driver that was sent it has it by right.
void manager::check_at_home(IRP& irp, const void* caller, const char* function) noexcept {
    check_not_owned(irp, caller, function);
    if (flights_.away(irp)) {
        verify::violation(rule::irp_used_while_owned, caller, &irp,
                          "%s of IRP %p while a lower driver has it", function,
                          static_cast<void*>(&irp));
    }
}

operation_pool& manager::pool_here() noexcept {
    const host::thread* t = host::self();
    return pools_[t != nullptr ? t->ordinal % pool_count : 0];
}

operation* manager::pin_operation(IRP& irp) noexcept {
    const mm::handle_value h = read_context(irp, 0);
    const uint64_t pool = read_context(irp, 1);
    if (!mm::is_kind(h, mm::handle_kind::operation) || pool >= pool_count) {
        return nullptr;
    }
    return pools_[pool].pin(h, irp);
}

// ---- operations --------------------------------------------------------------------------------

// The driver gives the IRP to a provider: checked, and at the provider's stack location.
void manager::claim(IRP& irp, const void* caller, const char* function) noexcept {
    check(&irp, caller, function);
    check_not_owned(irp, caller, function);
    if (irp.CurrentLocation <= 1) {
        verify::violation(rule::irp_no_stack_location, caller, &irp,
                          "%s was given IRP %p, which has no stack location left (%d in all)",
                          function, static_cast<void*>(&irp), irp.StackCount);
    }
    if (flights_.busy()) {
        flights_.forwarded(irp, irp.CurrentLocation);
    }
    step_down(irp);
    location(irp, irp.CurrentLocation)->Control &= static_cast<UCHAR>(~SL_PENDING_RETURNED);
}

operation* manager::begin(IRP& irp, const void* caller, const char* function) noexcept {
    claim(irp, caller, function);
    operation* op = pool_here().take(irp, caller, function);
    if (op == nullptr) {
        irp.IoStatus.Status = STATUS_INSUFFICIENT_RESOURCES;
        irp.IoStatus.Information = 0;
        walk(irp);
        return nullptr;
    }
    write_handle(irp, *op, op->home_->number());
    return op;
}

operation* manager::reserve() noexcept {
    return pool_here().reserve();
}

operation& manager::begin_reserved(operation& reserved, IRP& irp, const void* caller,
                                   const char* function) noexcept {
    claim(irp, caller, function);
    reserved.home_->start(reserved, irp, caller, function);
    write_handle(irp, reserved, reserved.home_->number());
    return reserved;
}

base::status manager::fail(IRP& irp, base::status s, const void* caller,
                           const char* function) noexcept {
    operation* op = begin(irp, caller, function);
    return op != nullptr ? complete(*op, s, 0) : base::status(STATUS_INSUFFICIENT_RESOURCES);
}

base::status manager::complete(operation& op, base::status s, uint64_t information) noexcept {
    OPENWSK_ASSERT(!op.over_ && s.code() != STATUS_PENDING);
    IRP& irp = *op.irp_;
    if (read_context(irp, 0) != op.handle_as(mm::handle_kind::operation) || !has_current(irp)) {
        verify::violation(rule::irp_used_while_owned, op.caller_, &irp,
                          "IRP %p was overwritten while %s had it", static_cast<void*>(&irp),
                          op.function_);
    }
    if (op.hook_ != nullptr) {
        // If IoCancelIrp took it first, that call has the operation pinned or finds it over.
        exchange_cancel_routine(irp, nullptr);
    }
    irp.IoStatus.Status = s.code();
    irp.IoStatus.Information = information;
    write_context(irp, 0, 0);
    trace::emit(trace::event::irp_complete, trace::value(&irp), static_cast<uint32_t>(s.code()),
                information);
    // Before the walk: a completion routine may give the IRP to another function.
    op.home_->retire(op);
    walk(irp);
    return s;
}

uint64_t manager::operations_live() noexcept {
    uint64_t n = 0;
    for (operation_pool& p : pools_) {
        n += p.live();
    }
    return n;
}

operation* begin(IRP* irp, const ke::edge& e) noexcept {
    return e.machine().get<manager>().begin(*irp, e.caller(), e.name());
}

operation* reserve(base::machine& m) noexcept {
    return m.get<manager>().reserve();
}

operation& begin_reserved(operation& reserved, IRP* irp, const ke::edge& e) noexcept {
    return e.machine().get<manager>().begin_reserved(reserved, *irp, e.caller(), e.name());
}

void give_back(operation& reserved) noexcept {
    reserved.home_->give_back(reserved);
}

base::status fail(IRP* irp, const ke::edge& e, base::status s) noexcept {
    return e.machine().get<manager>().fail(*irp, s, e.caller(), e.name());
}

void mark_pending(operation& op) noexcept {
    OPENWSK_ASSERT(!op.pending_);
    IRP& irp = *op.irp_;
    location(irp, irp.CurrentLocation)->Control |= SL_PENDING_RETURNED;
    op.pending_ = true;
}

base::status complete(operation& op, base::status s, uint64_t information) noexcept {
    return ke::current_machine().get<manager>().complete(op, s, information);
}

bool cancel_requested(const operation& op) noexcept {
    return read_cancel(*op.irp());
}

}  // namespace io
