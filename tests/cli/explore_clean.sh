#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
# Schedules do not see each other; clean drivers are clean in every schedule; time is virtual.
. "$(dirname "$0")/lib"

# Fails unless its globals are as they were loaded, those with constructors too.
cat > globals.cpp << 'EOF'
#include <ntddk.h>
static LONG Counter;
static LONG Filled[4] = {1, 2, 3, 4};
struct counted {
    counted() : value(41) { ++value; }
    int value;
};
static counted Made;
static VOID Unload(PDRIVER_OBJECT Driver) { UNREFERENCED_PARAMETER(Driver); }
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    if (Counter++ != 0 || Filled[3]++ != 4 || Made.value++ != 42) {
        return STATUS_UNSUCCESSFUL;
    }
    return STATUS_SUCCESS;
}
EOF
case $OPENWSK_VARIANT in
    asan) expect 0 "$OPENWSK" cc --sanitize address -o globals.so globals.cpp ;;
    tsan) expect 0 "$OPENWSK" cc --sanitize thread -o globals.so globals.cpp ;;
    *) expect 0 "$OPENWSK" cc -o globals.so globals.cpp ;;
esac
expect 0 "$OPENWSK" explore --schedules 100 globals.so
says '^100 schedules, strategy random'
says '^result: clean \(exit code 0\)'
# One thread has one schedule.
expect 0 "$OPENWSK" explore --strategy dfs --preemptions unbounded globals.so
says '^all schedules: 1$'

# A timer with a DPC and a work item, both waited for.
cat > busy.c << 'EOF'
#include <ntddk.h>
static KEVENT TimerDone, ItemDone;
static KTIMER Timer;
static KDPC Dpc;
static PIO_WORKITEM Item;
static PDEVICE_OBJECT Device;
static KDEFERRED_ROUTINE OnTimer;
static VOID OnTimer(PKDPC D, PVOID C, PVOID A, PVOID B)
{
    UNREFERENCED_PARAMETER(D);
    UNREFERENCED_PARAMETER(C);
    UNREFERENCED_PARAMETER(A);
    UNREFERENCED_PARAMETER(B);
    KeSetEvent(&TimerDone, IO_NO_INCREMENT, FALSE);
}
static VOID OnItem(PDEVICE_OBJECT D, PVOID C)
{
    UNREFERENCED_PARAMETER(D);
    UNREFERENCED_PARAMETER(C);
    KeSetEvent(&ItemDone, IO_NO_INCREMENT, FALSE);
}
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    KeWaitForSingleObject(&TimerDone, Executive, KernelMode, FALSE, NULL);
    KeWaitForSingleObject(&ItemDone, Executive, KernelMode, FALSE, NULL);
    KeFlushQueuedDpcs();
    IoFreeWorkItem(Item);
    IoDeleteDevice(Device);
    DbgPrint("bye\n");
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    LARGE_INTEGER due;
    NTSTATUS status = IoCreateDevice(Driver, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (!NT_SUCCESS(status)) {
        return status;
    }
    Driver->DriverUnload = Unload;
    KeInitializeEvent(&TimerDone, NotificationEvent, FALSE);
    KeInitializeEvent(&ItemDone, NotificationEvent, FALSE);
    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, OnTimer, NULL);
    due.QuadPart = -10LL * 1000 * 1000 * 60; // a minute
    KeSetTimer(&Timer, due, &Dpc);
    Item = IoAllocateWorkItem(Device);
    if (Item == NULL) {
        KeCancelTimer(&Timer);
        IoDeleteDevice(Device);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    IoQueueWorkItem(Item, OnItem, DelayedWorkQueue, NULL);
    return STATUS_SUCCESS;
}
EOF
build_for_variant busy
# A minute of virtual time each; a real one would be beyond every patience.
for strategy in random pct; do
    expect 0 timeout 50 "$OPENWSK" explore --strategy $strategy --schedules 200 busy.so
    says "^200 schedules, strategy $strategy"
    silent_about 'not repeatable'
done
expect 0 "$OPENWSK" explore --strategy pct --depth 2 --schedules 50 busy.so
says 'a bug of depth 2 shows in each schedule with a probability of at least .*points\^1\)'
expect 0 "$OPENWSK" explore --strategy dfs --preemptions 0 --schedules 100000 busy.so
says '^all schedules with at most 0 preemptions: [0-9]+$'
expect 0 "$OPENWSK" explore --strategy dfs --preemptions 2 --schedules 20 busy.so
says '^not all schedules with at most 2 preemptions: the bound --schedules 20 was reached'
expect 0 "$OPENWSK" explore --for 10m --schedules 5 busy.so
says '^5 schedules'
# What a schedule printed is shown when it is asked for.
expect 0 "$OPENWSK" explore --replay '' busy.so
says '^this schedule does not fail'
says '\[ +[0-9.]+ t1 i0\] bye'
