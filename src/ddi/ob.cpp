// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Object references, handles, waits for handles, event objects.
//
// Windows documents: the pages of wdm.h, ntddk.h and ntifs.h with these names.

#include "ddi/handle.hpp"
#include "ke/dispatcher.hpp"
#include "ke/objects.hpp"
#include "mm/try_new.hpp"
#include "verify/violation.hpp"

namespace {

using ddi::objects;

POBJECT_TYPE name_of(ob::object_type& type) noexcept {
    return reinterpret_cast<POBJECT_TYPE>(&type);
}

const ob::object_type* type_of(POBJECT_TYPE name) noexcept {
    return reinterpret_cast<const ob::object_type*>(name);
}

POBJECT_TYPE event_name = name_of(ob::event_type);
POBJECT_TYPE semaphore_name = name_of(ob::semaphore_type);
POBJECT_TYPE file_name = name_of(ob::file_type);
POBJECT_TYPE thread_name = name_of(ob::thread_type);
POBJECT_TYPE process_name = name_of(ob::process_type);
POBJECT_TYPE token_name = name_of(ob::token_type);

NTSTATUS reference_handle(const ke::edge& e, HANDLE handle, POBJECT_TYPE type, PVOID* object,
                          POBJECT_HANDLE_INFORMATION information) noexcept {
    if (object == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *object = nullptr;
    return objects(e)
        .reference_by_handle(handle, type_of(type), ob::holder::driver, e.caller(), object,
                             information)
        .code();
}

// A reference for a driver that has the pointer; the driver already holds one.
void reference_pointer(const ke::edge& e, PVOID object) noexcept {
    if (objects(e).reference(object, ob::holder::driver, e.caller()) == nullptr) {
        verify::violation(verify::rule::object_bad_pointer, e.caller(), object,
                          "%s was called with %p, which is no object", e.name(), object);
    }
}

NTSTATUS reference_typed(const ke::edge& e, PVOID object, POBJECT_TYPE type) noexcept {
    ob::object_manager& m = objects(e);
    const ob::object_type* actual = m.reference(object, ob::holder::driver, e.caller());
    if (actual == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    if (type != nullptr && actual != type_of(type)) {
        m.dereference(object, ob::holder::driver, e.caller());
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    return STATUS_SUCCESS;
}

struct event_object : base::heap_object {
    event_object(EVENT_TYPE type, bool state) noexcept { ke::initialize(event, type, state); }
    KEVENT event;
};

base::status create_event(const ke::edge& e, EVENT_TYPE type, bool state, ACCESS_MASK access,
                          ULONG attributes, HANDLE* out) noexcept {
    auto* body = mm::try_new<event_object>(type, state);
    if (body == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    const auto destroy = [](void* b) noexcept { delete static_cast<event_object*>(b); };
    if (!objects(e).insert(body, ob::event_type, destroy, &body->event.Header)) {
        delete body;
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    return ddi::give_handle(e, body, access, attributes, out);
}

}  // namespace

extern "C" {

OPENWSK_EXPORT POBJECT_TYPE* ExEventObjectType = &event_name;
OPENWSK_EXPORT POBJECT_TYPE* ExSemaphoreObjectType = &semaphore_name;
OPENWSK_EXPORT POBJECT_TYPE* IoFileObjectType = &file_name;
OPENWSK_EXPORT POBJECT_TYPE* PsThreadType = &thread_name;
OPENWSK_EXPORT POBJECT_TYPE* PsProcessType = &process_name;
OPENWSK_EXPORT POBJECT_TYPE* SeTokenObjectType = &token_name;

// ---- references ---------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK,
                                                  POBJECT_TYPE ObjectType, KPROCESSOR_MODE,
                                                  PVOID* Object,
                                                  POBJECT_HANDLE_INFORMATION HandleInformation) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return reference_handle(e, Handle, ObjectType, Object, HandleInformation);
}

OPENWSK_EXPORT NTSTATUS ObReferenceObjectByHandleWithTag(
    HANDLE Handle, ACCESS_MASK, POBJECT_TYPE ObjectType, KPROCESSOR_MODE, ULONG, PVOID* Object,
    POBJECT_HANDLE_INFORMATION HandleInformation) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return reference_handle(e, Handle, ObjectType, Object, HandleInformation);
}

OPENWSK_EXPORT NTSTATUS ObReferenceObjectByPointer(PVOID Object, ACCESS_MASK,
                                                   POBJECT_TYPE ObjectType, KPROCESSOR_MODE) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return reference_typed(e, Object, ObjectType);
}

OPENWSK_EXPORT NTSTATUS ObReferenceObjectByPointerWithTag(PVOID Object, ACCESS_MASK,
                                                          POBJECT_TYPE ObjectType, KPROCESSOR_MODE,
                                                          ULONG) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return reference_typed(e, Object, ObjectType);
}

OPENWSK_EXPORT NTSTATUS ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                                              struct _ACCESS_STATE*, ACCESS_MASK DesiredAccess,
                                              POBJECT_TYPE ObjectType, KPROCESSOR_MODE,
                                              PHANDLE Handle) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (Handle == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *Handle = nullptr;
    if (const NTSTATUS s = reference_typed(e, Object, ObjectType); !NT_SUCCESS(s)) {
        return s;
    }
    ob::object_manager& m = objects(e);
    const base::status s = m.open(Object, DesiredAccess, HandleAttributes, e.caller(), Handle);
    m.dereference(Object, ob::holder::driver, e.caller());
    return s.code();
}

