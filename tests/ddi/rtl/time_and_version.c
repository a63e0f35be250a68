// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Random numbers, time fields, version, stack traces, one-time initialisation.

#include "check.h"

static ULONG initialised;

static ULONG initialise(PRTL_RUN_ONCE once, PVOID parameter, PVOID* context) {
    UNREFERENCED_PARAMETER(once);
    ++initialised;
    *context = parameter;
    return TRUE;
}

static void run_checks(PDRIVER_OBJECT driver) {
    static RTL_RUN_ONCE once = RTL_RUN_ONCE_INIT;
    static ULONG_PTR aligned[2];
    RTL_RUN_ONCE async;
    PVOID context = NULL, caller = NULL, caller_of_caller = NULL;
    PVOID frames[4];
    ULONG seed = 1, again = 1, hash = 0;
    TIME_FIELDS fields;
    LARGE_INTEGER time, back;
    RTL_OSVERSIONINFOW version;
    UNREFERENCED_PARAMETER(driver);

    CHECK_EQ(RtlRandomEx(&seed), RtlRandomEx(&again));
    CHECK(RtlUniform(&seed) < 0x7fffffff);
    CHECK(RtlRandom(&seed) < 0x7fffffff);

    time.QuadPart = 133485408000000000ll;  // 2024-01-01 00:00:00, a Monday
    RtlTimeToTimeFields(&time, &fields);
    CHECK(fields.Year == 2024 && fields.Month == 1 && fields.Day == 1 && fields.Weekday == 1);
    CHECK(RtlTimeFieldsToTime(&fields, &back));
    CHECK_EQ(back.QuadPart, time.QuadPart);
    fields.Month = 13;
    CHECK(!RtlTimeFieldsToTime(&fields, &back));

    version.dwOSVersionInfoSize = sizeof version;
    CHECK_STATUS(RtlGetVersion(&version), STATUS_SUCCESS);
    CHECK_EQ(version.dwMajorVersion, 10);

    CHECK(RtlCaptureStackBackTrace(0, 4, frames, &hash) > 0);
    CHECK(frames[0] != NULL);
    RtlGetCallersAddress(&caller, &caller_of_caller);
    CHECK(caller != NULL);

    CHECK_STATUS(RtlRunOnceExecuteOnce(&once, initialise, aligned, &context), STATUS_SUCCESS);
    CHECK_STATUS(RtlRunOnceExecuteOnce(&once, initialise, NULL, &context), STATUS_SUCCESS);
    CHECK_EQ(initialised, 1);
    CHECK_PTR(context, aligned);
    RtlRunOnceInitialize(&async);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&async, RTL_RUN_ONCE_ASYNC, &context), STATUS_PENDING);
    CHECK_STATUS(RtlRunOnceComplete(&async, RTL_RUN_ONCE_ASYNC, aligned), STATUS_SUCCESS);
    CHECK_STATUS(RtlRunOnceBeginInitialize(&async, RTL_RUN_ONCE_CHECK_ONLY, &context),
                 STATUS_SUCCESS);
}
