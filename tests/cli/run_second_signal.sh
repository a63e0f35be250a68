#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# A second SIGINT ends the command while an unload waits.
. "$(dirname "$0")/lib"

cat > stuck.c << 'EOF'
#include <ntddk.h>
static volatile int go_on = 1;
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    DbgPrint("unloading for ever\n");
    while (go_on) {
    }
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
EOF
"$OPENWSK" run --for 0s stuck.c > output 2>&1 &
pid=$!
wait_for 'unloading for ever' output
kill -s INT $pid
# The first signal finds the unload at work and only counts; the second one ends the process. They
# must not be merged into one.
wait_for '^SigPnd:.0000000000000000$' /proc/$pid/status
wait_for '^ShdPnd:.0000000000000000$' /proc/$pid/status
kill -s INT $pid
wait $pid
code=$?
[ $code -eq 130 ] || fail "exit code $code, expected 130"
says 'leaving without unloading'
