// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Files: a folder of the host that drivers see as volume C:.
//
// Documents: ZwCreateFile, ZwReadFile, ZwWriteFile, ZwQueryInformationFile,
// ZwSetInformationFile, IoCheckShareAccess.
//
// The machine option "files" names the folder; without it there is no volume. A name begins with
// \??\C:\ (also \DosDevices\C:\ and \GLOBAL??\C:\) or with \SystemRoot\, which is C:\Windows, or is
// relative to the handle of an open folder. Names are found in any case of ASCII letters, an exact
// match first. Nothing outside the folder can be reached: "." and ".." are not names on Windows
// either, and symbolic links are not followed.
//
// A file object's body is a FILE_OBJECT; what the runtime needs lies behind it. Its last reference
// closes the file. Requests on a handle for synchronous I/O run one after the other, as they share
// a position.
//
// Any thread, PASSIVE_LEVEL; requests may block on a disk. One lock (rank name) guards the list of
// open files, by which share access is checked; it is not held during I/O.

#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/file.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/io.h"
#include "wdk/abi/zw.h"

namespace io {

/// The parameters of ZwCreateFile; generic rights are resolved.
struct open_request {
    ACCESS_MASK access;
    ULONG share;
    ULONG disposition;
    ULONG options;
};

/// Adds the specific rights that the generic ones stand for.
ACCESS_MASK resolve_file_access(ACCESS_MASK access) noexcept;

struct file : base::heap_object {
    FILE_OBJECT object{};  // what drivers see
    base::machine* machine = nullptr;
    base::list_node link;
    host::file contents;
    host::file folder;  // where it lies, for FILE_DELETE_ON_CLOSE
    char name[host::entry_name_bytes] = {};
    open_request request{};
    host::file::facts identity{};
    KEVENT turn;  // whose request runs, if requests are synchronous
    std::atomic<uint64_t> position{0};

    [[nodiscard]] bool synchronous() const noexcept {
        return (request.options & (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)) != 0;
    }
};

class files : public base::machine_part {
public:
    static constexpr base::part slot = base::part::files;

    explicit files(base::machine& m) noexcept : machine_(&m) {}

    /// Makes a folder of the host volume C:. Once, before drivers are loaded; 0 or an errno value.
    int mount(const char* path) noexcept { return host::file::open_folder(path, root_); }

    /// Opens or creates what the name says; out is an object with a reference of the caller's, and
    /// outcome FILE_OPENED, FILE_CREATED, .... root is the folder that the name is relative to, or
    /// null. The failures are those of ZwCreateFile in docs/ddi/file.md.
    base::status open(std::u16string_view name, file* root, const open_request& request, file*& out,
                      ULONG_PTR& outcome) noexcept;

    /// The file behind an object's body; null for a file object of a device.
    file* find(const void* body) noexcept;

    // ---- requests; done is the number of bytes ----

    /// offset null: the current position. STATUS_INVALID_DEVICE_REQUEST for a folder,
    /// STATUS_INVALID_PARAMETER, STATUS_END_OF_FILE, or what the host answered.
    base::status read(file& f, void* to, ULONG bytes, const LARGE_INTEGER* offset,
                      ULONG_PTR& done) noexcept;
    base::status write(file& f, const void* from, ULONG bytes, const LARGE_INTEGER* offset,
                       ULONG_PTR& done) noexcept;
    /// STATUS_INVALID_INFO_CLASS, STATUS_INFO_LENGTH_MISMATCH.
    base::status query(file& f, FILE_INFORMATION_CLASS kind, void* to, ULONG bytes,
                       ULONG_PTR& done) noexcept;
    base::status set(file& f, FILE_INFORMATION_CLASS kind, const void* from, ULONG bytes) noexcept;

private:
    struct place;
    base::status find_place(std::u16string_view name, const file* root, place& out) noexcept;
    base::status open_place(place& at, file& f, ULONG_PTR& outcome) noexcept;
    base::status share(file& f) noexcept;
    static void destroy(void* body) noexcept OPENWSK_NO_TSA;

    base::machine* const machine_;
    host::file root_;  // constant once mounted

    host::mutex lock_{base::lock_rank::name};
    base::list<file, &file::link> open_ OPENWSK_GUARDED_BY(lock_);
};

/// What a host error is called on Windows.
base::status status_of_errno(int error) noexcept;

}  // namespace io
