// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Work items, interlocked lists, remove locks, identifiers.
//
// Windows documents: the pages of wdm.h and ntddk.h with these names.

#include "wdk/abi/ex.h"

#include <cpuid.h>

#include "ex/executive.hpp"
#include "ex/lists.hpp"
#include "ex/remove_lock.hpp"
#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "ke/spin_lock.hpp"
#include "ke/time.hpp"
#include "mm/try_new.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/io.h"

namespace {

ex::io_work_item& item_of(PIO_WORKITEM item) noexcept {
    return *reinterpret_cast<ex::io_work_item*>(item);
}

void record_item(const ke::edge& e, const void* item) noexcept {
    if (auto* l = e.machine().find<verify::ledger>()) {
        l->add(base::object_kind::work_item, item, 0, 0, e.caller());
    }
}

void forget_item(const ke::edge& e, const void* item) noexcept {
    if (auto* l = e.machine().find<verify::ledger>()) {
        l->remove(base::object_kind::work_item, item);
    }
}

void queued_twice(const ke::edge& e, const void* item) noexcept {
    verify::violation(verify::rule::work_item_queued, e.caller(), item,
                      "%s: the work item at %p is queued, and its routine has not started",
                      e.name(), item);
}

void queue_io_item(const ke::edge& e, PIO_WORKITEM item, void* routine, bool extended,
                   WORK_QUEUE_TYPE type, void* context) noexcept {
    if (!ex::queue(e.thread(), item_of(item), routine, extended, type, context)) {
        queued_twice(e, item);
    }
}

void require_not_queued(const ke::edge& e, PIO_WORKITEM item) noexcept {
    if (OPENWSK_UNLIKELY(ex::is_queued(item_of(item)))) {
        queued_twice(e, item);
    }
}

// The ExInterlocked... routines raise, take the lock that they are given, and check the links.
class list_lock {
public:
    list_lock(const ke::edge& e, KSPIN_LOCK* lock) noexcept
        : edge_(&e), raised_(e.thread()), lock_(lock) {
        ke::acquire(e.thread(), *lock, e.caller());
    }
    list_lock(const list_lock&) = delete;
    list_lock& operator=(const list_lock&) = delete;
    ~list_lock() { ke::release(edge_->thread(), *lock_, edge_->caller()); }

    void check(const LIST_ENTRY* entry) const noexcept {
        if (OPENWSK_UNLIKELY(entry->Flink == nullptr || entry->Blink == nullptr ||
                             entry->Flink->Blink != entry || entry->Blink->Flink != entry)) {
            verify::violation(verify::rule::list_corrupt, edge_->caller(), entry,
                              "%s: the list entry at %p is corrupt", edge_->name(),
                              static_cast<const void*>(entry));
        }
    }

private:
    const ke::edge* edge_;
    ke::dispatch_scope raised_;
    KSPIN_LOCK* lock_;
};

LIST_ENTRY* insert(const list_lock& lock, LIST_ENTRY* head, LIST_ENTRY* before, LIST_ENTRY* entry,
                   LIST_ENTRY* was) noexcept {
    lock.check(head);
    entry->Flink = before;
    entry->Blink = before->Blink;
    before->Blink->Flink = entry;
    before->Blink = entry;
    return was == head ? nullptr : was;
}

}  // namespace

extern "C" {

// ---- work items ---------------------------------------------------------------------------------

OPENWSK_EXPORT VOID ExQueueWorkItem(PWORK_QUEUE_ITEM WorkItem, WORK_QUEUE_TYPE QueueType) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    auto* ledger = e.machine().find<verify::ledger>();
    verify::entry known{};
    if (ledger != nullptr && ledger->find(base::object_kind::work_item, WorkItem, known)) {
        queued_twice(e, WorkItem);
    }
    record_item(e, WorkItem);
    if (!e.machine().get<ex::executive>().queue(*WorkItem, QueueType)) {
        queued_twice(e, WorkItem);
    }
}

OPENWSK_EXPORT PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT DeviceObject) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    auto* item = mm::try_new<ex::allocated_work_item>();
    if (item == nullptr) {
        return nullptr;
    }
    ex::initialize(*item, DeviceObject);
    auto* name = reinterpret_cast<PIO_WORKITEM>(static_cast<ex::io_work_item*>(item));
    record_item(e, name);
    return name;
}

