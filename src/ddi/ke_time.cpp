// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Timers, DPCs, processors, time.
//
// Windows documents: the pages of wdm.h and ntddk.h with these names.

#include "ke/dpc.hpp"
#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "ke/time.hpp"
#include "ke/timer.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ke.h"

namespace {

constexpr ULONG invalid_processor_index = 0xffffffff;

void initialize_timer(const ke::edge& e, KTIMER& timer, TIMER_TYPE type) noexcept {
    auto* ledger = e.machine().find<verify::ledger>();
    verify::entry known{};
    if (ledger != nullptr && ledger->find(base::object_kind::timer, &timer, known)) {
        verify::violation(verify::rule::timer_initialized_set, e.caller(), &timer,
                          "the timer at %p is initialized while it is set",
                          static_cast<void*>(&timer));
    }
    ke::initialize(timer, type);
}

bool set_timer(const ke::edge& e, KTIMER& timer, LARGE_INTEGER due, LONG period,
               KDPC* dpc) noexcept {
    ke::thread& self = e.thread();
    const uint64_t at = ke::due_interrupt_time(*self.host, due.QuadPart);
    ke::dispatch_scope raised(self);
    return self.home->timers().set(self, timer, at, period > 0 ? static_cast<uint32_t>(period) : 0,
                                   dpc, e.caller());
}

// The processor set of the machine, for a group number of the only group or all of them.
ULONG count_in(const ke::edge& e, USHORT group) noexcept {
    return group == 0 || group == ALL_PROCESSOR_GROUPS ? e.thread().home->processors().count() : 0;
}

void store_number(PROCESSOR_NUMBER* out, uint32_t number) noexcept {
    out->Group = 0;
    out->Number = static_cast<UCHAR>(number);
    out->Reserved = 0;
}

ULONG current_number() noexcept {
    return ke::processor_number(ke::current());
}

}  // namespace

extern "C" {

// ---- timers -------------------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeInitializeTimer(PKTIMER Timer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    initialize_timer(e, *Timer, NotificationTimer);
}

OPENWSK_EXPORT VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    initialize_timer(e, *Timer, Type);
}

OPENWSK_EXPORT BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return set_timer(e, *Timer, DueTime, 0, Dpc) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return set_timer(e, *Timer, DueTime, Period, Dpc) ? TRUE : FALSE;
}

// A timer that may be late fires on time.
OPENWSK_EXPORT BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                             ULONG, PKDPC Dpc) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return set_timer(e, *Timer, DueTime, static_cast<LONG>(Period), Dpc) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN KeCancelTimer(PKTIMER Timer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return e.thread().home->timers().cancel(*Timer) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN KeReadStateTimer(PKTIMER Timer) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ke::load_state(Timer->Header) != 0 ? TRUE : FALSE;
}

// ---- DPCs ---------------------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                    PVOID DeferredContext) {
    OPENWSK_EDGE(HIGH_LEVEL);
    ke::initialize(*Dpc, DeferredRoutine, DeferredContext, false);
}

OPENWSK_EXPORT VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                            PVOID DeferredContext) {
    OPENWSK_EDGE(HIGH_LEVEL);
    ke::initialize(*Dpc, DeferredRoutine, DeferredContext, true);
}

OPENWSK_EXPORT BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return ke::queue_dpc(*Dpc, SystemArgument1, SystemArgument2) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return ke::remove_dpc(*Dpc) ? TRUE : FALSE;
}

OPENWSK_EXPORT VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance) {
    OPENWSK_EDGE(HIGH_LEVEL);
    ke::set_importance(*Dpc, Importance);
}

OPENWSK_EXPORT VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number) {
    OPENWSK_EDGE(HIGH_LEVEL);
    if (Number >= 0 && static_cast<uint32_t>(Number) < count_in(e, 0)) {
        ke::set_target(*Dpc, static_cast<uint32_t>(Number));
    }
}

OPENWSK_EXPORT NTSTATUS KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber) {
    OPENWSK_EDGE(HIGH_LEVEL);
    if (ProcNumber == nullptr || ProcNumber->Group != 0 || ProcNumber->Number >= count_in(e, 0) ||
        ProcNumber->Reserved != 0) {
        return STATUS_INVALID_PARAMETER;
    }
    ke::set_target(*Dpc, ProcNumber->Number);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT VOID KeFlushQueuedDpcs(void) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    ke::flush_dpcs(e.thread());
}

OPENWSK_EXPORT VOID KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::call_on_all_processors(e.thread(), Routine, Context);
}

OPENWSK_EXPORT VOID KeSignalCallDpcDone(PVOID SystemArgument1) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    ke::call_dpc_done(SystemArgument1);
}

OPENWSK_EXPORT LOGICAL KeSignalCallDpcSynchronize(PVOID SystemArgument2) {
    OPENWSK_EDGE(DISPATCH_LEVEL, DISPATCH_LEVEL);
    return ke::call_dpc_synchronize(SystemArgument2) ? TRUE : FALSE;
}

// ---- processors ---------------------------------------------------------------------------------

OPENWSK_EXPORT ULONG KeGetCurrentProcessorNumber(void) {
    return current_number();
}

OPENWSK_EXPORT ULONG KeGetCurrentProcessorIndex(void) {
    return current_number();
}

OPENWSK_EXPORT ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber) {
    const ULONG number = current_number();
    if (ProcNumber != nullptr) {
        store_number(ProcNumber, number);
    }
    return number;
}

