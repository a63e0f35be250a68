#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A driver that sets no DriverUnload stays loaded, as on Windows, and that is no error.
. "$(dirname "$0")/lib"

cat > stays.c << 'EOF'
#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    return STATUS_SUCCESS;
}
EOF
expect 0 "$OPENWSK" run --for 0s stays.c
says 'stays sets no DriverUnload and stays loaded'
says 'driver stays: .*, running'
