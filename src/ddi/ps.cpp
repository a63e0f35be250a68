// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// System threads, thread and process queries.
//
// Windows documents: the pages of wdm.h, ntddk.h and ntifs.h with these names.

#include "ddi/handle.hpp"
#include "ddi/thread.hpp"
#include "ke/irql.hpp"
#include "ps/thread.hpp"
#include "ps/version.hpp"

namespace {

using ddi::thread_argument;

constexpr uintptr_t system_process_id = 4;

HANDLE id_of(uint32_t id) noexcept {
    return reinterpret_cast<HANDLE>(uintptr_t{id});
}

NTSTATUS create_thread(const ke::edge& e, PHANDLE handle, ULONG access,
                       POBJECT_ATTRIBUTES attributes, PCLIENT_ID client_id, PKSTART_ROUTINE routine,
                       PVOID context) noexcept {
    if (handle == nullptr || routine == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *handle = nullptr;
    base::ref_ptr<ke::thread> t = ps::create(*e.thread().home, routine, context, e.caller());
    if (!t) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    if (client_id != nullptr) {
        client_id->UniqueProcess = id_of(system_process_id);
        client_id->UniqueThread = id_of(t->id);
    }
    const ULONG flags = attributes != nullptr ? attributes->Attributes : 0;
    return ddi::objects(e).open(t->object(), access, flags, e.caller(), handle).code();
}

// Takes one number out of a driver's buffer.
template <class T>
bool read(PVOID buffer, ULONG length, T& out) noexcept {
    if (buffer == nullptr || length != sizeof out) {
        return false;
    }
    __builtin_memcpy(&out, buffer, sizeof out);
    return true;
}

NTSTATUS set_thread_information(ke::thread& t, int kind, PVOID buffer, ULONG length) noexcept {
    switch (kind) {
        case ThreadPriority: {
            KPRIORITY priority = 0;
            if (!read(buffer, length, priority)) {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            if (priority <= LOW_PRIORITY || priority > HIGH_PRIORITY) {
                return STATUS_INVALID_PARAMETER;
            }
            t.priority.store(priority, std::memory_order_relaxed);
            return STATUS_SUCCESS;
        }
        case ThreadBasePriority: {
            LONG increment = 0;
            if (!read(buffer, length, increment)) {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            t.base_priority.store(ke::default_priority + increment, std::memory_order_relaxed);
            return STATUS_SUCCESS;
        }
        case ThreadAffinityMask: {
            KAFFINITY mask = 0;
            if (!read(buffer, length, mask)) {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            return ke::set_user_affinity_of(t, mask) ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        }
        case ThreadGroupInformation: {
            GROUP_AFFINITY affinity{};
            if (!read(buffer, length, affinity)) {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            return affinity.Group == 0 && ke::set_user_affinity_of(t, affinity.Mask)
                       ? STATUS_SUCCESS
                       : STATUS_INVALID_PARAMETER;
        }
        case ThreadIdealProcessor: {
            ULONG number = 0;
            if (!read(buffer, length, number)) {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            return number < t.home->processors().count() ? STATUS_SUCCESS
                                                         : STATUS_INVALID_PARAMETER;
        }
        case ThreadIdealProcessorEx: {
            PROCESSOR_NUMBER number{};
            if (!read(buffer, length, number)) {
                return STATUS_INFO_LENGTH_MISMATCH;
            }
            return number.Group == 0 && number.Number < t.home->processors().count()
                       ? STATUS_SUCCESS
                       : STATUS_INVALID_PARAMETER;
        }
        case ThreadNameInformation:
            return length == sizeof(UNICODE_STRING) && buffer != nullptr
                       ? STATUS_SUCCESS
                       : STATUS_INFO_LENGTH_MISMATCH;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

}  // namespace

extern "C" {

OPENWSK_EXPORT PEPROCESS PsInitialSystemProcess = ob::system_process();

// ---- threads ------------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS PsCreateSystemThread(PHANDLE ThreadHandle, ULONG DesiredAccess,
                                             POBJECT_ATTRIBUTES ObjectAttributes, HANDLE,
                                             PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                             PVOID StartContext) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return create_thread(e, ThreadHandle, DesiredAccess, ObjectAttributes, ClientId, StartRoutine,
                         StartContext);
}

// The driver stays loaded while the thread runs, whatever IoObject is.
OPENWSK_EXPORT NTSTATUS IoCreateSystemThread(PVOID, PHANDLE ThreadHandle, ULONG DesiredAccess,
                                             POBJECT_ATTRIBUTES ObjectAttributes, HANDLE,
                                             PCLIENT_ID ClientId, PKSTART_ROUTINE StartRoutine,
                                             PVOID StartContext) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return create_thread(e, ThreadHandle, DesiredAccess, ObjectAttributes, ClientId, StartRoutine,
                         StartContext);
}

OPENWSK_EXPORT NTSTATUS PsTerminateSystemThread(NTSTATUS ExitStatus) {
    OPENWSK_EDGE(APC_LEVEL);
    ps::terminate(e.thread(), ExitStatus, e.caller());
    return STATUS_INVALID_PARAMETER;
}

OPENWSK_EXPORT BOOLEAN PsIsSystemThread(PETHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return thread_argument(e, Thread) ? TRUE : FALSE;  // every thread is one of the system process
}

OPENWSK_EXPORT BOOLEAN PsIsThreadTerminating(PETHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return thread_argument(e, Thread)->exit_status.load(std::memory_order_relaxed) != STATUS_PENDING
               ? TRUE
               : FALSE;
}

OPENWSK_EXPORT PETHREAD PsGetCurrentThread(void) {
    return ke::current().object();
}

OPENWSK_EXPORT HANDLE PsGetCurrentThreadId(void) {
    return id_of(ke::current().id);
}

OPENWSK_EXPORT HANDLE PsGetThreadId(PETHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return id_of(thread_argument(e, Thread)->id);
}

OPENWSK_EXPORT HANDLE PsGetThreadProcessId(PETHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    (void)thread_argument(e, Thread);
    return id_of(system_process_id);
}

OPENWSK_EXPORT LONGLONG PsGetThreadCreateTime(PETHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return static_cast<LONGLONG>(thread_argument(e, Thread)->created_100ns);
}

OPENWSK_EXPORT NTSTATUS PsGetThreadExitStatus(PETHREAD Thread) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return thread_argument(e, Thread)->exit_status.load(std::memory_order_relaxed);
}

OPENWSK_EXPORT NTSTATUS PsLookupThreadByThreadId(HANDLE ThreadId, PETHREAD* Thread) {
    OPENWSK_EDGE(APC_LEVEL);
    const auto id = reinterpret_cast<uintptr_t>(ThreadId);
    base::ref_ptr<ke::thread> t;
    if (id <= UINT32_MAX) {
        t = e.thread().home->find_thread(static_cast<uint32_t>(id));
    }
    if (!t) {
        return STATUS_INVALID_PARAMETER;
    }
    *Thread = t->object();
    (void)ddi::objects(e).reference(*Thread, ob::holder::driver, e.caller());
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS ZwSetInformationThread(HANDLE ThreadHandle,
                                               THREADINFOCLASS ThreadInformationClass,
                                               PVOID ThreadInformation,
                                               ULONG ThreadInformationLength) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const ddi::handle_target target(e, ThreadHandle, &ob::thread_type);
    if (!target.status().ok()) {
        return target.status().code();
    }
    base::ref_ptr<ke::thread> t = thread_argument(e, static_cast<PETHREAD>(target.body()));
    // The driver may pass a number that is no enumerator.
    int kind = 0;
    __builtin_memcpy(&kind, &ThreadInformationClass, sizeof kind);
    return set_thread_information(*t, kind, ThreadInformation, ThreadInformationLength);
}

// ---- processes ----------------------------------------------------------------------------------

OPENWSK_EXPORT HANDLE PsGetCurrentProcessId(void) {
    return id_of(system_process_id);
}

OPENWSK_EXPORT PEPROCESS PsGetCurrentProcess(void) {
    return ob::system_process();
}

OPENWSK_EXPORT PEPROCESS IoGetCurrentProcess(void) {
    return ob::system_process();
}

OPENWSK_EXPORT HANDLE PsGetProcessId(PEPROCESS) {
    return id_of(system_process_id);
}

OPENWSK_EXPORT ULONGLONG PsGetProcessStartKey(PEPROCESS) {
    return system_process_id;
}

// The system process begins with the machine.
OPENWSK_EXPORT LONGLONG PsGetProcessCreateTimeQuadPart(PEPROCESS) {
    OPENWSK_EDGE(APC_LEVEL);
    return static_cast<LONGLONG>(e.thread().home->started_100ns());
}

OPENWSK_EXPORT NTSTATUS PsLookupProcessByProcessId(HANDLE ProcessId, PEPROCESS* Process) {
    OPENWSK_EDGE(APC_LEVEL);
    if (reinterpret_cast<uintptr_t>(ProcessId) != system_process_id) {
        return STATUS_INVALID_PARAMETER;
    }
    *Process = ob::system_process();
    return STATUS_SUCCESS;
}

// Nothing differs between processes, as there is only one.
OPENWSK_EXPORT VOID KeStackAttachProcess(PRKPROCESS Process, PRKAPC_STATE ApcState) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    *ApcState = KAPC_STATE{};
    ApcState->Process = Process;
}

OPENWSK_EXPORT VOID KeUnstackDetachProcess(PRKAPC_STATE ApcState) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ApcState->Process = nullptr;
}

// ---- version ------------------------------------------------------------------------------------

OPENWSK_EXPORT BOOLEAN PsGetVersion(PULONG MajorVersion, PULONG MinorVersion, PULONG BuildNumber,
                                    PUNICODE_STRING CSDVersion) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (MajorVersion != nullptr) {
        *MajorVersion = ps::major_version;
    }
    if (MinorVersion != nullptr) {
        *MinorVersion = ps::minor_version;
    }
    if (BuildNumber != nullptr) {
        *BuildNumber = ps::build_number;
    }
    if (CSDVersion != nullptr) {
        *CSDVersion = UNICODE_STRING{};
    }
    return FALSE;  // not a checked build
}

}  // extern "C"
