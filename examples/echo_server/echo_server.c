// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors
//
// echo_server: a Winsock Kernel driver that sends back every byte it receives, over IPv4 and IPv6.
//
// It is event-driven: no thread waits for a connection. The receive event keeps ("retains") the
// data that WSK indicates and sends it back from where it lies; when it is sent it is given back to
// WSK. So a client that sends without reading fills its own window and nothing else.
//
// Parameter Port (REG_DWORD, default 7000) chooses the port; 0 lets the system choose.
//
// A connection holds references: one while it is open, two for each WSK call on it (until the call
// has returned and until its IRP is complete). When the last one goes, the connection takes its
// next step: a graceful disconnect if the peer ended its side, then the close. The context is freed
// by the close's completion routine, when no callback can run any more.

#include <ntddk.h>
#include <wsk.h>

#define ECHO_TAG 'ohcE'
#define ECHO_DEFAULT_PORT 7000

typedef enum _ECHO_STEP {
    EchoOpen,           // events arrive, data is sent back
    EchoDisconnecting,  // our side ends too
    EchoClosing         // nothing but the close's completion may touch the connection
} ECHO_STEP;

// One list of indications that WSK lent us, waiting to be sent back.
typedef struct _ECHO_DATA {
    LIST_ENTRY Link;
    PWSK_DATA_INDICATION List;
    PWSK_DATA_INDICATION Next;  // the next one to send
} ECHO_DATA;

typedef struct _ECHO_CONNECTION {
    LIST_ENTRY Link;  // in EchoConnections, guarded by EchoLock
    PWSK_SOCKET Socket;
    PIRP SendIrp;
    PIRP EndIrp;  // graceful disconnect, then close
    PIRP AbortIrp;

    KSPIN_LOCK Lock;  // guards what follows
    LONG References;
    ECHO_STEP Step;
    BOOLEAN Ended;  // the reference of the open connection is gone
    BOOLEAN Aborted;
    BOOLEAN Sending;  // SendIrp is in use
    LIST_ENTRY Data;  // of ECHO_DATA; the first one is being sent
} ECHO_CONNECTION;

typedef enum _ECHO_PHASE { EchoCapturing, EchoListening, EchoStopping } ECHO_PHASE;

static const WSK_CLIENT_DISPATCH EchoClientDispatch = {MAKE_WSK_VERSION(1, 0), 0, NULL};
static WSK_REGISTRATION EchoRegistration;
static WSK_PROVIDER_NPI EchoNpi;
static PWSK_SOCKET EchoListener;
static PVOID EchoThread;
static volatile LONG EchoPhase = EchoCapturing;
static USHORT EchoPort;

static KSPIN_LOCK EchoLock;  // guards the list and the count
static LIST_ENTRY EchoConnections;
static LONG EchoCount;
static KEVENT EchoNoConnections;
static volatile LONG64 EchoBytes;
static volatile LONG EchoAccepted;

DRIVER_INITIALIZE DriverEntry;
static DRIVER_UNLOAD EchoUnload;
static KSTART_ROUTINE EchoStart;
static IO_COMPLETION_ROUTINE EchoSignal;
static IO_COMPLETION_ROUTINE EchoSent;
static IO_COMPLETION_ROUTINE EchoCallDone;
static IO_COMPLETION_ROUTINE EchoClosed;

static void EchoRelease(ECHO_CONNECTION* Connection, LONG Count);

static const WSK_PROVIDER_CONNECTION_DISPATCH* EchoDispatch(const ECHO_CONNECTION* Connection) {
    return (const WSK_PROVIDER_CONNECTION_DISPATCH*)Connection->Socket->Dispatch;
}

// ---- waiting for an IRP
// ---------------------------------------------------------------------------

