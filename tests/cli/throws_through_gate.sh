#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# A C++ exception that leaves a callback is a bug check naming the callback and the line that threw,
# even if the driver function above the runtime would catch it; one that is caught inside the
# callback is the driver's own business. NMR-196.
. "$(dirname "$0")/lib"

cat > thrower.cpp << 'EOF'
#include <ntddk.h>
#include <netioddk.h>
namespace {
const NPIID Npi = {0x1f0c5a11, 0x7b0e, 0x4d5e, {1, 2, 3, 4, 5, 6, 7, 9}};
const NPI_MODULEID Module = {sizeof(NPI_MODULEID), MIT_GUID, {{1, 2, 3, {4}}}};
PDEVICE_OBJECT device;

__attribute__((noinline)) void Fail()
{
    throw 7; // THROWN
}
NTSTATUS Complete(PDEVICE_OBJECT, PIRP, PVOID)
{
    Fail();
    return STATUS_MORE_PROCESSING_REQUIRED;
}
NTSTATUS Read(PDEVICE_OBJECT, PIRP irp)
{
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}
void CompleteThrows()
{
    PIRP irp = IoAllocateIrp(device->StackSize, FALSE);
    IoSetCompletionRoutine(irp, Complete, nullptr, TRUE, TRUE, TRUE);
    IoGetNextIrpStackLocation(irp)->MajorFunction = IRP_MJ_READ;
    IoCallDriver(device, irp);
    IoFreeIrp(irp);
}
void CancelIrp(PDEVICE_OBJECT, PIRP irp)
{
    IoReleaseCancelSpinLock(irp->CancelIrql);
    Fail();
}
void CancelThrows()
{
    PIRP irp = IoAllocateIrp(1, FALSE);
    IoSetCancelRoutine(irp, CancelIrp);
    IoCancelIrp(irp);
    IoFreeIrp(irp);
}
NTSTATUS AttachClient(HANDLE, PVOID, PNPI_REGISTRATION_INSTANCE, PVOID, CONST VOID*, PVOID*,
                      CONST VOID**)
{
    Fail();
    return STATUS_UNSUCCESSFUL;
}
NTSTATUS AttachProvider(HANDLE binding, PVOID, PNPI_REGISTRATION_INSTANCE)
{
    static int context;
    PVOID provider;
    const VOID* dispatch;
    return NmrClientAttachProvider(binding, &context, &context, &provider, &dispatch);
}
NTSTATUS Detach(PVOID)
{
    return STATUS_SUCCESS;
}
void AttachThrows()
{
    static const NPI_PROVIDER_CHARACTERISTICS provider = {
        0, sizeof provider, AttachClient, Detach, nullptr,
        {0, sizeof(NPI_REGISTRATION_INSTANCE), &Npi, &Module, 0, nullptr}};
    static const NPI_CLIENT_CHARACTERISTICS client = {
        0, sizeof client, AttachProvider, Detach, nullptr,
        {0, sizeof(NPI_REGISTRATION_INSTANCE), &Npi, &Module, 0, nullptr}};
    HANDLE handle;
    NmrRegisterProvider(&provider, nullptr, &handle);
    NmrRegisterClient(&client, nullptr, &handle);
}
void Thread(PVOID)
{
    Fail();
}
void ThreadThrows()
{
    HANDLE handle;
    PVOID thread;
    PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, nullptr, nullptr, nullptr, Thread, nullptr);
    ObReferenceObjectByHandle(handle, 0, *PsThreadType, KernelMode, &thread, nullptr);
    KeWaitForSingleObject(thread, Executive, KernelMode, FALSE, nullptr);
}
void CaughtInside(PVOID)
{
    try {
        Fail();
    } catch (int value) {
        DbgPrint("caught %d inside\n", value);
    }
}
void Unload(PDRIVER_OBJECT)
{
    IoDeleteDevice(device);
}
}
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    UNREFERENCED_PARAMETER(path);
    driver->DriverUnload = Unload;
    driver->MajorFunction[IRP_MJ_READ] = Read;
    if (!NT_SUCCESS(IoCreateDevice(driver, 0, nullptr, FILE_DEVICE_UNKNOWN, 0, FALSE, &device))) {
        return STATUS_UNSUCCESSFUL;
    }
    KeExpandKernelStackAndCallout(CaughtInside, nullptr, 0x1000);
    try {
        WHAT();
    } catch (...) {
        DbgPrint("caught above\n");
    }
    return STATUS_SUCCESS;
}
EOF
line=$(grep -n THROWN thrower.cpp | cut -d: -f1)

sanitize=
case $OPENWSK_VARIANT in
    asan) sanitize="--sanitize address" ;;
    tsan) sanitize="--sanitize thread" ;;
esac
# compiler, what throws, what the report calls it
throws() {
    # shellcheck disable=SC2086
    expect 0 "$OPENWSK" cc $sanitize --compiler "$1" --cflag=-fexceptions -D "WHAT=$2" \
        -o thrower.so thrower.cpp
    expect 3 "$OPENWSK" run --for 0s thrower.so
    says 'caught 7 inside'
    silent_about 'caught above'
    says 'BUGCHECK 0x0000001E KMODE_EXCEPTION_NOT_HANDLED \(0xE06D7363'
    says "a C\\+\\+ exception left the $3"
    says "thrower!.*Fail\\(\\).*thrower.cpp:$line"
}

case ${CXX:-g++} in
    *clang*) this=clang ;;
    *) this=gcc ;;
esac
throws "$this" CompleteThrows 'I/O completion routine thrower!.*Complete\('
throws "$this" CancelThrows 'cancel routine thrower!.*CancelIrp\('
throws "$this" AttachThrows 'ProviderAttachClient thrower!.*AttachClient\('
throws "$this" ThreadThrows 'system thread routine thrower!.*Thread\('
