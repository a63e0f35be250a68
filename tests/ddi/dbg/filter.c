// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// DbgSetDebugFilterState and DbgQueryDebugFilterState: levels as bit numbers and as masks, one
// component at a time, unknown components.
//
// run: --no-prefix --dbgprint off,DEFAULT=all
// output: ^DEFAULT is on$

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    DbgPrint("DEFAULT is on\n");
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL), TRUE);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL), FALSE);

    CHECK_STATUS(DbgSetDebugFilterState(DPFLTR_IHVNETWORK_ID, DPFLTR_WARNING_LEVEL, TRUE),
                 STATUS_SUCCESS);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVNETWORK_ID, DPFLTR_WARNING_LEVEL), TRUE);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL), FALSE);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_WARNING_LEVEL), FALSE);

    CHECK_STATUS(DbgSetDebugFilterState(DPFLTR_IHVNETWORK_ID, 0x30 | DPFLTR_MASK, TRUE),
                 STATUS_SUCCESS);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVNETWORK_ID, 4), TRUE);
    CHECK_STATUS(DbgSetDebugFilterState(DPFLTR_IHVNETWORK_ID, 4, FALSE), STATUS_SUCCESS);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVNETWORK_ID, 4), FALSE);
    CHECK_EQ(DbgQueryDebugFilterState(DPFLTR_IHVNETWORK_ID, 5), TRUE);

    CHECK_STATUS(DbgSetDebugFilterState(DPFLTR_ENDOFTABLE_ID, 0, TRUE), STATUS_INVALID_PARAMETER_1);
}
