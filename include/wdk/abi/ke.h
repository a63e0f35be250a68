// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// ke.h: kernel core. IRQL, processors, dispatcher objects, waits, timers, DPCs, spin locks, time,
// bug checks. Documents: "wdm.h header" and "ntddk.h header" reference pages. Layouts are those of
// Windows 10 x64; tests/wdk/layout.c holds them. Drivers may look at documented members only;
// everything else belongs to the runtime.
#pragma once

#include "ntdef.h"
#include "ntstatus.h"

OPENWSK_C_BEGIN

#define PASSIVE_LEVEL 0
#define LOW_LEVEL 0
#define APC_LEVEL 1
#define DISPATCH_LEVEL 2
#define CMCI_LEVEL 5
#define CLOCK_LEVEL 13
#define IPI_LEVEL 14
#define DRS_LEVEL 14
#define POWER_LEVEL 14
#define PROFILE_LEVEL 15
#define HIGH_LEVEL 15

#define LOW_PRIORITY 0
#define LOW_REALTIME_PRIORITY 16
#define HIGH_PRIORITY 31
#define MAXIMUM_PRIORITY 32
#define MAXIMUM_WAIT_OBJECTS 64
#define THREAD_WAIT_OBJECTS 3
#define MAXIMUM_SUSPEND_COUNT MAXCHAR
#define MAXIMUM_PROC_PER_GROUP 64
#define ALL_PROCESSOR_GROUPS 0xffff

typedef CCHAR KPROCESSOR_MODE;
typedef enum _MODE { KernelMode, UserMode, MaximumMode } MODE;

typedef enum _KWAIT_REASON {
    Executive,
    FreePage,
    PageIn,
    PoolAllocation,
    DelayExecution,
    Suspended,
    UserRequest,
    WrExecutive,
    WrFreePage,
    WrPageIn,
    WrPoolAllocation,
    WrDelayExecution,
    WrSuspended,
    WrUserRequest,
    WrSpare0,
    WrQueue,
    WrLpcReceive,
    WrLpcReply,
    WrVirtualMemory,
    WrPageOut,
    WrRendezvous,
    WrKeyedEvent,
    WrTerminated,
    WrProcessInSwap,
    WrCpuRateControl,
    WrCalloutStack,
    WrKernel,
    WrResource,
    WrPushLock,
    WrMutex,
    WrQuantumEnd,
    WrDispatchInt,
    WrPreempted,
    WrYieldExecution,
    WrFastMutex,
    WrGuardedMutex,
    WrRundown,
    WrAlertByThreadId,
    WrDeferredPreempt,
    WrPhysicalFault,
    WrIoRing,
    WrMdlCache,
    WrRcu,
    MaximumWaitReason
} KWAIT_REASON;

typedef enum _KOBJECTS {
    EventNotificationObject = 0,
    EventSynchronizationObject = 1,
    MutantObject = 2,
    ProcessObject = 3,
    QueueObject = 4,
    SemaphoreObject = 5,
    ThreadObject = 6,
    GateObject = 7,
    TimerNotificationObject = 8,
    TimerSynchronizationObject = 9,
    ApcObject = 18,
    DpcObject = 19,
    DeviceQueueObject = 20,
    ThreadedDpcObject = 24
} KOBJECTS;

// ---- dispatcher objects -------------------------------------------------------------------------

typedef struct _DISPATCHER_HEADER {
    __extension__ union {
        volatile LONG Lock;
        LONG LockNV;
        __extension__ struct {
            UCHAR Type;
            UCHAR Signalling;
            UCHAR Size;
            UCHAR Reserved1;
        };
        __extension__ struct {
            UCHAR TimerType;
            UCHAR TimerControlFlags;
            UCHAR Hand;
            UCHAR TimerMiscFlags;
        };
    };
    LONG SignalState;
    LIST_ENTRY WaitListHead;
} DISPATCHER_HEADER, *PDISPATCHER_HEADER;

