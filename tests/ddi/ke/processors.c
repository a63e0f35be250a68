// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Processors: numbers, counts, groups; affinity of the calling thread in all its spellings.

#include "check.h"

static void counts(ULONG count) {
    KAFFINITY active = 0;

    CHECK_EQ(KeQueryActiveProcessorCount(&active), count);
    CHECK_EQ(active, KeQueryActiveProcessors());
    CHECK_EQ(KeQueryActiveProcessorCountEx(0), count);
    CHECK_EQ(KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS), count);
    CHECK_EQ(KeQueryActiveProcessorCountEx(1), 0);
    CHECK_EQ(KeQueryMaximumProcessorCount(), count);
    CHECK_EQ(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS), count);
    CHECK_EQ(KeQueryActiveGroupCount(), 1);
    CHECK_EQ(KeQueryMaximumGroupCount(), 1);
    CHECK_EQ(KeQueryGroupAffinity(0), active);
    CHECK_EQ(KeQueryGroupAffinity(1), 0);
}

static void numbers(ULONG count) {
    PROCESSOR_NUMBER number;
    ULONG i;

    for (i = 0; i < count; ++i) {
        CHECK_STATUS(KeGetProcessorNumberFromIndex(i, &number), STATUS_SUCCESS);
        CHECK_EQ(number.Group, 0);
        CHECK_EQ(number.Number, i);
        CHECK_EQ(KeGetProcessorIndexFromNumber(&number), i);
    }
    CHECK_STATUS(KeGetProcessorNumberFromIndex(count, &number), STATUS_INVALID_PARAMETER);
    number.Number = (UCHAR)count;
    CHECK_EQ(KeGetProcessorIndexFromNumber(&number), 0xffffffff);
}

static void check_runs_on(ULONG processor) {
    PROCESSOR_NUMBER number;
    KIRQL old;

    CHECK_EQ(KeGetCurrentProcessorNumber(), processor);
    CHECK_EQ(KeGetCurrentProcessorIndex(), processor);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    CHECK_EQ(KeGetCurrentProcessorNumberEx(&number), processor);
    CHECK_EQ(number.Number, processor);
    KeLowerIrql(old);
}

static void affinity(ULONG count) {
    GROUP_AFFINITY mine = {0};
    GROUP_AFFINITY before;
    KAFFINITY old;
    ULONG i;

    for (i = 0; i < count; ++i) {
        CHECK_EQ(KeSetSystemAffinityThreadEx((KAFFINITY)1 << i), 0);
        check_runs_on(i);
        KeRevertToUserAffinityThreadEx(0);
    }
    KeSetSystemAffinityThread(2);
    check_runs_on(1);
    old = KeSetSystemAffinityThreadEx(1);
    CHECK_EQ(old, 2);
    check_runs_on(0);
    KeRevertToUserAffinityThreadEx(old);
    check_runs_on(1);
    KeRevertToUserAffinityThread();

    mine.Mask = 4;
    KeSetSystemGroupAffinityThread(&mine, &before);
    CHECK_EQ(before.Mask, 0);
    check_runs_on(2);
    KeRevertToUserGroupAffinityThread(&before);
    mine.Group = 1;
    KeSetSystemGroupAffinityThread(&mine, &before);
    CHECK_EQ(before.Mask, 0);
    CHECK_EQ(KeSetSystemAffinityThreadEx(1), 0);
    KeRevertToUserAffinityThreadEx(0);
}

static void run_checks(PDRIVER_OBJECT driver) {
    ULONG count = KeQueryActiveProcessorCount(NULL);
    UNREFERENCED_PARAMETER(driver);
    REQUIRE(count >= 4);
    CHECK(KeGetCurrentProcessorNumber() < count);
    counts(count);
    numbers(count);
    affinity(count);
}
