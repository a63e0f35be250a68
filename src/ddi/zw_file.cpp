// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Files by handle.
//
// Windows documents: "Using Files in a Driver"; the pages of wdm.h and ntifs.h with these names.
// PASSIVE_LEVEL.

#include "ddi/handle.hpp"
#include "io/file.hpp"
#include "ke/objects.hpp"

namespace {

using ddi::handle_target;
using ddi::null_handle;
using ddi::view;

base::status check_request(const io::open_request& r) noexcept {
    constexpr ULONG synchronous = FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;
    constexpr ULONG kinds = FILE_DIRECTORY_FILE | FILE_NON_DIRECTORY_FILE;
    constexpr ULONG shares = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const bool folder = (r.options & FILE_DIRECTORY_FILE) != 0;
    const bool wrong = r.disposition > FILE_OVERWRITE_IF || (r.share & ~shares) != 0 ||
                       (r.options & kinds) == kinds || (r.options & synchronous) == synchronous ||
                       ((r.options & synchronous) != 0 && (r.access & SYNCHRONIZE) == 0) ||
                       ((r.options & FILE_DELETE_ON_CLOSE) != 0 && (r.access & DELETE) == 0) ||
                       (folder && r.disposition != FILE_OPEN && r.disposition != FILE_CREATE &&
                        r.disposition != FILE_OPEN_IF);
    return wrong ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
}

base::status open_file(const ke::edge& e, const OBJECT_ATTRIBUTES& attributes,
                       const io::open_request& request, HANDLE* out, ULONG_PTR& outcome) noexcept {
    NT_TRY(check_request(request));
    auto& files = e.machine().get<io::files>();
    const handle_target root(e, attributes.RootDirectory, &ob::file_type,
                             null_handle::means_nothing);
    NT_TRY(root.status());
    io::file* folder = nullptr;
    if (root.body() != nullptr && (folder = files.find(root.body())) == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    io::file* f = nullptr;
    NT_TRY(files.open(view(attributes.ObjectName), folder, request, f, outcome));
    return ddi::give_handle(e, &f->object, request.access, attributes.Attributes, out);
}

NTSTATUS create(const ke::edge& e, PHANDLE handle, const OBJECT_ATTRIBUTES* attributes,
                PIO_STATUS_BLOCK result, const io::open_request& request) noexcept {
    if (handle == nullptr || attributes == nullptr || result == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *handle = nullptr;
    ULONG_PTR outcome = 0;
    const base::status s = open_file(e, *attributes, request, handle, outcome);
    result->Status = s.code();
    result->Information = s.ok()                                            ? outcome
                          : s == base::status(STATUS_OBJECT_NAME_COLLISION) ? FILE_EXISTS
                                                                            : FILE_DOES_NOT_EXIST;
    return s.code();
}

// Runs one request for an open file: run(file, number of bytes) -> status.
template <class Run>
NTSTATUS request(const ke::edge& e, HANDLE handle, HANDLE event, PIO_STATUS_BLOCK result,
                 ACCESS_MASK needed, Run&& run) noexcept {
    if (result == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    const handle_target target(e, handle, &ob::file_type, null_handle::means_nothing);
    const handle_target signal(e, event, &ob::event_type, null_handle::means_nothing);
    if (!target.status().ok() || target.body() == nullptr) {
        return target.body() == nullptr && target.status().ok() ? STATUS_INVALID_HANDLE
                                                                : target.status().code();
    }
    if (!signal.status().ok()) {
        return signal.status().code();
    }
    io::file* f = e.machine().get<io::files>().find(target.body());
    if (f == nullptr) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    if (needed != 0 && !target.grants(needed)) {
        return STATUS_ACCESS_DENIED;
    }
    auto* told = static_cast<KEVENT*>(signal.body());
    if (told != nullptr) {
        ke::clear(*told);
    }
    ke::clear(f->object.Event);
    ULONG_PTR done = 0;
    const base::status s = run(*f, done);
    result->Status = s.code();
    result->Information = done;
    ke::set(f->object.Event);
    if (told != nullptr) {
        ke::set(*told);
    }
    return s.code();
}

}  // namespace

extern "C" {

OPENWSK_EXPORT NTSTATUS ZwCreateFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                                     POBJECT_ATTRIBUTES ObjectAttributes,
                                     PIO_STATUS_BLOCK IoStatusBlock, PLARGE_INTEGER, ULONG,
                                     ULONG ShareAccess, ULONG CreateDisposition,
                                     ULONG CreateOptions, PVOID EaBuffer, ULONG) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (EaBuffer != nullptr) {
        return STATUS_EAS_NOT_SUPPORTED;
    }
    return create(
        e, FileHandle, ObjectAttributes, IoStatusBlock,
        {io::resolve_file_access(DesiredAccess), ShareAccess, CreateDisposition, CreateOptions});
}

OPENWSK_EXPORT NTSTATUS ZwOpenFile(PHANDLE FileHandle, ACCESS_MASK DesiredAccess,
                                   POBJECT_ATTRIBUTES ObjectAttributes,
                                   PIO_STATUS_BLOCK IoStatusBlock, ULONG ShareAccess,
                                   ULONG OpenOptions) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return create(e, FileHandle, ObjectAttributes, IoStatusBlock,
                  {io::resolve_file_access(DesiredAccess), ShareAccess, FILE_OPEN, OpenOptions});
}

OPENWSK_EXPORT NTSTATUS ZwReadFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                                   PVOID, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                                   ULONG Length, PLARGE_INTEGER ByteOffset, PULONG) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (ApcRoutine != nullptr) {
        return STATUS_NOT_SUPPORTED;
    }
    return request(
        e, FileHandle, Event, IoStatusBlock, FILE_READ_DATA, [&](io::file& f, ULONG_PTR& done) {
            return e.machine().get<io::files>().read(f, Buffer, Length, ByteOffset, done);
        });
}

