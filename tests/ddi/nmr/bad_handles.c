// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Handles that are none, from C: the status or nothing, a report, and no crash. NMR-112, NMR-145,
// NMR-162, NMR-191, NMR-195.
// exit: 1
// output: nmr-bad-handle
// output: nmr-stray-complete
// output: nmr-attach-misuse

#include "check.h"

#include <netioddk.h>

static VOID run_checks(PDRIVER_OBJECT driver) {
    PVOID context = NULL;
    const VOID* dispatch = NULL;
    HANDLE handles[5];
    ULONG i;

    handles[0] = NULL;
    handles[1] = (HANDLE)(ULONG_PTR)0x77;
    handles[2] = &context;
    handles[3] = driver;
    handles[4] = (HANDLE)(LONG_PTR)-1;
    for (i = 0; i < RTL_NUMBER_OF(handles); ++i) {
        CHECK_STATUS(NmrDeregisterClient(handles[i]), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(NmrDeregisterProvider(handles[i]), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(NmrWaitForClientDeregisterComplete(handles[i]), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(NmrWaitForProviderDeregisterComplete(handles[i]), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(NmrClientAttachProvider(handles[i], NULL, NULL, &context, &dispatch),
                     STATUS_INVALID_PARAMETER);
        NmrClientDetachProviderComplete(handles[i]);
        NmrProviderDetachClientComplete(handles[i]);
    }
    CHECK_STATUS(NmrRegisterClient(NULL, NULL, &handles[0]), STATUS_INVALID_PARAMETER);
    CHECK_STATUS(NmrRegisterProvider(NULL, NULL, &handles[0]), STATUS_INVALID_PARAMETER);
    CHECK_PTR(handles[0], NULL);
}
