// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/file.hpp"

#include <cerrno>
#include <cstring>

#include <dirent.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace host {
namespace {

constexpr uint64_t seconds_1601_to_1970 = 11644473600;

uint64_t windows_time(const timespec& t) noexcept {
    return (static_cast<uint64_t>(t.tv_sec) + seconds_1601_to_1970) * 10'000'000 +
           static_cast<uint64_t>(t.tv_nsec) / 100;
}

}  // namespace

file& file::operator=(file&& from) noexcept {
    if (this != &from) {
        if (descriptor_ >= 0) {
            close(descriptor_);
        }
        descriptor_ = from.descriptor_;
        from.descriptor_ = -1;
    }
    return *this;
}

file::~file() {
    if (descriptor_ >= 0) {
        close(descriptor_);
    }
}

int file::open_folder(const char* path, file& out) noexcept {
    out = file(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return out.open() ? 0 : errno;
}

int file::make_memory(uint64_t bytes, file& out) noexcept {
    out = file(memfd_create("openwsk section", MFD_CLOEXEC));
    if (!out.open() || ftruncate(out.descriptor_, static_cast<off_t>(bytes)) != 0) {
        const int error = errno;
        out = file();
        return error;
    }
    return 0;
}

int file::duplicate(file& out) const noexcept {
    out = file(fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
    return out.open() ? 0 : errno;
}

int file::open_entry(const char* name, want how, bool create, file& out) const noexcept {
    // O_NONBLOCK keeps a pipe from waiting for its other end; files do not know it.
    int flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    switch (how) {
        case want::step:
            flags |= O_PATH | O_DIRECTORY;
            break;
        case want::folder:
            flags |= O_RDONLY | O_DIRECTORY;
            break;
        case want::read:
            flags |= O_RDONLY;
            break;
        case want::write:
            flags |= O_WRONLY;
            break;
        case want::read_write:
            flags |= O_RDWR;
            break;
    }
    if (create) {
        flags |= O_CREAT | O_EXCL;
    }
    out = file(openat(descriptor_, name, flags, 0666));
    if (!out.open()) {
        return errno;
    }
    struct stat st {};
    if (fstat(out.descriptor_, &st) != 0 || (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
        out = file();
        return ENXIO;
    }
    return 0;
}

int file::make_folder(const char* name) const noexcept {
    return mkdirat(descriptor_, name, 0777) == 0 ? 0 : errno;
}

int file::remove_entry(const char* name, bool folder) const noexcept {
    return unlinkat(descriptor_, name, folder ? AT_REMOVEDIR : 0) == 0 ? 0 : errno;
}

bool file::find_entry(const char* name, char (&out)[entry_name_bytes]) const noexcept {
    // The descriptor may be one that is only walked through.
    const int copy = openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* listing = copy >= 0 ? fdopendir(copy) : nullptr;
    if (listing == nullptr) {
        if (copy >= 0) {
            close(copy);
        }
        return false;
    }
    bool found = false;
    while (const dirent* entry = readdir(listing)) {
        if (strcasecmp(entry->d_name, name) == 0) {
            std::memcpy(out, entry->d_name, std::strlen(entry->d_name) + 1);
            found = true;
            break;
        }
    }
    closedir(listing);
    return found;
}

int file::query(facts& out) const noexcept {
    struct stat st {};
    if (fstat(descriptor_, &st) != 0) {
        return errno;
    }
    out = {.device = st.st_dev,
           .number = st.st_ino,
           .size = static_cast<uint64_t>(st.st_size),
           .allocated = static_cast<uint64_t>(st.st_blocks) * 512,
           .links = static_cast<uint32_t>(st.st_nlink),
           .folder = S_ISDIR(st.st_mode),
           .read_only = (st.st_mode & 0222) == 0,
           .accessed_100ns = windows_time(st.st_atim),
           .modified_100ns = windows_time(st.st_mtim),
           .changed_100ns = windows_time(st.st_ctim)};
    return 0;
}

int file::read(void* to, size_t bytes, uint64_t offset, size_t& done) const noexcept {
    done = 0;
    while (done < bytes) {
        const ssize_t n = pread(descriptor_, static_cast<char*>(to) + done, bytes - done,
                                static_cast<off_t>(offset + done));
        if (n == 0) {
            break;
        }
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        done += n > 0 ? static_cast<size_t>(n) : 0;
    }
    return 0;
}

int file::write(const void* from, size_t bytes, uint64_t offset) const noexcept {
    size_t done = 0;
    while (done < bytes) {
        const ssize_t n = pwrite(descriptor_, static_cast<const char*>(from) + done, bytes - done,
                                 static_cast<off_t>(offset + done));
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        done += n > 0 ? static_cast<size_t>(n) : 0;
    }
    return 0;
}

int file::append(const void* from, size_t bytes, uint64_t& end) const noexcept {
    iovec rest{const_cast<void*>(from), bytes};
    while (rest.iov_len > 0) {
        const ssize_t n = pwritev2(descriptor_, &rest, 1, -1, RWF_APPEND);
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        rest.iov_base = static_cast<char*>(rest.iov_base) + (n > 0 ? n : 0);
        rest.iov_len -= n > 0 ? static_cast<size_t>(n) : 0;
    }
    end = static_cast<uint64_t>(lseek(descriptor_, 0, SEEK_CUR));
    return 0;
}

int file::resize(uint64_t bytes) const noexcept {
    return ftruncate(descriptor_, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
}

void* file::map(uint64_t offset, size_t bytes, view how) const noexcept {
    const int protection = how == view::read ? PROT_READ : PROT_READ | PROT_WRITE;
    const int sharing = how == view::copy ? MAP_PRIVATE : MAP_SHARED;
    void* at = mmap(nullptr, bytes, protection, sharing, descriptor_, static_cast<off_t>(offset));
    return at == MAP_FAILED ? nullptr : at;
}

void file::unmap(void* address, size_t bytes) noexcept {
    munmap(address, bytes);
}

}  // namespace host
