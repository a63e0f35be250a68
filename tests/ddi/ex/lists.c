// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Interlocked lists: SLISTs, and the lists that a spin lock guards.

#include "threads.h"

#define THREADS 4
#define ROUNDS 2000

typedef struct DECLSPEC_ALIGN(16) _NODE {
    SLIST_ENTRY link;
    LIST_ENTRY list;
    SINGLE_LIST_ENTRY single;
} NODE;

static SLIST_HEADER stack;
static LIST_ENTRY queue;
static KSPIN_LOCK queue_lock;
static NODE nodes[THREADS];
static ULONG counter;
static KSPIN_LOCK counter_lock;

static VOID shuffle(PVOID context) {
    NODE* mine = context;
    ULONG i;
    for (i = 0; i < ROUNDS; ++i) {
        PSLIST_ENTRY e;
        PLIST_ENTRY l;
        InterlockedPushEntrySList(&stack, &mine->link);
        e = InterlockedPopEntrySList(&stack);
        if (e == NULL) {
            CHECK(e != NULL);
            return;
        }
        mine = CONTAINING_RECORD(e, NODE, link);
        ExInterlockedInsertTailList(&queue, &mine->list, &queue_lock);
        l = ExInterlockedRemoveHeadList(&queue, &queue_lock);
        if (l == NULL) {
            CHECK(l != NULL);
            return;
        }
        mine = CONTAINING_RECORD(l, NODE, list);
        ExInterlockedAddUlong(&counter, 1, &counter_lock);
    }
}

static void check_slist(void) {
    InitializeSListHead(&stack);
    CHECK_EQ(ExQueryDepthSList(&stack), 0);
    CHECK_PTR(InterlockedPopEntrySList(&stack), NULL);
    CHECK_PTR(InterlockedPushEntrySList(&stack, &nodes[0].link), NULL);
    CHECK_PTR(InterlockedPushEntrySList(&stack, &nodes[1].link), &nodes[0].link);
    CHECK_EQ(ExQueryDepthSList(&stack), 2);
    CHECK_PTR(FirstEntrySList(&stack), &nodes[1].link);
    CHECK_PTR(InterlockedPopEntrySList(&stack), &nodes[1].link);
    CHECK_PTR(InterlockedFlushSList(&stack), &nodes[0].link);
    CHECK_EQ(ExQueryDepthSList(&stack), 0);
}

static void check_lists(void) {
    SINGLE_LIST_ENTRY single = {NULL};
    LARGE_INTEGER sum;
    LARGE_INTEGER one;

    InitializeListHead(&queue);
    CHECK_PTR(ExInterlockedRemoveHeadList(&queue, &queue_lock), NULL);
    CHECK_PTR(ExInterlockedInsertHeadList(&queue, &nodes[0].list, &queue_lock), NULL);
    CHECK_PTR(ExInterlockedInsertHeadList(&queue, &nodes[1].list, &queue_lock), &nodes[0].list);
    CHECK_PTR(ExInterlockedInsertTailList(&queue, &nodes[2].list, &queue_lock), &nodes[0].list);
    CHECK_PTR(ExInterlockedRemoveHeadList(&queue, &queue_lock), &nodes[1].list);
    CHECK_PTR(ExInterlockedRemoveHeadList(&queue, &queue_lock), &nodes[0].list);
    CHECK_PTR(ExInterlockedRemoveHeadList(&queue, &queue_lock), &nodes[2].list);

    CHECK_PTR(ExInterlockedPopEntryList(&single, &queue_lock), NULL);
    CHECK_PTR(ExInterlockedPushEntryList(&single, &nodes[0].single, &queue_lock), NULL);
    CHECK_PTR(ExInterlockedPushEntryList(&single, &nodes[1].single, &queue_lock), &nodes[0].single);
    CHECK_PTR(ExInterlockedPopEntryList(&single, &queue_lock), &nodes[1].single);

    sum.QuadPart = 0xffffffff;
    one.QuadPart = 1;
    CHECK_EQ(ExInterlockedAddLargeInteger(&sum, one, &counter_lock).QuadPart, 0xffffffff);
    CHECK_EQ(sum.QuadPart, 0x100000000LL);
}

static void run_checks(PDRIVER_OBJECT driver) {
    PVOID threads[THREADS];
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    KeInitializeSpinLock(&queue_lock);
    KeInitializeSpinLock(&counter_lock);
    check_slist();
    check_lists();
    for (i = 0; i < THREADS; ++i) {
        threads[i] = start_thread(shuffle, &nodes[i]);
    }
    for (i = 0; i < THREADS; ++i) {
        finish_thread(threads[i]);
    }
    CHECK_EQ(counter, THREADS * ROUNDS);
    CHECK_EQ(ExQueryDepthSList(&stack), 0);
    CHECK(IsListEmpty(&queue));
}
