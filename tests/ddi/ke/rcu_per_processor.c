// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Per-processor data in the shape of a read-copy-update: readers run at DISPATCH_LEVEL and count in
// the slot of their processor, without locks or interlocked operations. A writer publishes a new
// version, waits until a DPC has run on every processor, and frees the old one: no reader can still
// be inside. Threads are pinned to processors by affinity, others float.

#include "threads.h"

#define READERS 6
#define VERSIONS 100
#define TAG 'ucRT'

typedef struct _VERSION {
    LONG a;
    LONG b;
} VERSION;

typedef struct DECLSPEC_CACHEALIGN _SLOT {
    LONG64 reads;
    LONG inside;
} SLOT;

static SLOT slots[64];
static VERSION* volatile current;
static volatile LONG stop;
static volatile LONG64 reads_of[READERS];
static KDPC dpcs[64];
static KEVENT all_passed;
static volatile LONG passed;
static ULONG processors;

static VOID reader(PVOID context) {
    LONG64 number = (LONG64)(LONG_PTR)context;
    KIRQL old;

    if (number < processors) {
        KeSetSystemAffinityThreadEx((KAFFINITY)1 << number);
    }
    do {
        VERSION* v;
        SLOT* slot;
        KeRaiseIrql(DISPATCH_LEVEL, &old);
        slot = &slots[KeGetCurrentProcessorNumber()];
        if (slot->inside != 0) {  // nobody else runs at DISPATCH_LEVEL here
            CHECK(slot->inside == 0);
        }
        ++slot->inside;
        v = ReadPointerAcquire((PVOID volatile*)&current);
        if (v->a != v->b) {
            CHECK_EQ(v->a, v->b);
        }
        ++slot->reads;
        --slot->inside;
        KeLowerIrql(old);
        InterlockedIncrement64(&reads_of[number]);
    } while (ReadAcquire(&stop) == 0);
    if (number < processors) {
        CHECK_EQ(KeGetCurrentProcessorNumber(), number);
        KeRevertToUserAffinityThreadEx(0);
    }
}

static VOID quiescent(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2) {
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    if (KeGetCurrentProcessorNumber() != (ULONG)(ULONG_PTR)context ||
        slots[KeGetCurrentProcessorNumber()].inside != 0) {
        CHECK_EQ(KeGetCurrentProcessorNumber(), (ULONG)(ULONG_PTR)context);
        CHECK_EQ(slots[KeGetCurrentProcessorNumber()].inside, 0);
    }
    if (InterlockedDecrement(&passed) == 0) {
        KeSetEvent(&all_passed, IO_NO_INCREMENT, FALSE);
    }
}

static void synchronize(void) {
    ULONG i;
    passed = (LONG)processors;
    for (i = 0; i < processors; ++i) {
        KeInsertQueueDpc(&dpcs[i], NULL, NULL);
    }
    KeWaitForSingleObject(&all_passed, Executive, KernelMode, FALSE, NULL);
}

static VERSION* make_version(LONG n) {
    VERSION* v = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof *v, TAG);
    if (v != NULL) {
        v->a = n;
        v->b = n;
    }
    return v;
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID threads[READERS];
    LONG64 total = 0;
    LONG64 counted = 0;
    LONG n;
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    processors = KeQueryActiveProcessorCount(NULL);
    KeInitializeEvent(&all_passed, SynchronizationEvent, FALSE);
    for (i = 0; i < processors; ++i) {
        KeInitializeDpc(&dpcs[i], quiescent, (PVOID)(ULONG_PTR)i);
        KeSetTargetProcessorDpc(&dpcs[i], (CCHAR)i);
    }
    current = make_version(0);
    REQUIRE(current != NULL);
    for (i = 0; i < READERS; ++i) {
        threads[i] = start_thread(reader, (PVOID)(ULONG_PTR)i);
    }
    for (n = 1; n <= VERSIONS; ++n) {
        VERSION* fresh = make_version(n);
        VERSION* old;
        REQUIRE(fresh != NULL);
        old = InterlockedExchangePointer((PVOID volatile*)&current, fresh);
        synchronize();
        old->b = -1;  // a reader that is still inside would see it
        ExFreePoolWithTag(old, TAG);
    }
    InterlockedExchange(&stop, 1);
    for (i = 0; i < READERS; ++i) {
        finish_thread(threads[i]);
        total += reads_of[i];
        CHECK(reads_of[i] > 0);
    }
    KeFlushQueuedDpcs();
    for (i = 0; i < processors; ++i) {
        counted += slots[i].reads;
    }
    CHECK_EQ(counted, total);
    ExFreePoolWithTag(current, TAG);
}
