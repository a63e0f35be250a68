// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Generic tables, splay and AVL: the same operations give the same answers.

#include "check.h"

static ULONG allocated;

static RTL_GENERIC_COMPARE_RESULTS order(ULONG a, ULONG b) {
    return a < b ? GenericLessThan : a > b ? GenericGreaterThan : GenericEqual;
}

static RTL_GENERIC_COMPARE_RESULTS compare_splay(PRTL_GENERIC_TABLE table, PVOID a, PVOID b) {
    UNREFERENCED_PARAMETER(table);
    return order(*(PULONG)a, *(PULONG)b);
}

static PVOID allocate_splay(PRTL_GENERIC_TABLE table, CLONG bytes) {
    UNREFERENCED_PARAMETER(table);
    ++allocated;
    return ExAllocatePoolWithTag(NonPagedPoolNx, bytes, 'lbaT');
}

static VOID free_splay(PRTL_GENERIC_TABLE table, PVOID buffer) {
    UNREFERENCED_PARAMETER(table);
    --allocated;
    ExFreePoolWithTag(buffer, 'lbaT');
}

static RTL_GENERIC_COMPARE_RESULTS compare_avl(PRTL_AVL_TABLE table, PVOID a, PVOID b) {
    UNREFERENCED_PARAMETER(table);
    return order(*(PULONG)a, *(PULONG)b);
}

static PVOID allocate_avl(PRTL_AVL_TABLE table, CLONG bytes) {
    UNREFERENCED_PARAMETER(table);
    ++allocated;
    return ExAllocatePoolWithTag(NonPagedPoolNx, bytes, 'lbaT');
}

static VOID free_avl(PRTL_AVL_TABLE table, PVOID buffer) {
    UNREFERENCED_PARAMETER(table);
    --allocated;
    ExFreePoolWithTag(buffer, 'lbaT');
}

static void splay(void) {
    RTL_GENERIC_TABLE table;
    BOOLEAN fresh = FALSE;
    PVOID key = NULL;
    ULONG i, sum = 0;
    RtlInitializeGenericTable(&table, compare_splay, allocate_splay, free_splay, NULL);
    CHECK(RtlIsGenericTableEmpty(&table));
    for (i = 0; i < 50; ++i) {
        ULONG value = i * 37 % 50;
        CHECK(RtlInsertElementGenericTable(&table, &value, sizeof value, &fresh) != NULL && fresh);
    }
    i = 7;
    CHECK(RtlInsertElementGenericTable(&table, &i, sizeof i, &fresh) != NULL && !fresh);
    CHECK_EQ(RtlNumberGenericTableElements(&table), 50);
    CHECK_EQ(*(PULONG)RtlLookupElementGenericTable(&table, &i), 7);
    CHECK_EQ(*(PULONG)RtlGetElementGenericTable(&table, 0), 0);
    i = 0;
    for (PULONG p = (PULONG)RtlEnumerateGenericTable(&table, TRUE); p != NULL;
         p = (PULONG)RtlEnumerateGenericTable(&table, FALSE)) {
        CHECK_EQ(*p, i);
        ++i;
    }
    for (PULONG p = (PULONG)RtlEnumerateGenericTableWithoutSplaying(&table, &key); p != NULL;
         p = (PULONG)RtlEnumerateGenericTableWithoutSplaying(&table, &key)) {
        sum += *p;
    }
    CHECK_EQ(sum, 49 * 50 / 2);
    for (i = 0; i < 50; ++i) {
        CHECK(RtlDeleteElementGenericTable(&table, &i));
    }
    CHECK(!RtlDeleteElementGenericTable(&table, &sum));
    CHECK_EQ(allocated, 0);
}

static void avl(void) {
    RTL_AVL_TABLE table;
    BOOLEAN fresh = FALSE;
    PVOID key = NULL, place = NULL;
    TABLE_SEARCH_RESULT where = TableEmptyTree;
    ULONG i, sum = 0;
    RtlInitializeGenericTableAvl(&table, compare_avl, allocate_avl, free_avl, NULL);
    CHECK(RtlIsGenericTableEmptyAvl(&table));
    for (i = 0; i < 49; ++i) {
        ULONG value = i;
        CHECK(RtlInsertElementGenericTableAvl(&table, &value, sizeof value, &fresh) != NULL);
    }
    CHECK(RtlLookupElementGenericTableFullAvl(&table, &i, &place, &where) == NULL);
    CHECK(RtlInsertElementGenericTableFullAvl(&table, &i, sizeof i, &fresh, place, where) != NULL);
    CHECK(fresh);
    CHECK_EQ(RtlNumberGenericTableElementsAvl(&table), 50);
    CHECK(table.DepthOfTree <= 8);
    i = 12;
    CHECK_EQ(*(PULONG)RtlLookupElementGenericTableAvl(&table, &i), 12);
    CHECK_EQ(*(PULONG)RtlLookupFirstMatchingElementGenericTableAvl(&table, &i, &key), 12);
    CHECK_EQ(*(PULONG)RtlGetElementGenericTableAvl(&table, 49), 49);
    i = 0;
    for (PULONG p = (PULONG)RtlEnumerateGenericTableAvl(&table, TRUE); p != NULL;
         p = (PULONG)RtlEnumerateGenericTableAvl(&table, FALSE)) {
        CHECK_EQ(*p, i);
        ++i;
    }
    key = NULL;
    for (PULONG p = (PULONG)RtlEnumerateGenericTableWithoutSplayingAvl(&table, &key); p != NULL;
         p = (PULONG)RtlEnumerateGenericTableWithoutSplayingAvl(&table, &key)) {
        sum += *p;
    }
    CHECK_EQ(sum, 49 * 50 / 2);
    for (i = 0; i < 50; ++i) {
        CHECK(RtlDeleteElementGenericTableAvl(&table, &i));
    }
    CHECK_EQ(allocated, 0);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    splay();
    avl();
}
