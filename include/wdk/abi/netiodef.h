// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// netiodef.h: identities of network programming interfaces and network modules ("netiodef.h
// header").
#pragma once

#include "ntdef.h"

typedef GUID NPIID;
typedef const NPIID *PNPIID;

typedef enum _NPI_MODULEID_TYPE { MIT_GUID = 1, MIT_IF_LUID = 2 } NPI_MODULEID_TYPE;

typedef struct _NPI_MODULEID {
    USHORT Length;
    NPI_MODULEID_TYPE Type;
    __extension__ union {
        GUID Guid;
        LUID IfLuid;
    };
} NPI_MODULEID;
typedef const NPI_MODULEID *PNPI_MODULEID;

/// TRUE when both identities have the same known type and the same bytes in the member it selects.
static inline BOOLEAN NmrIsEqualNpiModuleId(PNPI_MODULEID ModuleId1, PNPI_MODULEID ModuleId2)
{
    if (ModuleId1->Type != ModuleId2->Type) {
        return FALSE;
    }
    if (ModuleId1->Type == MIT_GUID) {
        return __builtin_memcmp(&ModuleId1->Guid, &ModuleId2->Guid, sizeof(GUID)) == 0;
    }
    if (ModuleId1->Type == MIT_IF_LUID) {
        return __builtin_memcmp(&ModuleId1->IfLuid, &ModuleId2->IfLuid, sizeof(LUID)) == 0;
    }
    return FALSE;
}
