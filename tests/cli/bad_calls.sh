#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Copyright (c) 2026 The OpenWSK authors
#
# What a bad driver is told names the fault, its own function and the line, and the output of the
# driver comes before it.
. "$(dirname "$0")/lib"
[ "$OPENWSK_VARIANT" = plain ] || exit 77 # sanitizers report most of this themselves

# The driver printed first; then comes the report.
in_order() {
    [ "$(grep -n 'about to misbehave' output | cut -d: -f1)" -lt "$(grep -n '\*\*\*' output |
        head -n 1 | cut -d: -f1)" ] || fail "the driver's output comes late"
}

# A C function whose name the C++ demangler takes for a type; in a DPC.
bad_driver dpc << 'EOF'
static KDPC dpc;
static volatile int *nothing;
static VOID Dpc(PKDPC Self, PVOID Context, PVOID A, PVOID B)
{
    UNREFERENCED_PARAMETER(Self);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A);
    UNREFERENCED_PARAMETER(B);
    *nothing = 1; // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    KeInitializeDpc(&dpc, Dpc, NULL);
    KeInsertQueueDpc(&dpc, NULL, NULL);
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run dpc.c
says 'BUGCHECK 0x000000D1 DRIVER_IRQL_NOT_LESS_OR_EQUAL'
says "in dpc!Dpc\+0x[0-9a-f]+ \(dpc.c:$line\)"

# An array on the stack is overrun, as /GS finds it.
bad_driver array << 'EOF'
NOINLINE static void Overrun(volatile char *Into, int Count)
{
    for (int i = 0; i < Count; ++i) {
        Into[i] = 'A';
    }
}
NOINLINE static int Holds(int Count)
{
    volatile char room[16];
    Overrun(room, Count);
    return room[0]; // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    return Holds(Driver != NULL ? 64 : 0);
}
EOF
expect 3 "$OPENWSK" run array.c
says 'BUGCHECK 0x000000F7 DRIVER_OVERRAN_STACK_BUFFER'
says 'in array!Holds.*\(array.c:[0-9]+\)'

# A function that was inlined is named.
bad_driver inlined << 'EOF'
static inline __attribute__((always_inline)) void Wait(PKEVENT Event)
{
    KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, NULL); // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    KEVENT event;
    KIRQL old;
    UNREFERENCED_PARAMETER(Driver);
    KeInitializeEvent(&event, NotificationEvent, TRUE);
    KeRaiseIrql(DISPATCH_LEVEL, &old);
    Wait(&event);
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run inlined.c
says "in inlined!Wait, inlined into [A-Za-z]+\+0x[0-9a-f]+ \(inlined.c:$line\)"
in_order