OPENWSK_EXPORT VOID IoFreeWorkItem(PIO_WORKITEM IoWorkItem) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_not_queued(e, IoWorkItem);
    forget_item(e, IoWorkItem);
    delete static_cast<ex::allocated_work_item*>(&item_of(IoWorkItem));
}

OPENWSK_EXPORT ULONG IoSizeofWorkItem(void) {
    return sizeof(ex::io_work_item);
}

OPENWSK_EXPORT VOID IoInitializeWorkItem(PVOID IoObject, PIO_WORKITEM IoWorkItem) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::initialize(item_of(IoWorkItem), IoObject);
    record_item(e, IoWorkItem);
}

OPENWSK_EXPORT VOID IoUninitializeWorkItem(PIO_WORKITEM IoWorkItem) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    require_not_queued(e, IoWorkItem);
    forget_item(e, IoWorkItem);
}

OPENWSK_EXPORT VOID IoQueueWorkItem(PIO_WORKITEM IoWorkItem, PIO_WORKITEM_ROUTINE WorkerRoutine,
                                    WORK_QUEUE_TYPE QueueType, PVOID Context) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    queue_io_item(e, IoWorkItem, reinterpret_cast<void*>(WorkerRoutine), false, QueueType, Context);
}

OPENWSK_EXPORT VOID IoQueueWorkItemEx(PIO_WORKITEM IoWorkItem,
                                      PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                      WORK_QUEUE_TYPE QueueType, PVOID Context) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    queue_io_item(e, IoWorkItem, reinterpret_cast<void*>(WorkerRoutine), true, QueueType, Context);
}

OPENWSK_EXPORT BOOLEAN IoTryQueueWorkItem(PIO_WORKITEM IoWorkItem,
                                          PIO_WORKITEM_ROUTINE_EX WorkerRoutine,
                                          WORK_QUEUE_TYPE QueueType, PVOID Context) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::queue(e.thread(), item_of(IoWorkItem), reinterpret_cast<void*>(WorkerRoutine), true,
                     QueueType, Context)
               ? TRUE
               : FALSE;
}

// ---- singly linked lists ------------------------------------------------------------------------

OPENWSK_EXPORT VOID InitializeSListHead(PSLIST_HEADER SListHead) {
    ex::initialize(*SListHead);
}

OPENWSK_EXPORT PSLIST_ENTRY ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead,
                                                         PSLIST_ENTRY ListEntry) {
    host::schedule_point(host::point::interlocked, ListHead);
    return ex::push(*ListHead, ListEntry);
}

OPENWSK_EXPORT PSLIST_ENTRY ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead) {
    host::schedule_point(host::point::interlocked, ListHead);
    return ex::pop(*ListHead);
}

OPENWSK_EXPORT PSLIST_ENTRY ExpInterlockedFlushSList(PSLIST_HEADER ListHead) {
    host::schedule_point(host::point::interlocked, ListHead);
    return ex::flush(*ListHead);
}

OPENWSK_EXPORT PSLIST_ENTRY FirstEntrySList(const SLIST_HEADER* SListHead) {
    return ex::first(*SListHead);
}

OPENWSK_EXPORT USHORT ExQueryDepthSList(PSLIST_HEADER SListHead) {
    return ex::depth(*SListHead);
}

// ---- lists and numbers guarded by a spin lock ---------------------------------------------------

OPENWSK_EXPORT PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                       PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    LIST_ENTRY* first = ListHead->Flink;
    return insert(lock, ListHead, first, ListEntry, first);
}

OPENWSK_EXPORT PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                       PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    return insert(lock, ListHead, ListHead, ListEntry, ListHead->Blink);
}

OPENWSK_EXPORT PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    lock.check(ListHead);
    LIST_ENTRY* first = ListHead->Flink;
    if (first == ListHead) {
        return nullptr;
    }
    lock.check(first);
    ListHead->Flink = first->Flink;
    first->Flink->Blink = ListHead;
    return first;
}

OPENWSK_EXPORT PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                             PSINGLE_LIST_ENTRY ListEntry,
                                                             PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    SINGLE_LIST_ENTRY* first = ListHead->Next;
    ListEntry->Next = first;
    ListHead->Next = ListEntry;
    return first;
}

OPENWSK_EXPORT PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                            PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    SINGLE_LIST_ENTRY* first = ListHead->Next;
    if (first != nullptr) {
        ListHead->Next = first->Next;
    }
    return first;
}

