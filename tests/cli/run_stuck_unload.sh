#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# An unload that takes longer than --stuck-after: the command says what the driver holds, and goes
# on waiting.
. "$(dirname "$0")/lib"

cat > slow.c << 'EOF'
#include <ntddk.h>
static PVOID kept;
static VOID Unload(PDRIVER_OBJECT Driver)
{
    LARGE_INTEGER time = {.QuadPart = -600 * 10000};
    UNREFERENCED_PARAMETER(Driver);
    KeDelayExecutionThread(KernelMode, FALSE, &time);
    ExFreePoolWithTag(kept, 'wolS');
    DbgPrint("unloaded after all\n");
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    kept = ExAllocatePoolWithTag(NonPagedPoolNx, 10, 'wolS');
    return STATUS_SUCCESS;
}
EOF
expect 0 "$OPENWSK" run --for 0s --stuck-after 100ms slow.c
says 'slow is not unloaded yet; it holds:'
says 'pool 1.*made by slow!DriverEntry'
says 'unloaded after all'
expect 0 "$OPENWSK" run --for 0s slow.c
silent_about 'not unloaded yet'
