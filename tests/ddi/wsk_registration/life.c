// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The five registration functions from a C driver, at the IRQLs they allow. REG-019, REG-039,
// REG-040, REG-041, REG-045, REG-055, REG-065, REG-069, REG-073, REG-083, REG-084, REG-093,
// REG-179.

#include "check.h"

#include <wsk.h>

static const WSK_CLIENT_DISPATCH dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION registration;

static VOID run_checks(PDRIVER_OBJECT driver) {
    WSK_CLIENT_NPI client = {NULL, &dispatch};
    WSK_PROVIDER_CHARACTERISTICS range;
    WSK_PROVIDER_NPI npi;
    KIRQL old;
    ULONG i;

    UNREFERENCED_PARAMETER(driver);
    for (i = 0; i < 3; ++i) {
        CHECK_STATUS(WskRegister(&client, &registration), STATUS_SUCCESS);
        CHECK_STATUS(WskCaptureProviderNPI(&registration, WSK_INFINITE_WAIT, &npi), STATUS_SUCCESS);
        CHECK(npi.Client != NULL);
        CHECK_EQ(npi.Dispatch->Version, MAKE_WSK_VERSION(1, 0));
        CHECK(npi.Dispatch->WskSocket != NULL && npi.Dispatch->WskSocketConnect != NULL &&
              npi.Dispatch->WskControlClient != NULL);
        CHECK(npi.Dispatch->WskGetAddressInfo != NULL && npi.Dispatch->WskGetNameInfo != NULL &&
              npi.Dispatch->WskFreeAddressInfo != NULL);
        KeRaiseIrql(DISPATCH_LEVEL, &old);
        CHECK_STATUS(WskCaptureProviderNPI(&registration, WSK_NO_WAIT, &npi), STATUS_SUCCESS);
        CHECK_STATUS(WskQueryProviderCharacteristics(&registration, &range), STATUS_SUCCESS);
        WskReleaseProviderNPI(&registration);
        KeLowerIrql(old);
        CHECK_EQ(range.HighestVersion, MAKE_WSK_VERSION(1, 1));
        CHECK_EQ(range.LowestVersion, MAKE_WSK_VERSION(1, 0));
        WskReleaseProviderNPI(&registration);
        WskDeregister(&registration);
        // REG-056, REG-092
        CHECK_STATUS(WskCaptureProviderNPI(&registration, WSK_INFINITE_WAIT, &npi),
                     STATUS_DEVICE_NOT_READY);
        CHECK_STATUS(WskQueryProviderCharacteristics(&registration, &range),
                     STATUS_DEVICE_NOT_READY);
    }
}
