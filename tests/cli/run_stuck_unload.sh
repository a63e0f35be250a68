#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# An unload that takes longer than --stuck-after: the command says what it waits for, says so again
# when that changes, and goes on waiting.
. "$(dirname "$0")/lib"

# Unload waits in WskDeregister for twelve sockets; a thread closes them as files appear.
cat > sockets.c << 'EOF'
#include <ntddk.h>
#include <wsk.h>
#define SOCKETS 12
static const WSK_CLIENT_DISPATCH dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION registration;
static PWSK_SOCKET sockets[SOCKETS];
static HANDLE closer;
static NTSTATUS Done(PDEVICE_OBJECT Device, PIRP Irp, PVOID Event)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}
static VOID Open(PWSK_PROVIDER_NPI Npi, PWSK_SOCKET *Socket)
{
    KEVENT event;
    PIRP irp = IoAllocateIrp(1, FALSE);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, Done, &event, TRUE, TRUE, TRUE);
    Npi->Dispatch->WskSocket(Npi->Client, AF_INET, SOCK_STREAM, IPPROTO_TCP,
                             WSK_FLAG_CONNECTION_SOCKET, NULL, NULL, NULL, NULL, NULL, irp);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    *Socket = (PWSK_SOCKET)irp->IoStatus.Information;
    IoFreeIrp(irp);
}
static VOID Close(PWSK_SOCKET Socket)
{
    KEVENT event;
    PIRP irp = IoAllocateIrp(1, FALSE);
    KeInitializeEvent(&event, NotificationEvent, FALSE);
    IoSetCompletionRoutine(irp, Done, &event, TRUE, TRUE, TRUE);
    ((PWSK_PROVIDER_BASIC_DISPATCH)Socket->Dispatch)->WskCloseSocket(Socket, irp);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoFreeIrp(irp);
}
static VOID Await(const WCHAR *Name)
{
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK result;
    HANDLE file;
    LARGE_INTEGER pause = {.QuadPart = -100000};
    RtlInitUnicodeString(&name, Name);
    InitializeObjectAttributes(&attributes, &name, OBJ_KERNEL_HANDLE, NULL, NULL);
    while (!NT_SUCCESS(ZwOpenFile(&file, GENERIC_READ | SYNCHRONIZE, &attributes, &result,
                                  FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT))) {
        KeDelayExecutionThread(KernelMode, FALSE, &pause);
    }
    ZwClose(file);
}
static VOID Closer(PVOID Context)
{
    ULONG i;
    UNREFERENCED_PARAMETER(Context);
    Await(L"\\??\\C:\\some");
    for (i = 0; i < SOCKETS / 2; ++i) {
        Close(sockets[i]);
    }
    Await(L"\\??\\C:\\all");
    for (; i < SOCKETS; ++i) {
        Close(sockets[i]);
    }
    PsTerminateSystemThread(STATUS_SUCCESS);
}
static VOID Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    WskDeregister(&registration);
    ZwWaitForSingleObject(closer, FALSE, NULL);
    ZwClose(closer);
}
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    WSK_CLIENT_NPI client = {NULL, &dispatch};
    WSK_PROVIDER_NPI npi;
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    if (!NT_SUCCESS(WskRegister(&client, &registration)) ||
        !NT_SUCCESS(WskCaptureProviderNPI(&registration, WSK_INFINITE_WAIT, &npi))) {
        return STATUS_UNSUCCESSFUL;
    }
    for (ULONG i = 0; i < SOCKETS; ++i) {
        Open(&npi, &sockets[i]);
    }
    WskReleaseProviderNPI(&registration);
    return PsCreateSystemThread(&closer, THREAD_ALL_ACCESS, NULL, NULL, NULL, Closer, NULL);
}
EOF
line_of() { grep -n "$1" sockets.c | tail -n 1 | cut -d: -f1; }
mkdir disk
timeout 60 "$OPENWSK" run --for 0s --stuck-after 100ms --files disk sockets.c > output 2>&1 &
run=$!
wait_for 'and 2 more' output
mv output all
sed '/and 2 more/q' all > output # the first time that it says so
says '^openwsk: the unload of sockets has not ended after [0-9.]+ s$'
line=$(line_of 'WskDeregister(')
says "^    DriverUnload waits in WskDeregister, called by sockets!Unload.*sockets.c:$line\)"
says '^    thread [0-9]+ waits in KeDelayExecutionThread, called by sockets!Await'
says '^    it holds .*12 sockets'
line=$(line_of 'Npi->Client')
says "^      12 sockets, made by sockets!.*sockets.c:$line\)"
says '^        socket [0-9]+: connection - - -, '
[ "$(grep -c '^        socket' output)" -eq 10 ] || fail "not ten sockets are listed"
silent_about 'has ended'
touch disk/some
wait_for 'it holds .* 6 sockets' all
touch disk/all
wait $run || fail "exit code $?"
mv all output
says '^openwsk: the unload of sockets has ended after [0-9.]+ s$'

# Nothing is said about an unload that does not wait.
expect 0 "$OPENWSK" run --for 0s --files disk sockets.c
silent_about 'the unload of'

# A thread that is still inside when DriverUnload has returned.
cat > inside.c << 'EOF'
#include <ntddk.h>
static KEVENT never;
static VOID Worker(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&never, Executive, KernelMode, FALSE, NULL);
}
static volatile LONG stop;
static VOID Spinner(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    while (!stop) {
        YieldProcessor();
    }
}
static VOID Unload(PDRIVER_OBJECT Driver) { UNREFERENCED_PARAMETER(Driver); }
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    HANDLE thread;
    UNREFERENCED_PARAMETER(RegistryPath);
    Driver->DriverUnload = Unload;
    KeInitializeEvent(&never, NotificationEvent, FALSE);
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Worker, NULL);
    ZwClose(thread);
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Spinner, NULL);
    return ZwClose(thread);
}
EOF
expect 1 "$OPENWSK" run --for 0s --stuck-after 300ms inside.c
says '^    DriverUnload has returned, but threads are still inside the driver$'
says '^    thread [0-9]+ waits in KeWaitForSingleObject, called by inside!Worker.*inside.c:6\)'
says '^    thread [0-9]+ runs inside!Spinner.*inside.c:[0-9]+\)$'
says '^openwsk: the unload of inside was given up after [0-9.]+ s$'
says '^      1 thread, made by inside!'

# A DriverEntry that waits.
cat > entry.c << 'EOF'
#include <ntddk.h>
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    KSPIN_LOCK garbage;
    KIRQL old;
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlFillMemory(&garbage, sizeof garbage, 0xcc);
    KeAcquireSpinLock(&garbage, &old); // WRONG
    return STATUS_SUCCESS;
}
EOF
line=$(grep -n WRONG entry.c | cut -d: -f1)
"$OPENWSK" run --stuck-after 100ms entry.c > output 2>&1 &
run=$!
wait_for '^    DriverEntry waits in KeAcquireSpinLock.*, called by entry!DriverEntry' output
says '^openwsk: DriverEntry of entry has not ended after [0-9.]+ s$'
says "entry.c:$line\)"
# The first signal only counts, the second one ends the process; they must not be merged into one.
kill -s TERM $run
wait_for '^SigPnd:.0000000000000000$' /proc/$run/status
wait_for '^ShdPnd:.0000000000000000$' /proc/$run/status
kill -s TERM $run
wait $run
code=$?
[ $code -eq 130 ] || fail "exit code $code, expected 130"