OPENWSK_EXPORT ULONG ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    const ULONG before = *Addend;
    *Addend = before + Increment;
    return before;
}

OPENWSK_EXPORT LARGE_INTEGER ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend,
                                                          LARGE_INTEGER Increment,
                                                          PKSPIN_LOCK Lock) {
    OPENWSK_EDGE(HIGH_LEVEL);
    const list_lock lock(e, Lock);
    const LARGE_INTEGER before = *Addend;
    Addend->QuadPart = static_cast<LONGLONG>(static_cast<ULONGLONG>(before.QuadPart) +
                                             static_cast<ULONGLONG>(Increment.QuadPart));
    return before;
}

// ---- remove locks -------------------------------------------------------------------------------

OPENWSK_EXPORT VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK Lock, ULONG, ULONG, ULONG, ULONG) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    ex::initialize(*Lock);
}

OPENWSK_EXPORT NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID, PCSTR, ULONG,
                                              ULONG) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return ex::acquire(*RemoveLock).code();
}

OPENWSK_EXPORT VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK RemoveLock, PVOID, ULONG) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::release(*RemoveLock, e.caller());
}

OPENWSK_EXPORT VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK RemoveLock, PVOID, ULONG) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    ex::release_and_wait(*RemoveLock, e.caller());
}

// ---- modes, time, identifiers -------------------------------------------------------------------

// What every x64 processor has, and what this one says.
OPENWSK_EXPORT BOOLEAN ExIsProcessorFeaturePresent(ULONG ProcessorFeature) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    switch (ProcessorFeature) {
        case PF_COMPARE_EXCHANGE_DOUBLE:
        case PF_MMX_INSTRUCTIONS_AVAILABLE:
        case PF_XMMI_INSTRUCTIONS_AVAILABLE:
        case PF_RDTSC_INSTRUCTION_AVAILABLE:
        case PF_PAE_ENABLED:
        case PF_XMMI64_INSTRUCTIONS_AVAILABLE:
        case PF_SSE_DAZ_MODE_AVAILABLE:
        case PF_NX_ENABLED:
            return TRUE;
        case PF_SSE3_INSTRUCTIONS_AVAILABLE:
            return __builtin_cpu_supports("sse3") != 0;
        case PF_COMPARE_EXCHANGE128:
        case PF_XSAVE_ENABLED: {
            constexpr unsigned cmpxchg16b = 1u << 13;
            constexpr unsigned osxsave = 1u << 27;
            unsigned a = 0;
            unsigned b = 0;
            unsigned c = 0;
            unsigned d = 0;
            __get_cpuid(1, &a, &b, &c, &d);
            return (c & (ProcessorFeature == PF_XSAVE_ENABLED ? osxsave : cmpxchg16b)) != 0;
        }
        default:
            return FALSE;
    }
}

OPENWSK_EXPORT KPROCESSOR_MODE ExGetPreviousMode(void) {
    return KernelMode;
}

OPENWSK_EXPORT VOID ExQueryTimerResolution(PULONG MaximumTime, PULONG MinimumTime,
                                           PULONG CurrentTime) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    constexpr ULONG finest = 5000;  // 0.5 ms
    *MaximumTime = static_cast<ULONG>(ke::units_per_tick);
    *MinimumTime = finest;
    *CurrentTime = static_cast<ULONG>(ke::units_per_tick);
}

// Timers are as exact as the host always.
OPENWSK_EXPORT ULONG ExSetTimerResolution(ULONG, BOOLEAN) {
    return static_cast<ULONG>(ke::units_per_tick);
}

// A machine's time zone is UTC.
OPENWSK_EXPORT VOID ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime) {
    *LocalTime = *SystemTime;
}

OPENWSK_EXPORT VOID ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime) {
    *SystemTime = *LocalTime;
}

// A random UUID (version 4).
OPENWSK_EXPORT NTSTATUS ExUuidCreate(UUID* Uuid) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    uint64_t words[2] = {e.thread().host->random(host::stream::driver),
                         e.thread().host->random(host::stream::driver)};
    static_assert(sizeof words == sizeof *Uuid);
    __builtin_memcpy(Uuid, words, sizeof words);
    Uuid->Data3 = static_cast<UINT16>((Uuid->Data3 & 0x0fff) | 0x4000);
    Uuid->Data4[0] = static_cast<UINT8>((Uuid->Data4[0] & 0x3f) | 0x80);
    return STATUS_SUCCESS;
}

}  // extern "C"
