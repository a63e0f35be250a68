// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The three families of lookaside lists.

#include "check.h"

#define TAG 'kooL'

static int allocations;
static int frees;

static PVOID counted_allocate(POOL_TYPE type, SIZE_T bytes, ULONG tag) {
    ++allocations;
    return ExAllocatePoolWithTag(type, bytes, tag);
}

static VOID counted_free(PVOID block) {
    ++frees;
    ExFreePoolWithTag(block, TAG);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    static NPAGED_LOOKASIDE_LIST npaged;
    ExInitializeNPagedLookasideList(&npaged, NULL, NULL, POOL_NX_ALLOCATION, 64, TAG, 0);
    KIRQL old;
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    void* first = ExAllocateFromNPagedLookasideList(&npaged);
    void* second = ExAllocateFromNPagedLookasideList(&npaged);
    CHECK(first != NULL && second != NULL && first != second);
    RtlFillMemory(first, 64, 1);
    ExFreeToNPagedLookasideList(&npaged, first);
    ExFreeToNPagedLookasideList(&npaged, second);
    KeLowerIrql(old);
    ExDeleteNPagedLookasideList(&npaged);

    static PAGED_LOOKASIDE_LIST paged;
    ExInitializePagedLookasideList(&paged, counted_allocate, counted_free, 0, 200, TAG, 0);
    void* block = ExAllocateFromPagedLookasideList(&paged);
    CHECK(block != NULL);
    CHECK_EQ(allocations, 1);
    ExFreeToPagedLookasideList(&paged, block);
    ExDeletePagedLookasideList(&paged);
    CHECK_EQ(frees, 1);

    static LOOKASIDE_LIST_EX list;
    CHECK_STATUS(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx,
                                             EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL |
                                                 EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE,
                                             32, TAG, 0),
                 STATUS_INVALID_PARAMETER_5);
    REQUIRE(
        NT_SUCCESS(ExInitializeLookasideListEx(&list, NULL, NULL, NonPagedPoolNx, 0, 32, TAG, 0)));
    void* blocks[100];
    for (ULONG i = 0; i < ARRAYSIZE(blocks); ++i) {
        blocks[i] = ExAllocateFromLookasideListEx(&list);
        REQUIRE(blocks[i] != NULL);
    }
    for (ULONG i = 0; i < ARRAYSIZE(blocks); ++i) {
        ExFreeToLookasideListEx(&list, blocks[i]);
    }
    ExFlushLookasideListEx(&list);
    CHECK_EQ(list.L.TotalAllocates, 100);
    ExDeleteLookasideListEx(&list);
}