# An inline function of the headers in an inlined function of the driver.
bad_driver list << 'EOF'
static LIST_ENTRY entry;
static inline __attribute__((always_inline)) void Remove(PLIST_ENTRY Entry)
{
    RemoveEntryList(Entry); // WRONG
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    Remove(&entry);
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run list.c
says "in list!Remove, inlined into [A-Za-z]+\+0x[0-9a-f]+ \(list.c:$line\)"

# What the driver called is named when it passed a bad pointer.
bad_driver pointer << 'EOF'
static PKEVENT volatile wild = (PKEVENT)0x123456789a00;
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    KeSetEvent(wild, 0, FALSE); // WRONG
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run pointer.c
says 'reads from 0x123456789a00, inside KeSetEvent: it passed a bad pointer'
says "in pointer!.*\(pointer.c:$line\)"

# A jump to data: who jumped is named, not the data.
bad_driver jump << 'EOF'
static char data[16];
NOINLINE static int Jump(void)
{
    ((void (*)(void))(void *)data)(); // WRONG
    return data[0];
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    return Jump();
}
EOF
expect 3 "$OPENWSK" run jump.c
says 'the driver jumps to 0x'
says "in jump!Jump.*\(jump.c:$line\)"

# Where the IRP was given away is a place, not an address.
bad_driver irp << 'EOF'
#include <wsk.h>
static NTSTATUS Keep(PDEVICE_OBJECT Device, PIRP Irp, PVOID Event)
{
    UNREFERENCED_PARAMETER(Device);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Event, 0, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    static const WSK_CLIENT_DISPATCH dispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
    WSK_CLIENT_NPI client = {NULL, &dispatch};
    WSK_REGISTRATION registration;
    WSK_PROVIDER_NPI npi;
    SOCKADDR_IN address = {.sin_family = AF_INET};
    KEVENT event;
    PWSK_SOCKET socket;
    PIRP irp = IoAllocateIrp(1, FALSE);
    UNREFERENCED_PARAMETER(Driver);
    WskRegister(&client, &registration);
    WskCaptureProviderNPI(&registration, WSK_INFINITE_WAIT, &npi);
    KeInitializeEvent(&event, SynchronizationEvent, FALSE);
    IoSetCompletionRoutine(irp, Keep, &event, TRUE, TRUE, TRUE);
    npi.Dispatch->WskSocket(npi.Client, AF_INET, SOCK_STREAM, IPPROTO_TCP, WSK_FLAG_LISTEN_SOCKET,
                            NULL, NULL, NULL, NULL, NULL, irp);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    socket = (PWSK_SOCKET)irp->IoStatus.Information;
    IoReuseIrp(irp, STATUS_SUCCESS);
    IoSetCompletionRoutine(irp, Keep, &event, TRUE, TRUE, TRUE);
    ((PWSK_PROVIDER_LISTEN_DISPATCH)socket->Dispatch)->WskBind(socket, (PSOCKADDR)&address, 0, irp);
    KeWaitForSingleObject(&event, Executive, KernelMode, FALSE, NULL);
    IoReuseIrp(irp, STATUS_SUCCESS);
    ((PWSK_PROVIDER_LISTEN_DISPATCH)socket->Dispatch)
        ->WskAccept(socket, 0, NULL, NULL, NULL, NULL, irp);
    IoFreeIrp(irp); // WRONG
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run irp.c
says "IoFreeIrp of IRP 0x[0-9a-f]+ while WskAccept has it \(called from irp!.*irp.c:[0-9]+\)"
says "in irp!.*\(irp.c:$line\)"
in_order

# A thread that ends with a mutex: the routine is named, and the bug check.
bad_driver mutex << 'EOF'
static KMUTEX mutex;
static VOID Routine(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    KeWaitForSingleObject(&mutex, Executive, KernelMode, FALSE, NULL);
}
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    HANDLE thread;
    UNREFERENCED_PARAMETER(Driver);
    KeInitializeMutex(&mutex, 0);
    PsCreateSystemThread(&thread, THREAD_ALL_ACCESS, NULL, NULL, NULL, Routine, NULL);
    ZwWaitForSingleObject(thread, FALSE, NULL);
    return ZwClose(thread);
}
EOF
expect 3 "$OPENWSK" run mutex.c
says 'in mutex!Routine\+'
says 'BUGCHECK 0x4000008A THREAD_TERMINATE_HELD_MUTEX'

# C++: a pure virtual function.
cat > pure.cpp << 'EOF'
#include <ntddk.h>
struct Base {
    Base() { Begin(); }
    void Begin() { Step(); } // WRONG
    virtual void Step() = 0;
};
struct Derived : Base {
    void Step() override {}
};
extern "C" NTSTATUS DriverEntry(PDRIVER_OBJECT, PUNICODE_STRING)
{
    DbgPrint("about to misbehave\n");
    Derived d;
    return STATUS_SUCCESS;
}
EOF
line=$(grep -n WRONG pure.cpp | cut -d: -f1)
expect 3 "$OPENWSK" run pure.cpp
says 'a pure virtual function was called'
says "in pure!.*Begin.*\(pure.cpp:$line\)"
in_order

# A function that would end the process is refused by name.
cat > ends.c << 'EOF'
#include <ntddk.h>
void abort(void);
NTSTATUS DriverEntry(PDRIVER_OBJECT Driver, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(Driver);
    UNREFERENCED_PARAMETER(RegistryPath);
    abort();
    return STATUS_SUCCESS;
}
EOF
expect 4 "$OPENWSK" run ends.c
says 'end the process, where a driver has KeBugCheckEx'
says '^    abort$'

# Objects that were never initialised: the call is named although the check lies deep.
bad_driver timer << 'EOF'
static KTIMER timer;
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    LARGE_INTEGER due = {.QuadPart = -10000};
    UNREFERENCED_PARAMETER(Driver);
    KeSetTimer(&timer, due, NULL); // WRONG
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run timer.c
says 'BUGCHECK 0x000000C7 TIMER_OR_DPC_INVALID'
says "^    in timer!.*\(timer.c:$line\)"

# A callback that is no code.
bad_driver callback << 'EOF'
static NTSTATUS misbehave(PDRIVER_OBJECT Driver)
{
    Driver->DriverUnload = (PDRIVER_UNLOAD)0x1230;
    return STATUS_SUCCESS;
}
EOF
expect 3 "$OPENWSK" run --for 0s callback.c
says 'the DriverUnload that the driver set, 0x1230, is no code'