// Windows returns the new count, which nobody may rely on.
OPENWSK_EXPORT LONG_PTR ObfReferenceObject(PVOID Object) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    reference_pointer(e, Object);
    return 1;
}

OPENWSK_EXPORT LONG_PTR ObfReferenceObjectWithTag(PVOID Object, ULONG) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    reference_pointer(e, Object);
    return 1;
}

OPENWSK_EXPORT LONG_PTR ObfDereferenceObject(PVOID Object) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    objects(e).dereference(Object, ob::holder::driver, e.caller());
    return 0;
}

OPENWSK_EXPORT LONG_PTR ObfDereferenceObjectWithTag(PVOID Object, ULONG) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    objects(e).dereference(Object, ob::holder::driver, e.caller());
    return 0;
}

OPENWSK_EXPORT VOID ObDereferenceObjectDeferDelete(PVOID Object) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    objects(e).dereference(Object, ob::holder::driver, e.caller());
}

OPENWSK_EXPORT VOID ObDereferenceObjectDeferDeleteWithTag(PVOID Object, ULONG) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    objects(e).dereference(Object, ob::holder::driver, e.caller());
}

// ---- handles ------------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS ZwClose(HANDLE Handle) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return objects(e).close(Handle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS ObCloseHandle(HANDLE Handle, KPROCESSOR_MODE) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return objects(e).close(Handle, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS ZwWaitForSingleObject(HANDLE Handle, BOOLEAN, PLARGE_INTEGER Timeout) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const ke::wait_time time = ke::to_wait_time(Timeout);
    const ddi::handle_target target(e, Handle, nullptr);
    if (!target.status().ok()) {
        return target.status().code();
    }
    DISPATCHER_HEADER* header = objects(e).header_of(target.body());
    return header != nullptr ? ke::wait_one(e.thread(), *header, time).code()
                             : STATUS_OBJECT_TYPE_MISMATCH;
}

// ---- event objects ------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS ZwCreateEvent(PHANDLE EventHandle, ACCESS_MASK DesiredAccess,
                                      POBJECT_ATTRIBUTES ObjectAttributes, EVENT_TYPE EventType,
                                      BOOLEAN InitialState) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (EventHandle == nullptr ||
        (EventType != NotificationEvent && EventType != SynchronizationEvent)) {
        return STATUS_INVALID_PARAMETER;
    }
    *EventHandle = nullptr;
    if (ObjectAttributes != nullptr && ObjectAttributes->ObjectName != nullptr &&
        ObjectAttributes->ObjectName->Length != 0) {
        return STATUS_OBJECT_PATH_NOT_FOUND;  // there is no directory for named events
    }
    const ULONG attributes = ObjectAttributes != nullptr ? ObjectAttributes->Attributes : 0;
    return create_event(e, EventType, InitialState != FALSE, DesiredAccess, attributes, EventHandle)
        .code();
}

OPENWSK_EXPORT NTSTATUS ZwSetEvent(HANDLE EventHandle, PLONG PreviousState) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const ddi::handle_target target(e, EventHandle, &ob::event_type);
    if (!target.status().ok()) {
        return target.status().code();
    }
    const LONG before = ke::set(*static_cast<KEVENT*>(target.body()));
    if (PreviousState != nullptr) {
        *PreviousState = before;
    }
    return STATUS_SUCCESS;
}

}  // extern "C"