typedef struct _KEVENT {
    DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT, *PRKEVENT;

typedef struct _KSEMAPHORE {
    DISPATCHER_HEADER Header;
    LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE, *PRKSEMAPHORE;

typedef struct _KMUTANT {
    DISPATCHER_HEADER Header;
    LIST_ENTRY MutantListEntry;
    struct _KTHREAD *OwnerThread;
    __extension__ union {
        UCHAR MutantFlags;
        __extension__ struct {
            UCHAR Abandoned : 1;
            UCHAR Spare1 : 7;
        };
    };
    UCHAR ApcDisable;
} KMUTANT, *PKMUTANT, *PRKMUTANT, KMUTEX, *PKMUTEX, *PRKMUTEX;

typedef struct _KWAIT_BLOCK {
    LIST_ENTRY WaitListEntry;
    UCHAR WaitType;
    volatile UCHAR BlockState;
    USHORT WaitKey;
    LONG SpareLong;
    __extension__ union {
        struct _KTHREAD *Thread;
        struct _KQUEUE *NotificationQueue;
        struct _KDPC *Dpc;
    };
    PVOID Object;
    PVOID SparePtr;
} KWAIT_BLOCK, *PKWAIT_BLOCK, *PRKWAIT_BLOCK;

struct _KDPC;
typedef VOID KDEFERRED_ROUTINE(struct _KDPC *Dpc, PVOID DeferredContext, PVOID SystemArgument1,
                               PVOID SystemArgument2);
typedef KDEFERRED_ROUTINE *PKDEFERRED_ROUTINE;

typedef enum _KDPC_IMPORTANCE {
    LowImportance,
    MediumImportance,
    HighImportance,
    MediumHighImportance
} KDPC_IMPORTANCE;

typedef struct _KDPC {
    __extension__ union {
        ULONG TargetInfoAsUlong;
        __extension__ struct {
            UCHAR Type;
            UCHAR Importance;
            volatile USHORT Number;
        };
    };
    SINGLE_LIST_ENTRY DpcListEntry;
    KAFFINITY ProcessorHistory;
    PKDEFERRED_ROUTINE DeferredRoutine;
    PVOID DeferredContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    PVOID DpcData;
} KDPC, *PKDPC, *PRKDPC;

typedef struct _KTIMER {
    DISPATCHER_HEADER Header;
    ULARGE_INTEGER DueTime;
    LIST_ENTRY TimerListEntry;
    struct _KDPC *Dpc;
    USHORT Processor;
    USHORT TimerType;
    ULONG Period;
} KTIMER, *PKTIMER, *PRKTIMER;

typedef struct _KAPC {
    UCHAR Type;
    UCHAR AllFlags;
    UCHAR Size;
    UCHAR SpareByte1;
    ULONG SpareLong0;
    struct _KTHREAD *Thread;
    LIST_ENTRY ApcListEntry;
    PVOID Reserved[3];
    PVOID NormalContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    CCHAR ApcStateIndex;
    KPROCESSOR_MODE ApcMode;
    BOOLEAN Inserted;
} KAPC, *PKAPC, *PRKAPC;

typedef struct _KDEVICE_QUEUE_ENTRY {
    LIST_ENTRY DeviceListEntry;
    ULONG SortKey;
    BOOLEAN Inserted;
} KDEVICE_QUEUE_ENTRY, *PKDEVICE_QUEUE_ENTRY, *PRKDEVICE_QUEUE_ENTRY;

typedef struct _KDEVICE_QUEUE {
    CSHORT Type;
    CSHORT Size;
    LIST_ENTRY DeviceListHead;
    KSPIN_LOCK Lock;
    __extension__ union {
        BOOLEAN Busy;
        __extension__ struct {
            LONG64 Reserved : 8;
            LONG64 Hint : 56;
        };
    };
} KDEVICE_QUEUE, *PKDEVICE_QUEUE, *PRKDEVICE_QUEUE;

typedef struct _KAPC_STATE {
    LIST_ENTRY ApcListHead[2];
    struct _KPROCESS *Process;
    UCHAR InProgressFlags;
    BOOLEAN KernelApcPending;
    BOOLEAN UserApcPending;
} KAPC_STATE, *PKAPC_STATE, *PRKAPC_STATE;

// ---- IRQL, threads, waits -----------------------------------------------------------------------

OPENWSK_API KIRQL KeGetCurrentIrql(void);
OPENWSK_API KIRQL KfRaiseIrql(KIRQL NewIrql);
OPENWSK_API KIRQL KeRaiseIrqlToDpcLevel(void);
OPENWSK_API VOID KeLowerIrql(KIRQL NewIrql);
OPENWSK_API VOID KeEnterCriticalRegion(void);
OPENWSK_API VOID KeLeaveCriticalRegion(void);
OPENWSK_API VOID KeEnterGuardedRegion(void);
OPENWSK_API VOID KeLeaveGuardedRegion(void);
OPENWSK_API BOOLEAN KeAreApcsDisabled(void);
OPENWSK_API BOOLEAN KeAreAllApcsDisabled(void);

OPENWSK_API PKTHREAD KeGetCurrentThread(void);
OPENWSK_API KPRIORITY KeSetPriorityThread(PKTHREAD Thread, KPRIORITY Priority);
OPENWSK_API KPRIORITY KeQueryPriorityThread(PKTHREAD Thread);
OPENWSK_API LONG KeSetBasePriorityThread(PKTHREAD Thread, LONG Increment);
OPENWSK_API NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                            PLARGE_INTEGER Interval);
OPENWSK_API VOID KeStallExecutionProcessor(ULONG MicroSeconds);
OPENWSK_API BOOLEAN KeShouldYieldProcessor(void);

OPENWSK_API NTSTATUS KeWaitForSingleObject(PVOID Object, KWAIT_REASON WaitReason,
                                           KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                                           PLARGE_INTEGER Timeout);
OPENWSK_API NTSTATUS KeWaitForMultipleObjects(ULONG Count, PVOID Object[], WAIT_TYPE WaitType,
                                              KWAIT_REASON WaitReason, KPROCESSOR_MODE WaitMode,
                                              BOOLEAN Alertable, PLARGE_INTEGER Timeout,
                                              PKWAIT_BLOCK WaitBlockArray);

// ---- events, semaphores, mutexes ----------------------------------------------------------------

OPENWSK_API VOID KeInitializeEvent(PRKEVENT Event, EVENT_TYPE Type, BOOLEAN State);
OPENWSK_API LONG KeSetEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);
OPENWSK_API LONG KeResetEvent(PRKEVENT Event);
OPENWSK_API VOID KeClearEvent(PRKEVENT Event);
OPENWSK_API LONG KeReadStateEvent(PRKEVENT Event);
OPENWSK_API LONG KePulseEvent(PRKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);

