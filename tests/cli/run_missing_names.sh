#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Every name that a driver imports and that does not exist is listed at once.
. "$(dirname "$0")/lib"

cat > missing.c << 'EOF'
#include <ntddk.h>
NTSTATUS KeNoSuchFunction(void);
NTSTATUS ZwNeitherThis(void);
extern int MmNorThisData;
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    DbgPrint("never\n");
    return KeNoSuchFunction() + ZwNeitherThis() + MmNorThisData;
}
EOF
expect 4 "$OPENWSK" run missing.c
says 'missing.so imports 3 names that are not implemented'
says '^ +KeNoSuchFunction$'
says '^ +MmNorThisData$'
says '^ +ZwNeitherThis$'
silent_about 'never'

expect 0 "$OPENWSK" cc -o missing.so missing.c
expect 4 "$OPENWSK" imports missing.so
says '^missing   KeNoSuchFunction$'
says '^provided  DbgPrint$'
says '^1 provided, 3 missing, 0 refused$'
