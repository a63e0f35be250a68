// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRPs, the cancel spin lock, devices and their names.
//
// Windows documents: the wdm.h reference pages of the functions; docs/ddi/io.md says what differs.

#include "wdk/abi/io.h"
#include "host/backtrace.hpp"
#include "io/device.hpp"
#include "io/manager.hpp"
#include "io/request.hpp"
#include "ke/edge.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/zw.h"

namespace {

constexpr uint8_t passive = 0;
constexpr uint8_t apc = 1;
constexpr uint8_t dispatch = 2;

io::manager& manager_of(const ke::edge& e) noexcept {
    return e.machine().get<io::manager>();
}

}  // namespace

extern "C" {

// ---- IRPs --------------------------------------------------------------------------------------

OPENWSK_EXPORT PIRP IoAllocateIrp(CCHAR StackSize, BOOLEAN) {
    OPENWSK_EDGE(dispatch);
    return manager_of(e).allocate_irp(StackSize, e.caller());
}

OPENWSK_EXPORT PIRP IoAllocateIrpEx(PDEVICE_OBJECT, CCHAR StackSize, BOOLEAN) {
    OPENWSK_EDGE(dispatch);
    return manager_of(e).allocate_irp(StackSize, e.caller());
}

OPENWSK_EXPORT VOID IoFreeIrp(PIRP Irp) {
    OPENWSK_EDGE(dispatch);
    manager_of(e).free_irp(Irp, e.caller());
}

OPENWSK_EXPORT VOID IoInitializeIrp(PIRP Irp, USHORT PacketSize, CCHAR StackSize) {
    OPENWSK_EDGE(dispatch);
    manager_of(e).initialize_irp(Irp, PacketSize, StackSize, e.caller());
}

OPENWSK_EXPORT VOID IoInitializeIrpEx(PIRP Irp, PDEVICE_OBJECT, USHORT PacketSize,
                                      CCHAR StackSize) {
    OPENWSK_EDGE(dispatch);
    manager_of(e).initialize_irp(Irp, PacketSize, StackSize, e.caller());
}

OPENWSK_EXPORT VOID IoCleanupIrp(PIRP Irp) {
    OPENWSK_EDGE(dispatch);
    manager_of(e).cleanup_irp(Irp, e.caller());
}

OPENWSK_EXPORT VOID IoReuseIrp(PIRP Irp, NTSTATUS Iostatus) {
    OPENWSK_EDGE(dispatch);
    manager_of(e).reuse_irp(Irp, Iostatus, e.caller());
}

OPENWSK_EXPORT NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    OPENWSK_EDGE_AS("IoCallDriver", dispatch);
    return manager_of(e).call_driver(DeviceObject, Irp, e.caller());
}

OPENWSK_EXPORT VOID IofCompleteRequest(PIRP Irp, CCHAR) {
    OPENWSK_EDGE_AS("IoCompleteRequest", dispatch);
    manager_of(e).complete_request(Irp, e.caller());
}

OPENWSK_EXPORT NTSTATUS IoSetCompletionRoutineEx(PDEVICE_OBJECT DeviceObject, PIRP Irp,
                                                 PIO_COMPLETION_ROUTINE CompletionRoutine,
                                                 PVOID Context, BOOLEAN InvokeOnSuccess,
                                                 BOOLEAN InvokeOnError, BOOLEAN InvokeOnCancel) {
    OPENWSK_EDGE(dispatch);
    const io::completion_choice when{InvokeOnSuccess != FALSE, InvokeOnError != FALSE,
                                     InvokeOnCancel != FALSE};
    return manager_of(e)
        .set_completion(DeviceObject, Irp, CompletionRoutine, Context, when, e.caller())
        .code();
}

// ---- cancellation ------------------------------------------------------------------------------

OPENWSK_EXPORT BOOLEAN IoCancelIrp(PIRP Irp) {
    OPENWSK_EDGE(dispatch);
    return manager_of(e).cancel_irp(Irp, e.caller()) ? TRUE : FALSE;
}

OPENWSK_EXPORT VOID IoAcquireCancelSpinLock(PKIRQL Irql) {
    OPENWSK_EDGE(dispatch);
    *Irql = manager_of(e).acquire_cancel_lock(e.caller());
}

OPENWSK_EXPORT VOID IoReleaseCancelSpinLock(KIRQL Irql) {
    OPENWSK_EDGE(dispatch, dispatch);
    manager_of(e).release_cancel_lock(Irql, e.caller());
}

// ---- requests of the I/O manager ---------------------------------------------------------------

