#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A DriverEntry that fails: its status by name, no DriverUnload, exit code 4; drivers that were
# started before are unloaded.
. "$(dirname "$0")/lib"

write_hello good
cat > failing.c << 'EOF'
#include <ntddk.h>
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    DbgPrint("must not be called\n");
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    return STATUS_ADDRESS_ALREADY_EXISTS;
}
EOF
expect 0 "$OPENWSK" cc -o good.so good.c
expect 0 "$OPENWSK" cc -o failing.so failing.c
expect 4 "$OPENWSK" run good.so failing.so
says 'driver failing: DriverEntry returned STATUS_ADDRESS_ALREADY_EXISTS \(0xC000020A\), unloaded'
says 'bye from good'
silent_about 'must not be called'
says 'exit code 4'
