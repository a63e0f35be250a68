// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Resources: modes, recursion, waiting, conversion, release for a thread, queries.

#include "threads.h"

static ERESOURCE resource;
static KEVENT ready;
static KEVENT go_on;

static void wait(PKEVENT e) {
    KeWaitForSingleObject(e, Executive, KernelMode, FALSE, NULL);
}

static VOID try_all(PVOID context) {
    BOOLEAN expected = (BOOLEAN)(ULONG_PTR)context;
    KeEnterCriticalRegion();
    CHECK_EQ(ExAcquireResourceSharedLite(&resource, FALSE), expected);
    if (expected) {
        ExReleaseResourceLite(&resource);
    }
    CHECK(!ExAcquireResourceExclusiveLite(&resource, FALSE));
    CHECK(!ExIsResourceAcquiredExclusiveLite(&resource));
    CHECK_EQ(ExIsResourceAcquiredSharedLite(&resource), 0);
    KeLeaveCriticalRegion();
}

static VOID write_once(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&resource);
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource));
    ExReleaseResourceAndLeaveCriticalRegion(&resource);
}

static VOID hold_shared(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    ExEnterCriticalRegionAndAcquireResourceShared(&resource);
    KeSetEvent(&ready, IO_NO_INCREMENT, FALSE);
    wait(&go_on);
    KeLeaveCriticalRegion();
    // The resource is released for this thread by another one.
}

static void modes(void) {
    CHECK(ExAcquireResourceExclusiveLite(&resource, TRUE));
    CHECK(ExAcquireResourceExclusiveLite(&resource, FALSE));
    CHECK(ExAcquireResourceSharedLite(&resource, FALSE));
    CHECK(ExIsResourceAcquiredExclusiveLite(&resource));
    CHECK_EQ(ExIsResourceAcquiredSharedLite(&resource), 3);
    finish_thread(start_thread(try_all, (PVOID)FALSE));
    ExReleaseResourceLite(&resource);
    ExReleaseResourceLite(&resource);
    ExConvertExclusiveToSharedLite(&resource);
    CHECK(!ExIsResourceAcquiredExclusiveLite(&resource));
    CHECK(ExIsResourceAcquiredLite(&resource));
    finish_thread(start_thread(try_all, (PVOID)TRUE));
    ExReleaseResourceLite(&resource);
}

static void waiting_writer(void) {
    PVOID writer;
    LARGE_INTEGER tick;

    tick.QuadPart = -10000;
    CHECK(ExAcquireResourceSharedLite(&resource, TRUE));
    writer = start_thread(write_once, NULL);
    while (ExGetExclusiveWaiterCount(&resource) == 0) {
        KeDelayExecutionThread(KernelMode, FALSE, &tick);
    }
    CHECK_EQ(ExGetSharedWaiterCount(&resource), 0);
    finish_thread(start_thread(try_all, (PVOID)FALSE));
    CHECK(ExAcquireSharedStarveExclusive(&resource, FALSE));
    CHECK(!ExAcquireSharedWaitForExclusive(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    ExReleaseResourceForThreadLite(&resource, ExGetCurrentResourceThread());
    finish_thread(writer);
}

static void released_for_a_thread(void) {
    PVOID thread = start_thread(hold_shared, NULL);
    wait(&ready);
    CHECK(!ExAcquireResourceExclusiveLite(&resource, FALSE));
    ExReleaseResourceForThreadLite(&resource, (ERESOURCE_THREAD)thread);
    CHECK(ExAcquireResourceExclusiveLite(&resource, FALSE));
    ExReleaseResourceLite(&resource);
    KeSetEvent(&go_on, IO_NO_INCREMENT, FALSE);
    finish_thread(thread);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    KeInitializeEvent(&ready, SynchronizationEvent, FALSE);
    KeInitializeEvent(&go_on, SynchronizationEvent, FALSE);
    CHECK_STATUS(ExInitializeResourceLite(&resource), STATUS_SUCCESS);
    KeEnterCriticalRegion();
    modes();
    waiting_writer();
    released_for_a_thread();
    KeLeaveCriticalRegion();
    CHECK_STATUS(ExReinitializeResourceLite(&resource), STATUS_SUCCESS);
    CHECK_STATUS(ExDeleteResourceLite(&resource), STATUS_SUCCESS);
}
