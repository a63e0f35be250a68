// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The functions behind the SLIST macros, which a driver may also call by name or by address: last
// in, first out, at any IRQL.

#include "check.h"

typedef struct DECLSPEC_ALIGN(16) _NODE {
    SLIST_ENTRY link;
    ULONG number;
} NODE;

#define NODES 8

static SLIST_HEADER list;
static NODE nodes[NODES];

static void fill_and_empty(KIRQL irql) {
    PSLIST_ENTRY (*push)(PSLIST_HEADER, PSLIST_ENTRY) = ExpInterlockedPushEntrySList;
    PSLIST_ENTRY (*pop)(PSLIST_HEADER) = ExpInterlockedPopEntrySList;
    PSLIST_ENTRY chain;
    KIRQL old;
    ULONG i;

    KeRaiseIrql(irql, &old);
    CHECK_PTR(pop(&list), NULL);
    for (i = 0; i < NODES; ++i) {
        CHECK_PTR(push(&list, &nodes[i].link), i == 0 ? NULL : &nodes[i - 1].link);
    }
    CHECK_EQ(ExQueryDepthSList(&list), NODES);
    for (i = NODES; i > NODES / 2; --i) {
        PSLIST_ENTRY first = ExpInterlockedPopEntrySList(&list);
        CHECK_PTR(first, &nodes[i - 1].link);
        CHECK_EQ(CONTAINING_RECORD(first, NODE, link)->number, i - 1);
    }
    CHECK_EQ(ExQueryDepthSList(&list), NODES / 2);

    // The rest comes as one chain, linked in the order in which it would have been popped.
    chain = ExpInterlockedFlushSList(&list);
    for (i = NODES / 2; i > 0; --i) {
        if (!CHECK(chain == &nodes[i - 1].link)) {
            break;
        }
        chain = chain->Next;
    }
    CHECK_PTR(chain, NULL);
    CHECK_EQ(ExQueryDepthSList(&list), 0);
    CHECK_PTR(ExpInterlockedFlushSList(&list), NULL);
    CHECK_PTR(ExpInterlockedPopEntrySList(&list), NULL);
    KeLowerIrql(old);
}

static void run_checks(PDRIVER_OBJECT driver) {
    ULONG i;
    UNREFERENCED_PARAMETER(driver);

    InitializeSListHead(&list);
    for (i = 0; i < NODES; ++i) {
        nodes[i].number = i;
    }
    fill_and_empty(PASSIVE_LEVEL);
    fill_and_empty(DISPATCH_LEVEL);
    fill_and_empty(HIGH_LEVEL);
}
