#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# --dbgprint chooses components and levels.
. "$(dirname "$0")/lib"

cat > levels.c << 'EOF'
#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    DbgPrint("default info\n");
    DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL, "network error\n");
    DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL, "network info\n");
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "driver error\n");
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, 0x100, "driver mask\n");
    return STATUS_SUCCESS;
}
EOF
expect 0 "$OPENWSK" cc -o levels.so levels.c
run() {
    expect 0 "$OPENWSK" run -q --for 0s --no-prefix --dbgprint "$1" levels.so
    grep -E '^(default|network|driver) (info|error|mask)$' output | tr '\n' ',' > seen
    [ "$(cat seen)" = "$2" ] || fail "--dbgprint $1 shows: $(cat seen)"
}
run all 'default info,network error,network info,driver error,driver mask,'
run off ''
run error 'network error,driver error,'
run off,IHVNETWORK=info 'network error,network info,'
run off,DPFLTR_IHVDRIVER_ID=0x100 'driver mask,'
run off,101=all 'default info,'
expect 2 "$OPENWSK" run --for 0s --dbgprint NOSUCH=info levels.so
says "'NOSUCH=info' is not understood"