OPENWSK_EXPORT NTSTATUS KeGetProcessorNumberFromIndex(ULONG ProcIndex,
                                                      PPROCESSOR_NUMBER ProcNumber) {
    OPENWSK_EDGE(HIGH_LEVEL);
    if (ProcIndex >= count_in(e, 0) || ProcNumber == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    store_number(ProcNumber, ProcIndex);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return ProcNumber->Group == 0 && ProcNumber->Number < count_in(e, 0) ? ProcNumber->Number
                                                                         : invalid_processor_index;
}

OPENWSK_EXPORT ULONG KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    if (ActiveProcessors != nullptr) {
        *ActiveProcessors = e.thread().home->processors().mask();
    }
    return count_in(e, 0);
}

OPENWSK_EXPORT ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return count_in(e, GroupNumber);
}

OPENWSK_EXPORT ULONG KeQueryMaximumProcessorCount(void) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return count_in(e, 0);
}

OPENWSK_EXPORT ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return count_in(e, GroupNumber);
}

OPENWSK_EXPORT USHORT KeQueryActiveGroupCount(void) {
    return 1;
}

OPENWSK_EXPORT USHORT KeQueryMaximumGroupCount(void) {
    return 1;
}

OPENWSK_EXPORT KAFFINITY KeQueryActiveProcessors(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return e.thread().home->processors().mask();
}

OPENWSK_EXPORT KAFFINITY KeQueryGroupAffinity(USHORT GroupNumber) {
    OPENWSK_EDGE(HIGH_LEVEL);
    return GroupNumber == 0 ? e.thread().home->processors().mask() : 0;
}

// ---- affinity -----------------------------------------------------------------------------------

OPENWSK_EXPORT KAFFINITY KeSetSystemAffinityThreadEx(KAFFINITY Affinity) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::thread& self = e.thread();
    const KAFFINITY before = self.system_affinity;
    const KAFFINITY usable = Affinity & self.home->processors().mask();
    if (usable != 0) {
        ke::set_system_affinity(self, usable);
    }
    return before;
}

OPENWSK_EXPORT VOID KeSetSystemAffinityThread(KAFFINITY Affinity) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const KAFFINITY usable = Affinity & e.thread().home->processors().mask();
    if (usable != 0) {
        ke::set_system_affinity(e.thread(), usable);
    }
}

OPENWSK_EXPORT VOID KeRevertToUserAffinityThread(void) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::set_system_affinity(e.thread(), 0);
}

OPENWSK_EXPORT VOID KeRevertToUserAffinityThreadEx(KAFFINITY Affinity) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::set_system_affinity(e.thread(), Affinity & e.thread().home->processors().mask());
}

OPENWSK_EXPORT VOID KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                                   PGROUP_AFFINITY PreviousAffinity) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::thread& self = e.thread();
    const KAFFINITY before = self.system_affinity;
    const bool known = Affinity->Group == 0 && Affinity->Reserved[0] == 0 &&
                       Affinity->Reserved[1] == 0 && Affinity->Reserved[2] == 0;
    const KAFFINITY usable = known ? Affinity->Mask & self.home->processors().mask() : 0;
    if (PreviousAffinity != nullptr) {
        *PreviousAffinity = GROUP_AFFINITY{};
        PreviousAffinity->Mask = usable != 0 ? before : 0;
    }
    if (usable != 0) {
        ke::set_system_affinity(self, usable);
    }
}

OPENWSK_EXPORT VOID KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ke::set_system_affinity(e.thread(),
                            PreviousAffinity->Mask & e.thread().home->processors().mask());
}

// ---- time ---------------------------------------------------------------------------------------

OPENWSK_EXPORT VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime) {
    CurrentTime->QuadPart = static_cast<LONGLONG>(ke::current().host->system_time_100ns());
}

OPENWSK_EXPORT VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime) {
    CurrentTime->QuadPart = static_cast<LONGLONG>(ke::current().host->system_time_100ns());
}

OPENWSK_EXPORT ULONGLONG KeQueryInterruptTime(void) {
    return ke::interrupt_time(*ke::current().host);
}

OPENWSK_EXPORT ULONGLONG KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp) {
    const ULONGLONG now = ke::interrupt_time(*ke::current().host);
    *QpcTimeStamp = now;  // one unit is one tick of the performance counter
    return now;
}

OPENWSK_EXPORT ULONGLONG KeQueryUnbiasedInterruptTime(void) {
    return ke::interrupt_time(*ke::current().host);
}

OPENWSK_EXPORT VOID KeQueryTickCount(PLARGE_INTEGER TickCount) {
    TickCount->QuadPart =
        static_cast<LONGLONG>(ke::interrupt_time(*ke::current().host) / ke::units_per_tick);
}

OPENWSK_EXPORT ULONG KeQueryTimeIncrement(void) {
    return static_cast<ULONG>(ke::units_per_tick);
}

OPENWSK_EXPORT LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency) {
    static_assert(ke::performance_frequency * ke::ns_per_unit == 1000000000);
    if (PerformanceFrequency != nullptr) {
        PerformanceFrequency->QuadPart = static_cast<LONGLONG>(ke::performance_frequency);
    }
    LARGE_INTEGER now;
    now.QuadPart = static_cast<LONGLONG>(ke::interrupt_time(*ke::current().host));
    return now;
}

}  // extern "C"