static NTSTATUS EchoSignal(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeSetEvent((PKEVENT)Context, IO_NO_INCREMENT, FALSE);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static void EchoPrepare(PIRP Irp, PKEVENT Event) {
    IoReuseIrp(Irp, STATUS_UNSUCCESSFUL);
    KeClearEvent(Event);
    IoSetCompletionRoutine(Irp, EchoSignal, Event, TRUE, TRUE, TRUE);
}

static NTSTATUS EchoWait(NTSTATUS Status, PIRP Irp, PKEVENT Event) {
    if (Status == STATUS_PENDING) {
        KeWaitForSingleObject(Event, Executive, KernelMode, FALSE, NULL);
    }
    return Irp->IoStatus.Status;
}

// ---- one connection
// -------------------------------------------------------------------------------

static void EchoFree(ECHO_CONNECTION* Connection) {
    if (Connection->SendIrp != NULL) {
        IoFreeIrp(Connection->SendIrp);
    }
    if (Connection->EndIrp != NULL) {
        IoFreeIrp(Connection->EndIrp);
    }
    if (Connection->AbortIrp != NULL) {
        IoFreeIrp(Connection->AbortIrp);
    }
    ExFreePoolWithTag(Connection, ECHO_TAG);
}

// Runs when the close is complete: nothing refers to the connection any more.
static NTSTATUS EchoClosed(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
    ECHO_CONNECTION* Connection = (ECHO_CONNECTION*)Context;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    KeAcquireSpinLock(&EchoLock, &Irql);
    RemoveEntryList(&Connection->Link);
    KeReleaseSpinLock(&EchoLock, Irql);
    EchoFree(Connection);

    KeAcquireSpinLock(&EchoLock, &Irql);
    if (--EchoCount == 0) {
        KeSetEvent(&EchoNoConnections, IO_NO_INCREMENT, FALSE);
    }
    KeReleaseSpinLock(&EchoLock, Irql);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS EchoCallDone(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
    UNREFERENCED_PARAMETER(DeviceObject);
    UNREFERENCED_PARAMETER(Irp);
    EchoRelease((ECHO_CONNECTION*)Context, 1);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

// Gives back references; the last one takes the connection's next step.
static void EchoRelease(ECHO_CONNECTION* Connection, LONG Count) {
    BOOLEAN Disconnect = FALSE;
    BOOLEAN Close = FALSE;
    KIRQL Irql;

    KeAcquireSpinLock(&Connection->Lock, &Irql);
    Connection->References -= Count;
    if (Connection->References == 0) {
        if (Connection->Step == EchoOpen && !Connection->Aborted) {
            Connection->Step = EchoDisconnecting;
            Connection->References = 2;
            Disconnect = TRUE;
        } else {
            Connection->Step = EchoClosing;
            Close = TRUE;
        }
    }
    KeReleaseSpinLock(&Connection->Lock, Irql);

    if (Disconnect) {
        IoReuseIrp(Connection->EndIrp, STATUS_UNSUCCESSFUL);
        IoSetCompletionRoutine(Connection->EndIrp, EchoCallDone, Connection, TRUE, TRUE, TRUE);
        EchoDispatch(Connection)->WskDisconnect(Connection->Socket, NULL, 0, Connection->EndIrp);
        EchoRelease(Connection, 1);
    } else if (Close) {
        IoReuseIrp(Connection->EndIrp, STATUS_UNSUCCESSFUL);
        IoSetCompletionRoutine(Connection->EndIrp, EchoClosed, Connection, TRUE, TRUE, TRUE);
        EchoDispatch(Connection)->Basic.WskCloseSocket(Connection->Socket, Connection->EndIrp);
    }
}

// The peer has ended its side, or nothing works any more: no more data will come. What is
// still to be sent back is sent, unless the connection is aborted.
static void EchoEnd(ECHO_CONNECTION* Connection, BOOLEAN Abort) {
    BOOLEAN First;
    BOOLEAN StartAbort;
    KIRQL Irql;

    KeAcquireSpinLock(&Connection->Lock, &Irql);
    First = !Connection->Ended;
    Connection->Ended = TRUE;
    StartAbort = Abort && !Connection->Aborted && Connection->Step != EchoClosing;
    if (StartAbort) {
        Connection->Aborted = TRUE;
        Connection->References += 2;
    }
    KeReleaseSpinLock(&Connection->Lock, Irql);

    if (StartAbort) {
        // Makes what is still pending complete.
        IoReuseIrp(Connection->AbortIrp, STATUS_UNSUCCESSFUL);
        IoSetCompletionRoutine(Connection->AbortIrp, EchoCallDone, Connection, TRUE, TRUE, TRUE);
        EchoDispatch(Connection)
            ->WskDisconnect(Connection->Socket, NULL, WSK_FLAG_ABORTIVE, Connection->AbortIrp);
    }
    if (StartAbort || First) {
        EchoRelease(Connection, (StartAbort ? 1 : 0) + (First ? 1 : 0));
    }
}

// Sends the next piece of the first list. The caller has set Sending and holds two references for
// the send.
static void EchoSendNext(ECHO_CONNECTION* Connection, PWSK_DATA_INDICATION Piece) {
    IoReuseIrp(Connection->SendIrp, STATUS_UNSUCCESSFUL);
    IoSetCompletionRoutine(Connection->SendIrp, EchoSent, Connection, TRUE, TRUE, TRUE);
    EchoDispatch(Connection)->WskSend(Connection->Socket, &Piece->Buffer, 0, Connection->SendIrp);
    EchoRelease(Connection, 1);
}

// Takes the lists out of the queue that are done: the first one if it is sent completely, all of
// them if the connection is aborted. Returns the piece to send next, or NULL.
static PWSK_DATA_INDICATION EchoAdvance(ECHO_CONNECTION* Connection, PLIST_ENTRY Done) {
    ECHO_DATA* First;
    PWSK_DATA_INDICATION Piece;

    while (!IsListEmpty(&Connection->Data)) {
        First = CONTAINING_RECORD(Connection->Data.Flink, ECHO_DATA, Link);
        if (!Connection->Aborted && First->Next != NULL) {
            Piece = First->Next;
            First->Next = Piece->Next;
            return Piece;
        }
        RemoveEntryList(&First->Link);
        InsertTailList(Done, &First->Link);
    }
    return NULL;
}

static void EchoGiveBack(ECHO_CONNECTION* Connection, PLIST_ENTRY Done) {
    while (!IsListEmpty(Done)) {
        ECHO_DATA* Data = CONTAINING_RECORD(RemoveHeadList(Done), ECHO_DATA, Link);
        EchoDispatch(Connection)->WskRelease(Connection->Socket, Data->List);
        ExFreePoolWithTag(Data, ECHO_TAG);
    }
}

static NTSTATUS EchoSent(PDEVICE_OBJECT DeviceObject, PIRP Irp, PVOID Context) {
    ECHO_CONNECTION* Connection = (ECHO_CONNECTION*)Context;
    PWSK_DATA_INDICATION Piece;
    LIST_ENTRY Done;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (NT_SUCCESS(Irp->IoStatus.Status)) {
        InterlockedAdd64(&EchoBytes, (LONG64)Irp->IoStatus.Information);
    } else {
        EchoEnd(Connection, TRUE);
    }

    InitializeListHead(&Done);
    KeAcquireSpinLock(&Connection->Lock, &Irql);
    Piece = EchoAdvance(Connection, &Done);
    Connection->Sending = Piece != NULL;
    if (Piece != NULL) {
        Connection->References += 2;
    }
    KeReleaseSpinLock(&Connection->Lock, Irql);

    EchoGiveBack(Connection, &Done);
    if (Piece != NULL) {
        EchoSendNext(Connection, Piece);
    }
    EchoRelease(Connection, 1);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

static NTSTATUS WSKAPI EchoReceiveEvent(PVOID SocketContext, ULONG Flags,
                                        PWSK_DATA_INDICATION DataIndication, SIZE_T BytesIndicated,
                                        SIZE_T* BytesAccepted) {
    ECHO_CONNECTION* Connection = (ECHO_CONNECTION*)SocketContext;
    PWSK_DATA_INDICATION Piece = NULL;
    ECHO_DATA* Data;
    LIST_ENTRY Done;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(Flags);
    if (DataIndication == NULL) {
        EchoEnd(Connection, TRUE);
        return STATUS_SUCCESS;
    }
    *BytesAccepted = BytesIndicated;
    Data = (ECHO_DATA*)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Data), ECHO_TAG);
    if (Data == NULL) {
        EchoEnd(Connection, TRUE);
        return STATUS_SUCCESS;
    }
    Data->List = DataIndication;
    Data->Next = DataIndication;

    InitializeListHead(&Done);
    KeAcquireSpinLock(&Connection->Lock, &Irql);
    if (Connection->Ended) {
        KeReleaseSpinLock(&Connection->Lock, Irql);
        ExFreePoolWithTag(Data, ECHO_TAG);
        return STATUS_SUCCESS;
    }
    InsertTailList(&Connection->Data, &Data->Link);
    if (!Connection->Sending) {
        Piece = EchoAdvance(Connection, &Done);
        Connection->Sending = TRUE;
        Connection->References += 2;
    }
    KeReleaseSpinLock(&Connection->Lock, Irql);

    if (Piece != NULL) {
        EchoSendNext(Connection, Piece);
    }
    return STATUS_PENDING;
}

static NTSTATUS WSKAPI EchoDisconnectEvent(PVOID SocketContext, ULONG Flags) {
    EchoEnd((ECHO_CONNECTION*)SocketContext, (Flags & WSK_FLAG_ABORTIVE) != 0);
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_CONNECTION_DISPATCH EchoConnectionDispatch = {EchoReceiveEvent,
                                                                      EchoDisconnectEvent, NULL};

// ---- listening
// ------------------------------------------------------------------------------------

static NTSTATUS WSKAPI
EchoAcceptEvent(PVOID SocketContext, ULONG Flags, PSOCKADDR LocalAddress, PSOCKADDR RemoteAddress,
                PWSK_SOCKET AcceptSocket, PVOID* AcceptSocketContext,
                const WSK_CLIENT_CONNECTION_DISPATCH** AcceptSocketDispatch) {
    ECHO_CONNECTION* Connection;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(SocketContext);
    UNREFERENCED_PARAMETER(Flags);
    UNREFERENCED_PARAMETER(LocalAddress);
    UNREFERENCED_PARAMETER(RemoteAddress);
    if (AcceptSocket == NULL) {
        return STATUS_REQUEST_NOT_ACCEPTED;  // the listening socket works no more
    }
    Connection =
        (ECHO_CONNECTION*)ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof(*Connection), ECHO_TAG);
    if (Connection == NULL) {
        return STATUS_REQUEST_NOT_ACCEPTED;
    }
    Connection->Socket = AcceptSocket;
    Connection->References = 1;
    Connection->SendIrp = IoAllocateIrp(1, FALSE);
    Connection->EndIrp = IoAllocateIrp(1, FALSE);
    Connection->AbortIrp = IoAllocateIrp(1, FALSE);
    KeInitializeSpinLock(&Connection->Lock);
    InitializeListHead(&Connection->Data);
    if (Connection->SendIrp == NULL || Connection->EndIrp == NULL || Connection->AbortIrp == NULL) {
        EchoFree(Connection);
        return STATUS_REQUEST_NOT_ACCEPTED;
    }

    KeAcquireSpinLock(&EchoLock, &Irql);
    InsertTailList(&EchoConnections, &Connection->Link);
    if (EchoCount++ == 0) {
        KeClearEvent(&EchoNoConnections);
    }
    KeReleaseSpinLock(&EchoLock, Irql);
    InterlockedIncrement(&EchoAccepted);
    *AcceptSocketContext = Connection;
    *AcceptSocketDispatch = &EchoConnectionDispatch;
    return STATUS_SUCCESS;
}

static const WSK_CLIENT_LISTEN_DISPATCH EchoListenDispatch = {EchoAcceptEvent, NULL, NULL};

// Events are enabled on every socket from its creation on.
static NTSTATUS EchoEnableEvents(void) {
    WSK_EVENT_CALLBACK_CONTROL Control;

    Control.NpiId = &NPI_WSK_INTERFACE_ID;
    Control.EventMask = WSK_EVENT_ACCEPT | WSK_EVENT_RECEIVE | WSK_EVENT_DISCONNECT;
    return EchoNpi.Dispatch->WskControlClient(EchoNpi.Client, WSK_SET_STATIC_EVENT_CALLBACKS,
                                              sizeof(Control), &Control, 0, NULL, NULL, NULL);
}

static void EchoCloseListener(PIRP Irp, PKEVENT Event) {
    NTSTATUS Status;

    EchoPrepare(Irp, Event);
    Status = ((const WSK_PROVIDER_BASIC_DISPATCH*)EchoListener->Dispatch)
                 ->WskCloseSocket(EchoListener, Irp);
    EchoWait(Status, Irp, Event);
    EchoListener = NULL;
}

// Opens the listening socket: IPv6 that takes IPv4 as well, or, on a host without IPv6, IPv4.
static NTSTATUS EchoListen(ADDRESS_FAMILY Family, PIRP Irp, PKEVENT Event) {
    const WSK_PROVIDER_LISTEN_DISPATCH* Dispatch;
    SOCKADDR_INET Address;
    ULONG V6Only = 0;
    NTSTATUS Status;

    EchoPrepare(Irp, Event);
    Status = EchoNpi.Dispatch->WskSocket(EchoNpi.Client, Family, SOCK_STREAM, IPPROTO_TCP,
                                         WSK_FLAG_LISTEN_SOCKET, NULL, &EchoListenDispatch, NULL,
                                         NULL, NULL, Irp);
    Status = EchoWait(Status, Irp, Event);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    EchoListener = (PWSK_SOCKET)Irp->IoStatus.Information;
    Dispatch = (const WSK_PROVIDER_LISTEN_DISPATCH*)EchoListener->Dispatch;

    if (Family == AF_INET6) {
        EchoPrepare(Irp, Event);
        Status =
            Dispatch->Basic.WskControlSocket(EchoListener, WskSetOption, IPV6_V6ONLY, IPPROTO_IPV6,
                                             sizeof(V6Only), &V6Only, 0, NULL, NULL, Irp);
        Status = EchoWait(Status, Irp, Event);
    }
    if (NT_SUCCESS(Status)) {
        RtlZeroMemory(&Address, sizeof(Address));
        Address.si_family = Family;
        Address.Ipv4.sin_port = RtlUshortByteSwap(EchoPort);
        EchoPrepare(Irp, Event);
        Status = Dispatch->WskBind(EchoListener, (PSOCKADDR)&Address, 0, Irp);
        Status = EchoWait(Status, Irp, Event);
    }
    if (NT_SUCCESS(Status)) {
        EchoPrepare(Irp, Event);
        Status = Dispatch->WskGetLocalAddress(EchoListener, (PSOCKADDR)&Address, Irp);
        Status = EchoWait(Status, Irp, Event);
    }
    if (NT_SUCCESS(Status)) {
        EchoPort = RtlUshortByteSwap(Address.Ipv4.sin_port);
    } else {
        EchoCloseListener(Irp, Event);
    }
    return Status;
}

// ---- start and stop
// -------------------------------------------------------------------------------

// Waits for WSK and opens the listening socket; DriverEntry must not wait.
static VOID EchoStart(PVOID Context) {
    KEVENT Event;
    NTSTATUS Status;
    PIRP Irp;

    UNREFERENCED_PARAMETER(Context);
    Status = WskCaptureProviderNPI(&EchoRegistration, WSK_INFINITE_WAIT, &EchoNpi);
    if (!NT_SUCCESS(Status)) {
        PsTerminateSystemThread(Status);
    }
    if (InterlockedCompareExchange(&EchoPhase, EchoListening, EchoCapturing) != EchoCapturing) {
        WskReleaseProviderNPI(&EchoRegistration);  // the unload waits for this in WskDeregister
        PsTerminateSystemThread(STATUS_CANCELLED);
    }

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    Irp = IoAllocateIrp(1, FALSE);
    if (Irp == NULL) {
        PsTerminateSystemThread(STATUS_INSUFFICIENT_RESOURCES);
    }
    Status = EchoEnableEvents();
    if (NT_SUCCESS(Status)) {
        Status = EchoListen(AF_INET6, Irp, &Event);
        if (Status == STATUS_NOT_SUPPORTED || Status == STATUS_PROTOCOL_NOT_SUPPORTED) {
            Status = EchoListen(AF_INET, Irp, &Event);
        }
    }
    IoFreeIrp(Irp);
    if (NT_SUCCESS(Status)) {
        DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL, "echo_server: listening on port %u\n",
                   EchoPort);
    } else {
        DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_ERROR_LEVEL,
                   "echo_server: cannot listen on port %u: status 0x%08x\n", EchoPort, Status);
    }
    PsTerminateSystemThread(Status);
}

