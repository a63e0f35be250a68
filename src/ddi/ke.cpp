// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRQL, threads, waits, events, semaphores, mutexes, regions, bug checks.
//
// Windows documents: the pages of wdm.h and ntddk.h with these names.

#include "wdk/abi/ke.h"
#include "ddi/thread.hpp"
#include "ke/callout.hpp"
#include "ke/dispatcher.hpp"
#include "ke/irql.hpp"
#include "ke/objects.hpp"
#include "ke/regions.hpp"
#include "ke/seh.hpp"
#include "ke/time.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"

namespace {

using ddi::thread_argument;

// Names and numbers of the types that a function accepts, as bits.
constexpr uint32_t bit(KOBJECTS type) noexcept {
    return 1u << type;
}
constexpr uint32_t events = bit(EventNotificationObject) | bit(EventSynchronizationObject);

void require_type(const ke::edge& e, const DISPATCHER_HEADER* h, uint32_t types,
                  const char* what) noexcept {
    if (OPENWSK_UNLIKELY(h == nullptr || h->Type > 31 || (types >> h->Type & 1) == 0)) {
        verify::violation(verify::rule::object_wrong_type, e.caller(), h,
                          "%s was called with %p, which is not an initialized %s", e.name(),
                          static_cast<const void*>(h), what);
    }
}

// Waiting, as opposed to looking, is for lower IRQLs.
void require_may_wait(const ke::edge& e, const ke::wait_time& time) noexcept {
    if (OPENWSK_UNLIKELY(e.thread().irql >= DISPATCH_LEVEL && !time.poll)) {
        verify::violation(verify::rule::wait_at_dispatch, e.caller(), nullptr,
                          "%s was called at IRQL %u with a timeout that is not zero", e.name(),
                          e.thread().irql);
    }
}

DISPATCHER_HEADER* waitable_object(const ke::edge& e, PVOID object) noexcept {
    auto* h = static_cast<DISPATCHER_HEADER*>(object);
    if (OPENWSK_UNLIKELY(h == nullptr || !ke::waitable(*h))) {
        verify::violation(verify::rule::object_wrong_type, e.caller(), object,
                          "%s was called with %p, which is no initialized dispatcher object",
                          e.name(), object);
    }
    return h;
}

}  // namespace

extern "C" {

// ---- IRQL ---------------------------------------------------------------------------------------

OPENWSK_EXPORT KIRQL KeGetCurrentIrql(void) {
    return ke::current().irql;
}

OPENWSK_EXPORT KIRQL KfRaiseIrql(KIRQL NewIrql) {
    OPENWSK_EDGE(HIGH_LEVEL);
    if (OPENWSK_UNLIKELY(NewIrql < e.thread().irql || NewIrql > HIGH_LEVEL)) {
        verify::violation(verify::rule::irql_bad_raise, e.caller(), nullptr,
                          "KeRaiseIrql to %u at IRQL %u", NewIrql, e.thread().irql);
    }
    return ke::raise(e.thread(), NewIrql);
}

OPENWSK_EXPORT KIRQL KeRaiseIrqlToDpcLevel(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ke::raise(e.thread(), DISPATCH_LEVEL);
}

OPENWSK_EXPORT VOID KeLowerIrql(KIRQL NewIrql) {
    OPENWSK_EDGE(HIGH_LEVEL);
    if (OPENWSK_UNLIKELY(NewIrql > e.thread().irql)) {
        verify::violation(verify::rule::irql_bad_lower, e.caller(), nullptr,
                          "KeLowerIrql to %u at IRQL %u", NewIrql, e.thread().irql);
    }
    ke::lower(e.thread(), NewIrql);
}

// ---- regions ------------------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeEnterCriticalRegion(void) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::enter_critical_region(e.thread());
}

OPENWSK_EXPORT VOID KeLeaveCriticalRegion(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::leave_critical_region(e.thread(), e.caller());
}

OPENWSK_EXPORT VOID KeEnterGuardedRegion(void) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::enter_guarded_region(e.thread());
}

OPENWSK_EXPORT VOID KeLeaveGuardedRegion(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::leave_guarded_region(e.thread(), e.caller());
}

