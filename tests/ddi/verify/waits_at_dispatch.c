// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A wait at DISPATCH_LEVEL is stopped at the call.
// exit: 3
// output: OPENWSK VIOLATION wait-at-dispatch
// output: in ddi_verify_waits_at_dispatch!.*waits_at_dispatch.c:17

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    KEVENT event;
    KIRQL old;
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    CHECK(FALSE);
    KeLowerIrql(old);
}