OPENWSK_API VOID KeInitializeSemaphore(PRKSEMAPHORE Semaphore, LONG Count, LONG Limit);
OPENWSK_API LONG KeReleaseSemaphore(PRKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment,
                                    BOOLEAN Wait);
OPENWSK_API LONG KeReadStateSemaphore(PRKSEMAPHORE Semaphore);

OPENWSK_API VOID KeInitializeMutex(PRKMUTEX Mutex, ULONG Level);
OPENWSK_API LONG KeReleaseMutex(PRKMUTEX Mutex, BOOLEAN Wait);
OPENWSK_API LONG KeReadStateMutex(PRKMUTEX Mutex);
#define KeWaitForMutexObject KeWaitForSingleObject

// ---- timers and DPCs ----------------------------------------------------------------------------

OPENWSK_API VOID KeInitializeTimer(PKTIMER Timer);
OPENWSK_API VOID KeInitializeTimerEx(PKTIMER Timer, TIMER_TYPE Type);
OPENWSK_API BOOLEAN KeSetTimer(PKTIMER Timer, LARGE_INTEGER DueTime, PKDPC Dpc);
OPENWSK_API BOOLEAN KeSetTimerEx(PKTIMER Timer, LARGE_INTEGER DueTime, LONG Period, PKDPC Dpc);
OPENWSK_API BOOLEAN KeSetCoalescableTimer(PKTIMER Timer, LARGE_INTEGER DueTime, ULONG Period,
                                          ULONG TolerableDelay, PKDPC Dpc);
OPENWSK_API BOOLEAN KeCancelTimer(PKTIMER Timer);
OPENWSK_API BOOLEAN KeReadStateTimer(PKTIMER Timer);

OPENWSK_API VOID KeInitializeDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                 PVOID DeferredContext);
OPENWSK_API VOID KeInitializeThreadedDpc(PRKDPC Dpc, PKDEFERRED_ROUTINE DeferredRoutine,
                                         PVOID DeferredContext);
OPENWSK_API BOOLEAN KeInsertQueueDpc(PRKDPC Dpc, PVOID SystemArgument1, PVOID SystemArgument2);
OPENWSK_API BOOLEAN KeRemoveQueueDpc(PRKDPC Dpc);
OPENWSK_API VOID KeSetImportanceDpc(PRKDPC Dpc, KDPC_IMPORTANCE Importance);
OPENWSK_API VOID KeSetTargetProcessorDpc(PRKDPC Dpc, CCHAR Number);
OPENWSK_API NTSTATUS KeSetTargetProcessorDpcEx(PKDPC Dpc, PPROCESSOR_NUMBER ProcNumber);
OPENWSK_API VOID KeFlushQueuedDpcs(void);
OPENWSK_API VOID KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context);
OPENWSK_API VOID KeSignalCallDpcDone(PVOID SystemArgument1);
OPENWSK_API LOGICAL KeSignalCallDpcSynchronize(PVOID SystemArgument2);

// ---- spin locks ---------------------------------------------------------------------------------

typedef struct _KSPIN_LOCK_QUEUE {
    struct _KSPIN_LOCK_QUEUE *volatile Next;
    PKSPIN_LOCK volatile Lock;
} KSPIN_LOCK_QUEUE, *PKSPIN_LOCK_QUEUE;

