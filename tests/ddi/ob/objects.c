// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// References and handles of objects: threads, events, the process.

#include "threads.h"

static KEVENT go_on;

static VOID wait_and_end(PVOID context) {
    UNREFERENCED_PARAMETER(context);
    KeWaitForSingleObject(&go_on, Executive, KernelMode, FALSE, NULL);
    PsTerminateSystemThread(STATUS_CANCELLED);
}

static void event_objects(void) {
    HANDLE handle;
    OBJECT_ATTRIBUTES attributes;
    PVOID event;
    LARGE_INTEGER zero;
    LONG before = -1;
    zero.QuadPart = 0;

    InitializeObjectAttributes(&attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_STATUS(ZwCreateEvent(&handle, EVENT_ALL_ACCESS, &attributes, SynchronizationEvent, FALSE),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwWaitForSingleObject(handle, FALSE, &zero), STATUS_TIMEOUT);
    CHECK_STATUS(ZwSetEvent(handle, &before), STATUS_SUCCESS);
    CHECK_EQ(before, 0);
    CHECK_STATUS(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByHandle(handle, EVENT_ALL_ACCESS, *PsThreadType, KernelMode,
                                           &event, NULL),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_PTR(event, NULL);
    CHECK_STATUS(ObReferenceObjectByHandleWithTag(handle, EVENT_ALL_ACCESS, *ExEventObjectType,
                                                  KernelMode, 'tsRT', &event, NULL),
                 STATUS_SUCCESS);
    CHECK_STATUS(ZwClose(handle), STATUS_SUCCESS);
    KeSetEvent(event, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(KeWaitForSingleObject(event, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    ObReferenceObjectWithTag(event, 'tsRT');
    ObDereferenceObjectWithTag(event, 'tsRT');
    ObReferenceObject(event);
    ObDereferenceObjectDeferDelete(event);
    ObReferenceObject(event);
    ObDereferenceObjectDeferDeleteWithTag(event, 'tsRT');
    ObDereferenceObject(event);
}

static void thread_objects(void) {
    HANDLE handle;
    HANDLE second;
    CLIENT_ID id;
    PVOID thread;
    PETHREAD found;
    OBJECT_HANDLE_INFORMATION information;

    KeInitializeEvent(&go_on, NotificationEvent, FALSE);
    REQUIRE(NT_SUCCESS(
        PsCreateSystemThread(&handle, THREAD_ALL_ACCESS, NULL, NULL, &id, wait_and_end, NULL)));
    CHECK_STATUS(
        ObReferenceObjectByHandle(handle, SYNCHRONIZE, NULL, KernelMode, &thread, &information),
        STATUS_SUCCESS);
    CHECK_EQ(information.GrantedAccess, THREAD_ALL_ACCESS);
    CHECK_STATUS(ObReferenceObjectByPointer(thread, SYNCHRONIZE, *PsThreadType, KernelMode),
                 STATUS_SUCCESS);
    CHECK_STATUS(ObReferenceObjectByPointer(thread, SYNCHRONIZE, *ExEventObjectType, KernelMode),
                 STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_STATUS(ObReferenceObjectByPointerWithTag(thread, SYNCHRONIZE, NULL, KernelMode, 'tsRT'),
                 STATUS_SUCCESS);
    CHECK_STATUS(ObOpenObjectByPointer(thread, OBJ_KERNEL_HANDLE, NULL, THREAD_ALL_ACCESS,
                                       *PsThreadType, KernelMode, &second),
                 STATUS_SUCCESS);
    CHECK(second != handle);
    CHECK_STATUS(PsLookupThreadByThreadId(id.UniqueThread, &found), STATUS_SUCCESS);
    CHECK_PTR(found, thread);
    ObDereferenceObject(found);
    CHECK_STATUS(ObCloseHandle(second, KernelMode), STATUS_SUCCESS);
    ObDereferenceObject(thread);
    ObDereferenceObject(thread);

    KeSetEvent(&go_on, IO_NO_INCREMENT, FALSE);
    CHECK_STATUS(ZwWaitForSingleObject(handle, FALSE, NULL), STATUS_SUCCESS);
    CHECK_STATUS(PsGetThreadExitStatus(thread), STATUS_CANCELLED);
    CHECK_STATUS(ZwClose(handle), STATUS_SUCCESS);
    ObDereferenceObject(thread);
}

static void pseudo_handles(void) {
    PVOID object;

    CHECK_STATUS(ObReferenceObjectByHandle(ZwCurrentProcess(), PROCESS_ALL_ACCESS, *PsProcessType,
                                           KernelMode, &object, NULL),
                 STATUS_SUCCESS);
    CHECK_PTR(object, PsGetCurrentProcess());
    ObDereferenceObject(object);
    CHECK_STATUS(ObReferenceObjectByHandle(ZwCurrentThread(), THREAD_ALL_ACCESS, *PsThreadType,
                                           KernelMode, &object, NULL),
                 STATUS_SUCCESS);
    CHECK_PTR(object, PsGetCurrentThread());
    ObDereferenceObject(object);
    CHECK_STATUS(ObReferenceObjectByHandle((HANDLE)4, 0, NULL, KernelMode, &object, NULL),
                 STATUS_INVALID_HANDLE);
    CHECK(*ExSemaphoreObjectType != NULL && *IoFileObjectType != NULL &&
          *SeTokenObjectType != NULL);
}

static void run_checks(PDRIVER_OBJECT driver) {
    UNREFERENCED_PARAMETER(driver);
    event_objects();
    thread_objects();
    pseudo_handles();
}