OPENWSK_EXPORT BOOLEAN KeAreApcsDisabled(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ke::apcs_disabled(e.thread()) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN KeAreAllApcsDisabled(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return e.thread().guarded_regions != 0 || e.thread().irql >= APC_LEVEL ? TRUE : FALSE;
}

// ---- threads ------------------------------------------------------------------------------------

OPENWSK_EXPORT PKTHREAD KeGetCurrentThread(void) {
    return ke::current().object();
}

OPENWSK_EXPORT KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return thread_argument(e, Thread)->priority.exchange(Priority, std::memory_order_relaxed);
}

OPENWSK_EXPORT KPRIORITY KeQueryPriorityThread(PKTHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return thread_argument(e, Thread)->priority.load(std::memory_order_relaxed);
}

OPENWSK_EXPORT LONG KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    base::ref_ptr<ke::thread> t = thread_argument(e, Thread);
    const LONG now = ke::default_priority + Increment;
    t->priority.store(now, std::memory_order_relaxed);
    return t->base_priority.exchange(now, std::memory_order_relaxed) - ke::default_priority;
}

OPENWSK_EXPORT NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE, BOOLEAN, PLARGE_INTEGER Interval) {
    OPENWSK_EDGE(APC_LEVEL);
    if (Interval == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    ke::delay(e.thread(), ke::to_wait_time(Interval));
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT VOID KeStallExecutionProcessor(ULONG MicroSeconds) {
    OPENWSK_EDGE(HIGH_LEVEL);
    host::host_interface& h = *e.thread().host;
    const uint64_t until = h.now_ns() + uint64_t{MicroSeconds} * 1000;
    while (h.now_ns() < until) {
        h.spin(0);
    }
}

OPENWSK_EXPORT BOOLEAN KeShouldYieldProcessor(void) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const ke::processor* p = e.thread().cpu;
    return p != nullptr && (p->wanted() || p->dpcs.pending()) ? TRUE : FALSE;
}

// ---- waits --------------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN,
                                              PLARGE_INTEGER Timeout) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const ke::wait_time time = ke::to_wait_time(Timeout);
    require_may_wait(e, time);
    return ke::wait_one(e.thread(), *waitable_object(e, Object), time).code();
}

OPENWSK_EXPORT NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                                 KWAIT_REASON, KPROCESSOR_MODE, BOOLEAN,
                                                 PLARGE_INTEGER Timeout,
                                                 PKWAIT_BLOCK WaitBlockArray) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const ULONG most = WaitBlockArray != nullptr ? MAXIMUM_WAIT_OBJECTS : THREAD_WAIT_OBJECTS;
    if (OPENWSK_UNLIKELY(Count > most || Count == 0)) {
        verify::bug_check(MAXIMUM_WAIT_OBJECTS_EXCEEDED, Count, 0, 0, 0, e.caller(),
                          "KeWaitForMultipleObjects for %u objects %s a wait block array", Count,
                          WaitBlockArray != nullptr ? "with" : "without");
    }
    const ke::wait_time time = ke::to_wait_time(Timeout);
    require_may_wait(e, time);
    DISPATCHER_HEADER* objects[MAXIMUM_WAIT_OBJECTS];
    for (ULONG i = 0; i < Count; ++i) {
        objects[i] = waitable_object(e, Object[i]);
    }
    return ke::wait_many(e.thread(), Count, objects, WaitType == WaitAll, time).code();
}

// ---- events -------------------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State) {
    OPENWSK_EDGE(HIGH_LEVEL);
    ke::initialize(*Event, Type, State != FALSE);
}

OPENWSK_EXPORT LONG KeSetEvent(PRKEVENT Event, KPRIORITY, BOOLEAN) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Event->Header, events, "event");
    return ke::set(*Event);
}

OPENWSK_EXPORT LONG KeResetEvent(PRKEVENT Event) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Event->Header, events, "event");
    return ke::reset(*Event);
}

OPENWSK_EXPORT VOID KeClearEvent(PRKEVENT Event) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Event->Header, events, "event");
    ke::clear(*Event);
}

OPENWSK_EXPORT LONG KeReadStateEvent(PRKEVENT Event) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Event->Header, events, "event");
    return ke::load_state(Event->Header);
}

OPENWSK_EXPORT LONG KePulseEvent(PRKEVENT Event, KPRIORITY, BOOLEAN) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Event->Header, events, "event");
    return ke::pulse(*Event);
}

