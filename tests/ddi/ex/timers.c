// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Timers of ExAllocateTimer: waiting for them, callbacks, periods, cancelling, every way to delete.

#include "check.h"

static KEVENT called;
static KEVENT deleted;
static volatile LONG calls;

static EXT_CALLBACK count_call;
static VOID count_call(PEX_TIMER timer, PVOID context) {
    CHECK(timer != NULL);
    CHECK_PTR(context, &calls);
    CHECK_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    if (InterlockedIncrement(&calls) >= 3) {
        KeSetEvent(&called, 0, FALSE);
    }
}

static EXT_CALLBACK delete_itself;
static VOID delete_itself(PEX_TIMER timer, PVOID context) {
    UNREFERENCED_PARAMETER(context);
    CHECK_EQ(ExDeleteTimer(timer, TRUE, FALSE, NULL), FALSE);
    KeSetEvent(&called, 0, FALSE);
}

static EXT_DELETE_CALLBACK note_deletion;
static VOID note_deletion(PVOID context) {
    CHECK_PTR(context, &deleted);
    KeSetEvent(&deleted, 0, FALSE);
}

static void wait_for(PKEVENT event) {
    CHECK_STATUS(KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
}

static void check_waits(void) {
    LARGE_INTEGER now = {0};
    PEX_TIMER timer = ExAllocateTimer(NULL, NULL, EX_TIMER_NOTIFICATION);
    REQUIRE(timer != NULL);
    CHECK_EQ(ExCancelTimer(timer, NULL), FALSE);
    CHECK_EQ(ExSetTimer(timer, -10000, 0, NULL), FALSE);
    CHECK_STATUS(KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, &now), STATUS_SUCCESS);
    CHECK_EQ(ExSetTimer(timer, -36000000000LL, 0, NULL), FALSE);
    CHECK_STATUS(KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, &now), STATUS_TIMEOUT);
    CHECK_EQ(ExSetTimer(timer, -36000000000LL, 0, NULL), TRUE);
    CHECK_EQ(ExCancelTimer(timer, NULL), TRUE);
    CHECK_EQ(ExDeleteTimer(timer, TRUE, TRUE, NULL), FALSE);

    timer = ExAllocateTimer(NULL, NULL, EX_TIMER_HIGH_RESOLUTION);
    REQUIRE(timer != NULL);
    CHECK_EQ(ExSetTimer(timer, -1, 0, NULL), FALSE);
    CHECK_STATUS(KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(KeWaitForSingleObject(timer, Executive, KernelMode, FALSE, &now), STATUS_TIMEOUT);
    CHECK_EQ(ExSetTimer(timer, -36000000000LL, 0, NULL), FALSE);
    CHECK_EQ(ExDeleteTimer(timer, TRUE, TRUE, NULL), TRUE);
}

static void check_callbacks(void) {
    EXT_SET_PARAMETERS set;
    EXT_DELETE_PARAMETERS end;
    PEX_TIMER timer = ExAllocateTimer(count_call, (PVOID)&calls, EX_TIMER_NO_WAKE);
    REQUIRE(timer != NULL);
    ExInitializeSetTimerParameters(&set);
    set.NoWakeTolerance = EX_TIMER_UNLIMITED_TOLERANCE;
    CHECK_EQ(ExSetTimer(timer, -10000, 10000, &set), FALSE);
    wait_for(&called);
    ExInitializeDeleteTimerParameters(&end);
    end.DeleteCallback = note_deletion;
    end.DeleteContext = &deleted;
    CHECK_EQ(ExDeleteTimer(timer, TRUE, TRUE, &end), TRUE);
    // The callback has been called, so the event is signaled already.
    CHECK_EQ(KeReadStateEvent(&deleted), 1);
    KeClearEvent(&deleted);
    KeClearEvent(&called);

    // Neither cancelled nor waited for: it expires once more, then it is gone.
    calls = 2;
    timer = ExAllocateTimer(count_call, (PVOID)&calls, 0);
    REQUIRE(timer != NULL);
    CHECK_EQ(ExSetTimer(timer, -100000, 0, NULL), FALSE);
    CHECK_EQ(ExDeleteTimer(timer, FALSE, FALSE, &end), FALSE);
    wait_for(&deleted);
    CHECK_EQ(KeReadStateEvent(&called), 1);
    KeClearEvent(&deleted);
    KeClearEvent(&called);

    // Never set.
    timer = ExAllocateTimer(count_call, (PVOID)&calls, 0);
    REQUIRE(timer != NULL);
    CHECK_EQ(ExDeleteTimer(timer, FALSE, FALSE, &end), FALSE);
    wait_for(&deleted);

    timer = ExAllocateTimer(delete_itself, NULL, 0);
    REQUIRE(timer != NULL);
    CHECK_EQ(ExSetTimer(timer, -10000, 0, NULL), FALSE);
    wait_for(&called);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    KeInitializeEvent(&called, NotificationEvent, FALSE);
    KeInitializeEvent(&deleted, NotificationEvent, FALSE);
    check_waits();
    check_callbacks();
}
