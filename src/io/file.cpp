// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/file.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include "ke/objects.hpp"
#include "mm/try_new.hpp"
#include "ob/object.hpp"
#include "rtl/registry.hpp"
#include "rtl/utf.hpp"

namespace io {
namespace {

using name_view = std::u16string_view;

constexpr ACCESS_MASK reads = FILE_READ_DATA | FILE_EXECUTE;
constexpr ACCESS_MASK writes = FILE_WRITE_DATA | FILE_APPEND_DATA;

bool truncates(ULONG disposition) noexcept {
    return disposition == FILE_SUPERSEDE || disposition == FILE_OVERWRITE ||
           disposition == FILE_OVERWRITE_IF;
}

bool creates(ULONG disposition) noexcept {
    return disposition != FILE_OPEN && disposition != FILE_OVERWRITE;
}

// Takes prefix off the front of the name; it must end there or at a separator.
bool strip(name_view& name, name_view prefix) noexcept {
    if (name.size() < prefix.size() || !rtl::same_name(name.substr(0, prefix.size()), prefix) ||
        (name.size() > prefix.size() && name[prefix.size()] != u'\\')) {
        return false;
    }
    name.remove_prefix(prefix.size());
    return true;
}

// One component as the host spells it. False for what Windows does not allow in a name either.
bool to_host_name(name_view part, char (&out)[host::entry_name_bytes]) noexcept {
    size_t length = 0;
    bool bad = part.empty() || part == u"." || part == u"..";
    for (size_t at = 0; at < part.size() && !bad;) {
        const char32_t c = rtl::read_utf16(part.data(), part.size(), at, &bad);
        char bytes[4];
        const size_t n = rtl::write_utf8(c, bytes);
        bad = bad || c < 0x20 || (c < 0x80 && std::strchr("\"*/:<>?|", static_cast<int>(c))) ||
              length + n >= sizeof out;
        if (!bad) {
            std::memcpy(out + length, bytes, n);
            length += n;
        }
    }
    out[length] = 0;
    return !bad;
}

host::file::want wanted(const open_request& r) noexcept {
    const bool read = (r.access & reads) != 0;
    const bool write = (r.access & writes) != 0 || truncates(r.disposition);
    return write ? (read ? host::file::want::read_write : host::file::want::write)
                 : host::file::want::read;
}

// A request on a synchronous handle, while it is its turn.
class turn {
public:
    explicit turn(file& f) noexcept : file_(f.synchronous() ? &f : nullptr) {
        if (file_ != nullptr) {
            (void)ke::wait(file_->turn);
        }
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn() {
        if (file_ != nullptr) {
            ke::set(file_->turn);
        }
    }

private:
    file* file_;
};

void move_to(file& f, uint64_t position) noexcept {
    if (f.synchronous()) {
        f.position.store(position, std::memory_order_relaxed);
        f.object.CurrentByteOffset.QuadPart = static_cast<LONGLONG>(position);
    }
}

// Where a request begins; at_end if behind the last byte.
base::status start_of(const file& f, const LARGE_INTEGER* offset, uint64_t& start,
                      bool& at_end) noexcept {
    const bool current = offset == nullptr || (offset->HighPart == -1 &&
                                               offset->LowPart == FILE_USE_FILE_POINTER_POSITION);
    at_end =
        offset != nullptr && offset->HighPart == -1 && offset->LowPart == FILE_WRITE_TO_END_OF_FILE;
    if (at_end) {
        return STATUS_SUCCESS;
    }
    if (current) {
        start = f.position.load(std::memory_order_relaxed);
        return f.synchronous() ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
    }
    start = static_cast<uint64_t>(offset->QuadPart);
    return offset->QuadPart >= 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

}  // namespace

base::status status_of_errno(int error) noexcept {
    switch (error) {
        case 0:
            return STATUS_SUCCESS;
        case ENOENT:
            return STATUS_OBJECT_NAME_NOT_FOUND;
        case EEXIST:
            return STATUS_OBJECT_NAME_COLLISION;
        case ENOTDIR:
            return STATUS_NOT_A_DIRECTORY;
        case EISDIR:
            return STATUS_FILE_IS_A_DIRECTORY;
        case ENAMETOOLONG:
            return STATUS_OBJECT_NAME_INVALID;
        case ELOOP:
            return STATUS_REPARSE_POINT_NOT_RESOLVED;
        case EACCES:
        case EPERM:
        case ENXIO:
            return STATUS_ACCESS_DENIED;
        case EROFS:
            return STATUS_MEDIA_WRITE_PROTECTED;
        case ETXTBSY:
            return STATUS_SHARING_VIOLATION;
        case EMFILE:
        case ENFILE:
            return STATUS_TOO_MANY_OPENED_FILES;
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return STATUS_DISK_FULL;
        case ENOMEM:
            return STATUS_INSUFFICIENT_RESOURCES;
        case EFAULT:
            return STATUS_ACCESS_VIOLATION;
        default:
            return STATUS_UNEXPECTED_IO_ERROR;
    }
}

ACCESS_MASK resolve_file_access(ACCESS_MASK access) noexcept {
    const ACCESS_MASK all = access & GENERIC_ALL ? FILE_ALL_ACCESS : 0;
    const ACCESS_MASK read = access & GENERIC_READ ? FILE_GENERIC_READ : 0;
    const ACCESS_MASK write = access & GENERIC_WRITE ? FILE_GENERIC_WRITE : 0;
    const ACCESS_MASK execute = access & GENERIC_EXECUTE ? FILE_GENERIC_EXECUTE : 0;
    constexpr ACCESS_MASK generic = GENERIC_ALL | GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE;
    return (access & ~generic) | all | read | write | execute;
}

// ---- names --------------------------------------------------------------------------------------

// Where a name leads: an entry, perhaps not there yet, of a folder that is.
struct files::place {
    host::file folder;
    char name[host::entry_name_bytes] = {};
    bool is_root = false;  ///< the folder itself; name is empty
    bool must_be_folder = false;
};

// Walks from the volume, or from root, to the folder that holds the last component.
base::status files::find_place(name_view name, const file* root, place& out) noexcept {
    const host::file* from = &root_;
    bool windows = false;
    if (root != nullptr) {
        if (!root->identity.folder || (!name.empty() && name[0] == u'\\')) {
            return STATUS_INVALID_PARAMETER;
        }
        from = &root->contents;
    } else if (name.empty() || name[0] != u'\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    } else {
        windows = strip(name, u"\\SystemRoot");
        if (!root_.open() ||
            (!windows && !strip(name, u"\\??\\C:") && !strip(name, u"\\DosDevices\\C:") &&
             !strip(name, u"\\GLOBAL??\\C:"))) {
            return STATUS_OBJECT_PATH_NOT_FOUND;
        }
        if (!name.empty()) {
            name.remove_prefix(1);
        }
    }
    if (const int error = from->duplicate(out.folder); error != 0) {
        return status_of_errno(error);
    }
    if (!name.empty() && name.back() == u'\\') {
        out.must_be_folder = true;
        name.remove_suffix(1);
    }
    while (windows || !name.empty()) {
        const size_t end = windows ? 0 : name.find(u'\\');
        const name_view part = windows ? name_view(u"Windows") : name.substr(0, end);
        const bool last = windows ? name.empty() : end == name_view::npos;
        if (!to_host_name(part, out.name)) {
            return STATUS_OBJECT_NAME_INVALID;
        }
        host::file next;
        const auto step = host::file::want::step;
        int error = out.folder.open_entry(out.name, step, false, next);
        if (error == ENOENT && out.folder.find_entry(out.name, out.name)) {
            error = out.folder.open_entry(out.name, step, false, next);
        }
        if (last) {
            return STATUS_SUCCESS;
        }
        if (error != 0) {
            return error == ENOENT || error == ENOTDIR ? STATUS_OBJECT_PATH_NOT_FOUND
                                                       : status_of_errno(error);
        }
        out.folder = std::move(next);
        if (!windows) {
            name.remove_prefix(end + 1);
        }
        windows = false;
    }
    out.is_root = true;
    return STATUS_SUCCESS;
}

// ---- opening ------------------------------------------------------------------------------------

base::status files::open_place(place& at, file& f, ULONG_PTR& outcome) noexcept {
    const open_request& r = f.request;
    const bool folder = (r.options & FILE_DIRECTORY_FILE) != 0 || at.must_be_folder;
    if (at.is_root) {
        outcome = FILE_OPENED;
        f.contents = std::move(at.folder);
        return r.disposition == FILE_CREATE ? STATUS_OBJECT_NAME_COLLISION : STATUS_SUCCESS;
    }
    const auto how = folder ? host::file::want::folder : wanted(r);
    int error = ENOENT;
    // A file that comes or goes between the two attempts is met by the next round.
    for (int round = 0; round < 16 && (error == ENOENT || error == EEXIST); ++round) {
        if (r.disposition != FILE_CREATE) {
            error = at.folder.open_entry(at.name, how, false, f.contents);
            if (error == EISDIR && !folder && (r.options & FILE_NON_DIRECTORY_FILE) == 0) {
                error = at.folder.open_entry(at.name, host::file::want::folder, false, f.contents);
            }
            if (error != ENOENT || !creates(r.disposition)) {
                outcome = FILE_OPENED;
                break;
            }
        }
        if (folder) {
            error = at.folder.make_folder(at.name);
            if (error == 0) {
                error = at.folder.open_entry(at.name, how, false, f.contents);
            }
        } else {
            error = at.folder.open_entry(at.name, how, true, f.contents);
        }
        outcome = FILE_CREATED;
        if (r.disposition == FILE_CREATE) {
            break;
        }
    }
    return status_of_errno(error);
}

// Puts f on the list of open files unless another one objects.
base::status files::share(file& f) noexcept {
    const open_request& mine = f.request;
    const auto clash = [](const open_request& a, const open_request& b) {
        return ((a.access & reads) != 0 && (b.share & FILE_SHARE_READ) == 0) ||
               ((a.access & writes) != 0 && (b.share & FILE_SHARE_WRITE) == 0) ||
               ((a.access & DELETE) != 0 && (b.share & FILE_SHARE_DELETE) == 0);
    };
    const auto counts = [](const open_request& r) {
        return (r.access & (reads | writes | DELETE)) != 0;
    };
    host::guard g(lock_);
    for (file* other = open_.front(); other != nullptr; other = open_.next(*other)) {
        const open_request& theirs = other->request;
        if (other->identity.device == f.identity.device &&
            other->identity.number == f.identity.number && counts(mine) && counts(theirs) &&
            (clash(mine, theirs) || clash(theirs, mine))) {
            return STATUS_SHARING_VIOLATION;
        }
    }
    open_.push_back(f);
    return STATUS_SUCCESS;
}

void files::destroy(void* body) noexcept {
    file* f = reinterpret_cast<file*>(static_cast<char*>(body) - offsetof(file, object));
    // Gone already if the machine is being destroyed.
    if (files* all = f->machine->find<files>()) {
        host::guard g(all->lock_);
        f->link.unlink();
    }
    if ((f->request.options & FILE_DELETE_ON_CLOSE) != 0 && f->folder.open()) {
        (void)f->folder.remove_entry(f->name, f->identity.folder);
    }
    delete f;
}

base::status files::open(name_view name, file* root, const open_request& request, file*& out,
                         ULONG_PTR& outcome) noexcept {
    place at;
    NT_TRY(find_place(name, root, at));
    std::unique_ptr<file> f(mm::try_new<file>());
    if (f == nullptr) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    f->machine = machine_;
    f->request = request;
    NT_TRY(open_place(at, *f, outcome));
    if (const int error = f->contents.query(f->identity); error != 0) {
        return status_of_errno(error);
    }
    if (f->identity.folder &&
        ((request.options & FILE_NON_DIRECTORY_FILE) != 0 || truncates(request.disposition))) {
        return STATUS_FILE_IS_A_DIRECTORY;
    }
    f->object.Type = IO_TYPE_FILE;
    f->object.Size = sizeof f->object;
    f->object.ReadAccess = (request.access & reads) != 0;
    f->object.WriteAccess = (request.access & writes) != 0;
    f->object.DeleteAccess = (request.access & DELETE) != 0;
    f->object.SharedRead = (request.share & FILE_SHARE_READ) != 0;
    f->object.SharedWrite = (request.share & FILE_SHARE_WRITE) != 0;
    f->object.SharedDelete = (request.share & FILE_SHARE_DELETE) != 0;
    ke::initialize(f->object.Lock, SynchronizationEvent, false);
    ke::initialize(f->object.Event, NotificationEvent, false);
    f->object.IrpList.Flink = f->object.IrpList.Blink = &f->object.IrpList;
    ke::initialize(f->turn, SynchronizationEvent, true);
    NT_TRY(share(*f));
    base::status s = STATUS_SUCCESS;
    if (truncates(request.disposition) && outcome == FILE_OPENED) {
        outcome = request.disposition == FILE_SUPERSEDE ? FILE_SUPERSEDED : FILE_OVERWRITTEN;
        s = status_of_errno(f->contents.resize(0));
    }
    auto& objects = machine_->get<ob::object_manager>();
    if (s.ok() && !objects.insert(&f->object, ob::file_type, destroy, &f->object.Event.Header)) {
        s = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (!s.ok()) {
        host::guard g(lock_);
        f->link.unlink();
        return s;
    }
    // From here on closing deletes.
    f->folder = std::move(at.folder);
    std::memcpy(f->name, at.name, sizeof f->name);
    out = f.release();
    return STATUS_SUCCESS;
}

file* files::find(const void* body) noexcept {
    host::guard g(lock_);
    file* f = open_.front();
    while (f != nullptr && &f->object != body) {
        f = open_.next(*f);
    }
    return f;
}

// ---- requests -----------------------------------------------------------------------------------

base::status files::read(file& f, void* to, ULONG bytes, const LARGE_INTEGER* offset,
                         ULONG_PTR& done) noexcept {
    if (f.identity.folder) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    const turn mine(f);
    uint64_t start = 0;
    bool at_end = false;
    NT_TRY(start_of(f, offset, start, at_end));
    if (at_end) {
        return STATUS_INVALID_PARAMETER;
    }
    size_t n = 0;
    const int error = f.contents.read(to, bytes, start, n);
    done = n;
    move_to(f, start + n);
    return error != 0             ? status_of_errno(error)
           : n == 0 && bytes != 0 ? STATUS_END_OF_FILE
                                  : STATUS_SUCCESS;
}

base::status files::write(file& f, const void* from, ULONG bytes, const LARGE_INTEGER* offset,
                          ULONG_PTR& done) noexcept {
    if (f.identity.folder) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    const turn mine(f);
    uint64_t start = 0;
    bool at_end = false;
    NT_TRY(start_of(f, offset, start, at_end));
    uint64_t end = start + bytes;
    const bool only_appends = (f.request.access & writes) == FILE_APPEND_DATA;
    const int error = at_end || only_appends ? f.contents.append(from, bytes, end)
                                             : f.contents.write(from, bytes, start);
    if (error != 0) {
        return status_of_errno(error);
    }
    done = bytes;
    move_to(f, end);
    return STATUS_SUCCESS;
}

base::status files::query(file& f, FILE_INFORMATION_CLASS kind, void* to, ULONG bytes,
                          ULONG_PTR& done) noexcept {
    host::file::facts now{};
    if (const int error = f.contents.query(now); error != 0) {
        return status_of_errno(error);
    }
    const auto give = [&](const auto& information) -> base::status {
        if (bytes < sizeof information) {
            return STATUS_INFO_LENGTH_MISMATCH;
        }
        std::memcpy(to, &information, sizeof information);
        done = sizeof information;
        return STATUS_SUCCESS;
    };
    if (kind == FileBasicInformation) {
        FILE_BASIC_INFORMATION basic{};
        // The host does not know when a file was made: not after it was first written.
        basic.CreationTime.QuadPart = static_cast<LONGLONG>(now.modified_100ns);
        basic.LastAccessTime.QuadPart = static_cast<LONGLONG>(now.accessed_100ns);
        basic.LastWriteTime.QuadPart = static_cast<LONGLONG>(now.modified_100ns);
        basic.ChangeTime.QuadPart = static_cast<LONGLONG>(now.changed_100ns);
        basic.FileAttributes = (now.folder ? FILE_ATTRIBUTE_DIRECTORY : 0) |
                               (now.read_only ? FILE_ATTRIBUTE_READONLY : 0);
        if (basic.FileAttributes == 0) {
            basic.FileAttributes = FILE_ATTRIBUTE_NORMAL;
        }
        return give(basic);
    }
    if (kind == FileStandardInformation) {
        FILE_STANDARD_INFORMATION standard{};
        standard.AllocationSize.QuadPart = static_cast<LONGLONG>(now.folder ? 0 : now.allocated);
        standard.EndOfFile.QuadPart = static_cast<LONGLONG>(now.folder ? 0 : now.size);
        standard.NumberOfLinks = now.links;
        standard.DeletePending = FALSE;
        standard.Directory = now.folder;
        return give(standard);
    }
    if (kind == FilePositionInformation) {
        FILE_POSITION_INFORMATION position{};
        position.CurrentByteOffset.QuadPart =
            static_cast<LONGLONG>(f.position.load(std::memory_order_relaxed));
        return give(position);
    }
    return STATUS_INVALID_INFO_CLASS;
}

base::status files::set(file& f, FILE_INFORMATION_CLASS kind, const void* from,
                        ULONG bytes) noexcept {
    if (kind != FilePositionInformation && kind != FileEndOfFileInformation) {
        return STATUS_INVALID_INFO_CLASS;
    }
    LARGE_INTEGER value;
    if (bytes < sizeof value) {
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    std::memcpy(&value, from, sizeof value);
    if (value.QuadPart < 0) {
        return STATUS_INVALID_PARAMETER;
    }
    const turn mine(f);
    if (kind == FilePositionInformation) {
        move_to(f, static_cast<uint64_t>(value.QuadPart));
        return STATUS_SUCCESS;
    }
    return f.identity.folder
               ? base::status(STATUS_INVALID_PARAMETER)
               : status_of_errno(f.contents.resize(static_cast<uint64_t>(value.QuadPart)));
}

}  // namespace io
