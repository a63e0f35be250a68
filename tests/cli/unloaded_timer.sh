#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# A timer that a driver leaves armed: it is reported as left behind, and when it fires into the
# unloaded driver that is bug check 0xCE with the function's name.
. "$(dirname "$0")/lib"

cat > late.c << 'EOF'
#include <ntddk.h>
static KTIMER timer;
static KDPC dpc;
static KDEFERRED_ROUTINE TimerFired;
static VOID TimerFired(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    DbgPrint("too late\n");
}
static VOID Unload(PDRIVER_OBJECT Driver)
{
    LARGE_INTEGER due = {.QuadPart = -300 * 10000};
    UNREFERENCED_PARAMETER(Driver);
    KeSetTimer(&timer, due, &dpc);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    KeInitializeTimer(&timer);
    KeInitializeDpc(&dpc, TimerFired, NULL);
    return STATUS_SUCCESS;
}
EOF
cat > stays.c << 'EOF'
#include <ntddk.h>
static VOID Unload(PDRIVER_OBJECT Driver)
{
    LARGE_INTEGER time = {.QuadPart = -2000 * 10000};
    UNREFERENCED_PARAMETER(Driver);
    KeDelayExecutionThread(KernelMode, FALSE, &time);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
EOF
build_for_variant late
build_for_variant stays
expect 1 "$OPENWSK" run --for 0s late.so
says '1 timer'
says 'made by late!Unload'
silent_about 'too late'

expect 3 "$OPENWSK" run --for 0s stays.so late.so
says 'BUGCHECK 0x000000CE'
says 'late!TimerFired.*late.c:'
silent_about 'too late'