// Aborts every connection that is still open. Each one found gets a reference first, so that it
// stays while the list is unlocked.
static void EchoAbortAll(void) {
    ECHO_CONNECTION* Found;
    PLIST_ENTRY Entry;
    KIRQL Irql;

    do {
        Found = NULL;
        KeAcquireSpinLock(&EchoLock, &Irql);
        for (Entry = EchoConnections.Flink; Entry != &EchoConnections && Found == NULL;
             Entry = Entry->Flink) {
            ECHO_CONNECTION* Connection = CONTAINING_RECORD(Entry, ECHO_CONNECTION, Link);
            KeAcquireSpinLockAtDpcLevel(&Connection->Lock);
            if (!Connection->Aborted && Connection->Step != EchoClosing) {
                ++Connection->References;
                Found = Connection;
            }
            KeReleaseSpinLockFromDpcLevel(&Connection->Lock);
        }
        KeReleaseSpinLock(&EchoLock, Irql);
        if (Found != NULL) {
            EchoEnd(Found, TRUE);
            EchoRelease(Found, 1);
        }
    } while (Found != NULL);
}

static void EchoStop(void) {
    KEVENT Event;
    PIRP Irp;

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    if (EchoListener != NULL) {
        Irp = IoAllocateIrp(1, FALSE);
        while (Irp == NULL) {  // the unload cannot fail
            LARGE_INTEGER Moment = {.QuadPart = -10 * 1000 * 10};
            KeDelayExecutionThread(KernelMode, FALSE, &Moment);
            Irp = IoAllocateIrp(1, FALSE);
        }
        EchoCloseListener(Irp, &Event);  // no connection is accepted from here on
        IoFreeIrp(Irp);
    }
    EchoAbortAll();
    KeWaitForSingleObject(&EchoNoConnections, Executive, KernelMode, FALSE, NULL);
    // Whoever set the event still holds the lock for a moment.
    {
        KIRQL Irql;
        KeAcquireSpinLock(&EchoLock, &Irql);
        KeReleaseSpinLock(&EchoLock, Irql);
    }
    WskReleaseProviderNPI(&EchoRegistration);
}