typedef struct _KLOCK_QUEUE_HANDLE {
    KSPIN_LOCK_QUEUE LockQueue;
    KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

OPENWSK_API VOID KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
OPENWSK_API KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK SpinLock);
OPENWSK_API VOID KeReleaseSpinLock(PKSPIN_LOCK SpinLock, KIRQL NewIrql);
OPENWSK_API VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
OPENWSK_API VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);
OPENWSK_API BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
OPENWSK_API BOOLEAN KeTestSpinLock(PKSPIN_LOCK SpinLock);
OPENWSK_API KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK SpinLock);
OPENWSK_API VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK SpinLock, KIRQL OldIrql);
OPENWSK_API VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK SpinLock,
                                                PKLOCK_QUEUE_HANDLE LockHandle);
OPENWSK_API VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE LockHandle);
OPENWSK_API VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock,
                                                          PKLOCK_QUEUE_HANDLE LockHandle);
OPENWSK_API VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE LockHandle);
OPENWSK_API VOID KeAcquireInStackQueuedSpinLockForDpc(PKSPIN_LOCK SpinLock,
                                                      PKLOCK_QUEUE_HANDLE LockHandle);
OPENWSK_API VOID KeReleaseInStackQueuedSpinLockForDpc(PKLOCK_QUEUE_HANDLE LockHandle);

// ---- processors ---------------------------------------------------------------------------------

OPENWSK_API ULONG KeGetCurrentProcessorNumber(void);
OPENWSK_API ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber);
OPENWSK_API ULONG KeGetCurrentProcessorIndex(void);
OPENWSK_API NTSTATUS KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber);
OPENWSK_API ULONG KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber);
OPENWSK_API ULONG KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors);
OPENWSK_API ULONG KeQueryActiveProcessorCountEx(USHORT GroupNumber);
OPENWSK_API ULONG KeQueryMaximumProcessorCount(void);
OPENWSK_API ULONG KeQueryMaximumProcessorCountEx(USHORT GroupNumber);
OPENWSK_API USHORT KeQueryActiveGroupCount(void);
OPENWSK_API USHORT KeQueryMaximumGroupCount(void);
OPENWSK_API KAFFINITY KeQueryActiveProcessors(void);
OPENWSK_API KAFFINITY KeQueryGroupAffinity(USHORT GroupNumber);
OPENWSK_API KAFFINITY KeSetSystemAffinityThreadEx(KAFFINITY Affinity);
OPENWSK_API VOID KeSetSystemAffinityThread(KAFFINITY Affinity);
OPENWSK_API VOID KeRevertToUserAffinityThread(void);
OPENWSK_API VOID KeRevertToUserAffinityThreadEx(KAFFINITY Affinity);
OPENWSK_API VOID KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                                PGROUP_AFFINITY PreviousAffinity);
OPENWSK_API VOID KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity);

// ---- time ---------------------------------------------------------------------------------------

OPENWSK_API VOID KeQuerySystemTime(PLARGE_INTEGER CurrentTime);
OPENWSK_API VOID KeQuerySystemTimePrecise(PLARGE_INTEGER CurrentTime);
OPENWSK_API ULONGLONG KeQueryInterruptTime(void);
OPENWSK_API ULONGLONG KeQueryInterruptTimePrecise(PULONG64 QpcTimeStamp);
OPENWSK_API ULONGLONG KeQueryUnbiasedInterruptTime(void);
OPENWSK_API VOID KeQueryTickCount(PLARGE_INTEGER TickCount);
OPENWSK_API ULONG KeQueryTimeIncrement(void);
OPENWSK_API LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER PerformanceFrequency);

// ---- stacks and bug checks ----------------------------------------------------------------------

#define KERNEL_STACK_SIZE 0x6000
#define MAXIMUM_EXPANSION_SIZE (0x12000 - 0x1000)

typedef VOID EXPAND_STACK_CALLOUT(PVOID Parameter);
typedef EXPAND_STACK_CALLOUT *PEXPAND_STACK_CALLOUT;

OPENWSK_API NTSTATUS KeExpandKernelStackAndCallout(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                                   SIZE_T Size);
OPENWSK_API NTSTATUS KeExpandKernelStackAndCalloutEx(PEXPAND_STACK_CALLOUT Callout, PVOID Parameter,
                                                     SIZE_T Size, BOOLEAN Wait, PVOID Context);
OPENWSK_API VOID KeStackAttachProcess(PRKPROCESS Process, PRKAPC_STATE ApcState);
OPENWSK_API VOID KeUnstackDetachProcess(PRKAPC_STATE ApcState);

OPENWSK_API OPENWSK_NORETURN VOID KeBugCheck(ULONG BugCheckCode);
OPENWSK_API OPENWSK_NORETURN VOID KeBugCheckEx(ULONG BugCheckCode, ULONG_PTR BugCheckParameter1,
                                               ULONG_PTR BugCheckParameter2,
                                               ULONG_PTR BugCheckParameter3,
                                               ULONG_PTR BugCheckParameter4);

OPENWSK_C_END
