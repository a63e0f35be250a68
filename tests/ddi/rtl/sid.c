// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Security identifiers.

#include <ntifs.h>

#include "check.h"

static void run_checks(PDRIVER_OBJECT driver) {
    struct {
        SID sid;
        ULONG more[3];
    } a = {{SID_REVISION, 2, {{0, 0, 0, 0, 0, 5}}, {32}}, {544, 0, 0}}, b;
    UNREFERENCED_PARAMETER(driver);
    CHECK(RtlValidSid(&a.sid));
    CHECK_EQ(RtlLengthSid(&a.sid), 16);
    CHECK_EQ(RtlLengthRequiredSid(2), 16);
    CHECK_STATUS(RtlCopySid(15, &b.sid, &a.sid), STATUS_BUFFER_TOO_SMALL);
    CHECK_STATUS(RtlCopySid(sizeof b, &b.sid, &a.sid), STATUS_SUCCESS);
    CHECK(RtlEqualSid(&a.sid, &b.sid));
    b.more[0] = 545;
    CHECK(!RtlEqualSid(&a.sid, &b.sid));
    a.sid.SubAuthorityCount = SID_MAX_SUB_AUTHORITIES + 1;
    CHECK(!RtlValidSid(&a.sid));
    CHECK(!RtlValidSid(NULL));
}