static VOID EchoUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
    if (InterlockedExchange(&EchoPhase, EchoStopping) == EchoCapturing) {
        WskDeregister(&EchoRegistration);  // ends the wait for WSK
        KeWaitForSingleObject(EchoThread, Executive, KernelMode, FALSE, NULL);
    } else {
        KeWaitForSingleObject(EchoThread, Executive, KernelMode, FALSE, NULL);
        EchoStop();
        WskDeregister(&EchoRegistration);
    }
    ObDereferenceObject(EchoThread);
    DbgPrintEx(DPFLTR_IHVNETWORK_ID, DPFLTR_INFO_LEVEL,
               "echo_server: %d connections, %I64d bytes sent back\n", EchoAccepted, EchoBytes);
}

static void EchoReadParameters(PUNICODE_STRING RegistryPath) {
    RTL_QUERY_REGISTRY_TABLE Table[3];
    ULONG Port = ECHO_DEFAULT_PORT;

    RtlZeroMemory(Table, sizeof(Table));
    Table[0].Flags = RTL_QUERY_REGISTRY_SUBKEY;
    Table[0].Name = (PWSTR)L"Parameters";
    Table[1].Flags = RTL_QUERY_REGISTRY_DIRECT | RTL_QUERY_REGISTRY_TYPECHECK;
    Table[1].Name = (PWSTR)L"Port";
    Table[1].EntryContext = &Port;
    Table[1].DefaultType = (REG_DWORD << RTL_QUERY_REGISTRY_TYPECHECK_SHIFT) | REG_NONE;
    (void)RtlQueryRegistryValues(RTL_REGISTRY_ABSOLUTE, RegistryPath->Buffer, Table, NULL, NULL);
    EchoPort = (USHORT)Port;
}

NTSTATUS DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    WSK_CLIENT_NPI Client = {NULL, &EchoClientDispatch};
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Thread;
    NTSTATUS Status;

    DriverObject->DriverUnload = EchoUnload;
    KeInitializeSpinLock(&EchoLock);
    InitializeListHead(&EchoConnections);
    KeInitializeEvent(&EchoNoConnections, NotificationEvent, TRUE);
    EchoReadParameters(RegistryPath);

    Status = WskRegister(&Client, &EchoRegistration);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    Status =
        PsCreateSystemThread(&Thread, THREAD_ALL_ACCESS, &Attributes, NULL, NULL, EchoStart, NULL);
    if (!NT_SUCCESS(Status)) {
        WskDeregister(&EchoRegistration);
        return Status;
    }
    (void)ObReferenceObjectByHandle(Thread, SYNCHRONIZE, NULL, KernelMode, &EchoThread, NULL);
    ZwClose(Thread);
    return STATUS_SUCCESS;
}
