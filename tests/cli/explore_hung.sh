#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A loop on a plain variable never reaches a schedule point: exploring says where it is.
. "$(dirname "$0")/lib"

# ThreadSanitizer holds signals back, so there the process is only ended after a while.
[ "$OPENWSK_VARIANT" = tsan ] && exit 77

cat > hung.c << 'EOF'
#include <ntddk.h>
static volatile LONG Flag;
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    while (Flag == 0) {
    }
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
EOF
build_for_variant hung
expect 1 "$OPENWSK" explore --schedules 10 hung.so
says '^FAILED schedule 1 .*a thread runs for ever without calling anything'
says 'by hung!Unload.*hung.c:[67]'
