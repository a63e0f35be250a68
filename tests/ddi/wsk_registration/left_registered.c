// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver that unloads with a live registration and a capture is told so.
// REG-033, REG-107, REG-109
// exit: 1
// output: 1 registration: WSK, version 1.0
// output: 1 capture: 1 capture\(s\) of registration 1
// output: made by .*left_registered.c

#include "check.h"

#include <wsk.h>

static const WSK_CLIENT_DISPATCH dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION registration;

static VOID run_checks(PDRIVER_OBJECT driver) {
    WSK_CLIENT_NPI client = {NULL, &dispatch};
    WSK_PROVIDER_NPI npi;

    UNREFERENCED_PARAMETER(driver);
    CHECK_STATUS(WskRegister(&client, &registration), STATUS_SUCCESS);
    CHECK_STATUS(WskCaptureProviderNPI(&registration, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
}