// ---- semaphores and mutexes ---------------------------------------------------------------------

OPENWSK_EXPORT VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit) {
    OPENWSK_EDGE(HIGH_LEVEL);
    ke::initialize(*Semaphore, Count, Limit);
}

OPENWSK_EXPORT LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY, LONG Adjustment,
                                       BOOLEAN) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Semaphore->Header, bit(SemaphoreObject), "semaphore");
    LONG before = 0;
    if (base::status s = ke::release(*Semaphore, Adjustment, &before); !s.ok()) {
        ke::raise_status(e.thread(), s.code(), e.caller());
    }
    return before;
}

OPENWSK_EXPORT LONG KeReadStateSemaphore(PRKSEMAPHORE Semaphore) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Semaphore->Header, bit(SemaphoreObject), "semaphore");
    return ke::load_state(Semaphore->Header);
}

OPENWSK_EXPORT VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG) {
    OPENWSK_EDGE(HIGH_LEVEL);
    ke::initialize(*Mutex);
}

OPENWSK_EXPORT LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Mutex->Header, bit(MutantObject), "mutex");
    LONG before = 0;
    if (base::status s = ke::release(*Mutex, &before); !s.ok()) {
        ke::raise_status(e.thread(), s.code(), e.caller());
    }
    return before;
}

OPENWSK_EXPORT LONG KeReadStateMutex(PRKMUTEX Mutex) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_type(e, &Mutex->Header, bit(MutantObject), "mutex");
    return ke::load_state(Mutex->Header);
}

// ---- stacks, processes, bug checks --------------------------------------------------------------

// Every thread has a stack that is large enough; the new gate gives the routine a budget of its
// own.
OPENWSK_EXPORT NTSTATUS KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout,
                                                        PVOID Parameter, SIZE_T Size, BOOLEAN Wait,
                                                        PVOID Context) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    if (Size > MAXIMUM_EXPANSION_SIZE || Context != nullptr) {
        return Context != nullptr ? STATUS_INVALID_PARAMETER_5 : STATUS_INVALID_PARAMETER_3;
    }
    if (Wait != FALSE && e.thread().irql >= DISPATCH_LEVEL) {
        return STATUS_INVALID_PARAMETER_4;
    }
    ke::callout(ke::callout_kind::other, Callout, Parameter);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout,
                                                      PVOID Parameter, SIZE_T Size) {
    OPENWSK_EDGE(APC_LEVEL);
    if (Size > MAXIMUM_EXPANSION_SIZE) {
        return STATUS_INVALID_PARAMETER_3;
    }
    ke::callout(ke::callout_kind::other, Callout, Parameter);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                 ULONG_PTR BugCheckParameter2, ULONG_PTR BugCheckParameter3,
                                 ULONG_PTR BugCheckParameter4) {
    verify::bug_check(BugCheckCode, BugCheckParameter1, BugCheckParameter2, BugCheckParameter3,
                      BugCheckParameter4, __builtin_return_address(0),
                      "the driver called KeBugCheckEx");
}

OPENWSK_EXPORT VOID KeBugCheck(ULONG BugCheckCode) {
    verify::bug_check(BugCheckCode, 0, 0, 0, 0, __builtin_return_address(0),
                      "the driver called KeBugCheck");
}

// ---- structured exceptions ----------------------------------------------------------------------

OPENWSK_EXPORT VOID openwsk_seh_push(OPENWSK_SEH_FRAME* Frame) {
    ke::push_try(ke::current(), *Frame);
}

OPENWSK_EXPORT VOID openwsk_seh_pop(OPENWSK_SEH_FRAME* Frame) {
    ke::pop_try(ke::current(), *Frame, __builtin_return_address(0));
}

OPENWSK_EXPORT VOID openwsk_seh_continue(NTSTATUS Status) {
    ke::raise_status(ke::current(), Status, __builtin_return_address(0));
}

OPENWSK_EXPORT VOID openwsk_seh_defer(NTSTATUS Status) {
    ke::defer_status(ke::current(), Status);
}

OPENWSK_EXPORT BOOLEAN openwsk_seh_take(NTSTATUS* Status) {
    return ke::take_status(ke::current(), *Status);
}

}  // extern "C"