OPENWSK_EXPORT NTSTATUS ZwWriteFile(HANDLE FileHandle, HANDLE Event, PIO_APC_ROUTINE ApcRoutine,
                                    PVOID, PIO_STATUS_BLOCK IoStatusBlock, PVOID Buffer,
                                    ULONG Length, PLARGE_INTEGER ByteOffset, PULONG) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (ApcRoutine != nullptr) {
        return STATUS_NOT_SUPPORTED;
    }
    return request(e, FileHandle, Event, IoStatusBlock, FILE_WRITE_DATA | FILE_APPEND_DATA,
                   [&](io::file& f, ULONG_PTR& done) {
                       return e.machine().get<io::files>().write(f, Buffer, Length, ByteOffset,
                                                                 done);
                   });
}

OPENWSK_EXPORT NTSTATUS ZwQueryInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                               PVOID FileInformation, ULONG Length,
                                               FILE_INFORMATION_CLASS FileInformationClass) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return request(e, FileHandle, nullptr, IoStatusBlock, 0, [&](io::file& f, ULONG_PTR& done) {
        return e.machine().get<io::files>().query(f, FileInformationClass, FileInformation, Length,
                                                  done);
    });
}

OPENWSK_EXPORT NTSTATUS ZwSetInformationFile(HANDLE FileHandle, PIO_STATUS_BLOCK IoStatusBlock,
                                             PVOID FileInformation, ULONG Length,
                                             FILE_INFORMATION_CLASS FileInformationClass) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const ACCESS_MASK needed =
        FileInformationClass == FileEndOfFileInformation ? FILE_WRITE_DATA : 0;
    return request(e, FileHandle, nullptr, IoStatusBlock, needed, [&](io::file& f, ULONG_PTR&) {
        return e.machine().get<io::files>().set(f, FileInformationClass, FileInformation, Length);
    });
}

}  // extern "C"
