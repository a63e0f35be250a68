// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// DPCs: queueing, importance, targets, threaded ones, removal, calls on every processor.

#include "check.h"

typedef struct _RUN {
    KDPC dpc;
    KEVENT done;
    LONG count;
    KIRQL irql;
    ULONG processor;
    PVOID argument1;
    PVOID argument2;
} RUN;

static RUN run;
static RUN* order[2];
static LONG ordered;
static volatile LONG64 seen_processors;
static volatile LONG last_ones;

static VOID note(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2) {
    RUN* r = context;
    CHECK_PTR(dpc, &r->dpc);
    r->irql = KeGetCurrentIrql();
    r->processor = KeGetCurrentProcessorNumber();
    r->argument1 = argument1;
    r->argument2 = argument2;
    InterlockedIncrement(&r->count);
    KeSetEvent(&r->done, IO_NO_INCREMENT, FALSE);
}

static VOID note_order(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2) {
    UNREFERENCED_PARAMETER(dpc);
    UNREFERENCED_PARAMETER(argument1);
    UNREFERENCED_PARAMETER(argument2);
    if (ordered < 2) {
        order[ordered] = context;
    }
    ++ordered;
}

static VOID everywhere(PKDPC dpc, PVOID context, PVOID argument1, PVOID argument2) {
    UNREFERENCED_PARAMETER(dpc);
    CHECK_PTR(context, &seen_processors);
    InterlockedOr64(&seen_processors, 1LL << KeGetCurrentProcessorNumber());
    if (KeSignalCallDpcSynchronize(argument2)) {
        InterlockedIncrement(&last_ones);
    }
    KeSignalCallDpcDone(argument1);
}

static void wait(RUN* r) {
    CHECK_STATUS(KeWaitForSingleObject(&r->done, Executive, KernelMode, FALSE, NULL),
                 STATUS_SUCCESS);
}

static void queueing(void) {
    KIRQL old;
    RUN other;

    KeInitializeEvent(&run.done, SynchronizationEvent, FALSE);
    KeInitializeDpc(&run.dpc, note, &run);
    CHECK(KeInsertQueueDpc(&run.dpc, &old, &other));
    CHECK_EQ(run.count, 1);  // ran before the return
    CHECK_EQ(run.irql, DISPATCH_LEVEL);
    CHECK_PTR(run.argument1, &old);
    CHECK_PTR(run.argument2, &other);
    wait(&run);

    KeRaiseIrql(DISPATCH_LEVEL, &old);
    CHECK(KeInsertQueueDpc(&run.dpc, NULL, NULL));
    CHECK(!KeInsertQueueDpc(&run.dpc, NULL, NULL));
    CHECK(KeRemoveQueueDpc(&run.dpc));
    CHECK(!KeRemoveQueueDpc(&run.dpc));
    KeLowerIrql(old);
    CHECK_EQ(run.count, 1);

    KeInitializeDpc(&run.dpc, note_order, &run);
    KeInitializeDpc(&other.dpc, note_order, &other);
    KeSetImportanceDpc(&other.dpc, HighImportance);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeInsertQueueDpc(&run.dpc, NULL, NULL);
    KeInsertQueueDpc(&other.dpc, NULL, NULL);
    KeLowerIrql(old);
    CHECK_EQ(ordered, 2);
    CHECK_PTR(order[0], &other);
    CHECK_PTR(order[1], &run);
}

static void targets(void) {
    PROCESSOR_NUMBER number;
    ULONG i;
    ULONG count = KeQueryActiveProcessorCount(NULL);

    KeInitializeDpc(&run.dpc, note, &run);
    for (i = 0; i < count; ++i) {
        if (i % 2 != 0) {
            KeSetTargetProcessorDpc(&run.dpc, (CCHAR)i);
        } else {
            CHECK_STATUS(KeGetProcessorNumberFromIndex(i, &number), STATUS_SUCCESS);
            CHECK_STATUS(KeSetTargetProcessorDpcEx(&run.dpc, &number), STATUS_SUCCESS);
        }
        CHECK(KeInsertQueueDpc(&run.dpc, NULL, NULL));
        wait(&run);
        CHECK_EQ(run.processor, i);
    }
    number.Number = (UCHAR)count;
    CHECK_STATUS(KeSetTargetProcessorDpcEx(&run.dpc, &number), STATUS_INVALID_PARAMETER);
}

static void threaded(void) {
    KeInitializeThreadedDpc(&run.dpc, note, &run);
    CHECK(KeInsertQueueDpc(&run.dpc, NULL, NULL));
    wait(&run);
    CHECK_EQ(run.irql, PASSIVE_LEVEL);
    KeFlushQueuedDpcs();
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    queueing();
    targets();
    threaded();
    KeGenericCallDpc(everywhere, (PVOID)&seen_processors);
    CHECK_EQ(seen_processors, KeQueryActiveProcessors());
    CHECK_EQ(last_ones, 1);
}
