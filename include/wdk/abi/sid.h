// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// sid.h: security identifiers. Documents: "SID structure", "ntifs.h header" reference pages.
#pragma once

#include "ntdef.h"

OPENWSK_C_BEGIN

#define SID_REVISION 1
#define SID_MAX_SUB_AUTHORITIES 15

typedef struct _SID_IDENTIFIER_AUTHORITY {
    UCHAR Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

typedef struct _SID {
    UCHAR Revision;
    UCHAR SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    ULONG SubAuthority[1];
} SID, *PISID;

OPENWSK_API BOOLEAN RtlValidSid(PSID Sid);
OPENWSK_API ULONG RtlLengthSid(PSID Sid);
OPENWSK_API ULONG RtlLengthRequiredSid(ULONG SubAuthorityCount);
OPENWSK_API NTSTATUS RtlCopySid(ULONG DestinationSidLength, PSID DestinationSid, PSID SourceSid);
OPENWSK_API BOOLEAN RtlEqualSid(PSID Sid1, PSID Sid2);

OPENWSK_C_END