OPENWSK_EXPORT PIRP IoBuildDeviceIoControlRequest(ULONG IoControlCode, PDEVICE_OBJECT DeviceObject,
                                                  PVOID InputBuffer, ULONG InputBufferLength,
                                                  PVOID OutputBuffer, ULONG OutputBufferLength,
                                                  BOOLEAN InternalDeviceIoControl, PKEVENT Event,
                                                  PIO_STATUS_BLOCK IoStatusBlock) {
    OPENWSK_EDGE(passive);
    const io::control_request request{IoControlCode,
                                      DeviceObject,
                                      InputBuffer,
                                      InputBufferLength,
                                      OutputBuffer,
                                      OutputBufferLength,
                                      InternalDeviceIoControl != FALSE,
                                      Event,
                                      IoStatusBlock};
    return io::build_control(manager_of(e), request, e.caller());
}

OPENWSK_EXPORT BOOLEAN IoForwardIrpSynchronously(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    OPENWSK_EDGE(passive);
    return io::forward_and_wait(manager_of(e), DeviceObject, Irp, e.caller()) ? TRUE : FALSE;
}

OPENWSK_EXPORT NTSTATUS IoGetDeviceObjectPointer(PUNICODE_STRING ObjectName, ACCESS_MASK,
                                                 PFILE_OBJECT* FileObject,
                                                 PDEVICE_OBJECT* DeviceObject) {
    OPENWSK_EDGE(passive);
    return io::open_device(manager_of(e), *ObjectName, e.caller(), FileObject, DeviceObject).code();
}

OPENWSK_EXPORT PDEVICE_OBJECT IoGetRelatedDeviceObject(PFILE_OBJECT FileObject) {
    OPENWSK_EDGE(dispatch);
    return FileObject->DeviceObject;
}

// ---- driver objects ----------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS IoAllocateDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                                        PVOID ClientIdentificationAddress,
                                                        ULONG DriverObjectExtensionSize,
                                                        PVOID* DriverObjectExtension) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    *DriverObjectExtension = nullptr;
    return manager_of(e)
        .extensions()
        .add(DriverObject, ClientIdentificationAddress, DriverObjectExtensionSize,
             *DriverObjectExtension)
        .code();
}

OPENWSK_EXPORT PVOID IoGetDriverObjectExtension(PDRIVER_OBJECT DriverObject,
                                                PVOID ClientIdentificationAddress) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return manager_of(e).extensions().find(DriverObject, ClientIdentificationAddress);
}

OPENWSK_EXPORT PGENERIC_MAPPING IoGetFileObjectGenericMapping() {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    static GENERIC_MAPPING mapping{FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                                   FILE_ALL_ACCESS};
    return &mapping;
}

// ---- the calling thread's stack ----------------------------------------------------------------

OPENWSK_EXPORT VOID IoGetStackLimits(PULONG_PTR LowLimit, PULONG_PTR HighLimit) {
    OPENWSK_EDGE(dispatch);
    *LowLimit = host::current_stack().low;
    *HighLimit = host::current_stack().high;
}

OPENWSK_EXPORT ULONG_PTR IoGetInitialStack(VOID) {
    OPENWSK_EDGE(apc);
    return host::current_stack().high;
}

OPENWSK_EXPORT ULONG_PTR IoGetRemainingStackSize(VOID) {
    OPENWSK_EDGE(dispatch);
    return reinterpret_cast<ULONG_PTR>(__builtin_frame_address(0)) - host::current_stack().low;
}

// ---- devices -----------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS IoCreateDevice(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                       PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                       ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                       PDEVICE_OBJECT* DeviceObject) {
    OPENWSK_EDGE(passive);
    return manager_of(e)
        .devices()
        .create({DriverObject, DeviceExtensionSize, DeviceName, DeviceType, DeviceCharacteristics,
                 Exclusive != FALSE},
                e.caller(), DeviceObject)
        .code();
}

// One process, one user: nobody is there whom a security descriptor could keep away.
OPENWSK_EXPORT NTSTATUS IoCreateDeviceSecure(PDRIVER_OBJECT DriverObject, ULONG DeviceExtensionSize,
                                             PUNICODE_STRING DeviceName, DEVICE_TYPE DeviceType,
                                             ULONG DeviceCharacteristics, BOOLEAN Exclusive,
                                             PCUNICODE_STRING DefaultSDDLString, LPCGUID,
                                             PDEVICE_OBJECT* DeviceObject) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (DefaultSDDLString == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    return manager_of(e)
        .devices()
        .create({DriverObject, DeviceExtensionSize, DeviceName, DeviceType, DeviceCharacteristics,
                 Exclusive != FALSE},
                e.caller(), DeviceObject)
        .code();
}

OPENWSK_EXPORT VOID IoDeleteDevice(PDEVICE_OBJECT DeviceObject) {
    OPENWSK_EDGE(passive);
    manager_of(e).devices().remove(DeviceObject, e.caller());
}

OPENWSK_EXPORT NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName,
                                             PUNICODE_STRING DeviceName) {
    OPENWSK_EDGE(passive);
    return manager_of(e).devices().link(*SymbolicLinkName, *DeviceName, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName) {
    OPENWSK_EDGE(passive);
    return manager_of(e).devices().unlink(*SymbolicLinkName).code();
}

}  // extern "C"
