// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Files of the host, one path component at a time, and memory that several views share.
//
// A folder is walked by descriptor: each step opens one entry of the folder before it. Symbolic
// links are not followed and ".." is never passed in, so that what is reached lies below the folder
// that the walk began with, whatever else happens to the tree meanwhile.
//
// Functions that can fail return 0 or an errno value. Any thread; they may block on a disk. No
// lock may be held. A file object itself is not synchronised.

#pragma once

#include <cstddef>
#include <cstdint>

namespace host {

inline constexpr size_t entry_name_bytes = 256;  ///< with the final zero

class file {
public:
    file() noexcept = default;
    file(file&& from) noexcept : descriptor_(from.descriptor_) { from.descriptor_ = -1; }
    file& operator=(file&& from) noexcept;
    file(const file&) = delete;
    file& operator=(const file&) = delete;
    ~file();

    [[nodiscard]] bool open() const noexcept { return descriptor_ >= 0; }

    /// A folder of the host, by its path.
    static int open_folder(const char* path, file& out) noexcept;

    /// Memory of that many bytes, zeroed, that all its views share.
    static int make_memory(uint64_t bytes, file& out) noexcept;

    /// Another handle for the same open file.
    int duplicate(file& out) const noexcept;

    // ---- folders ----

    enum class want : uint8_t { step, folder, read, write, read_write };

    /// Opens an entry. step: a folder that is only walked through. With create, a file that is not
    /// there is made, and one that is there is EEXIST. ELOOP for a symbolic link, ENXIO for what is
    /// neither file nor folder.
    int open_entry(const char* name, want how, bool create, file& out) const noexcept;
    int make_folder(const char* name) const noexcept;
    int remove_entry(const char* name, bool folder) const noexcept;
    /// The spelling of the entry that equals name when the case of ASCII letters does not count.
    bool find_entry(const char* name, char (&out)[entry_name_bytes]) const noexcept;

    // ---- files ----

    struct facts {
        uint64_t device;
        uint64_t number;  ///< of the file on its device
        uint64_t size;
        uint64_t allocated;
        uint32_t links;
        bool folder;
        bool read_only;
        uint64_t accessed_100ns;  ///< since 1601
        uint64_t modified_100ns;
        uint64_t changed_100ns;
    };
    int query(facts& out) const noexcept;
    /// Fewer bytes than asked for only at the end of the file.
    int read(void* to, size_t bytes, uint64_t offset, size_t& done) const noexcept;
    int write(const void* from, size_t bytes, uint64_t offset) const noexcept;
    /// Writes at the end, wherever that is by then; end is the offset behind what was written.
    int append(const void* from, size_t bytes, uint64_t& end) const noexcept;
    int resize(uint64_t bytes) const noexcept;

    // ---- views ----

    enum class view : uint8_t { read, write, copy };
    /// Maps [offset, offset + bytes), whole pages. Null when that is impossible.
    void* map(uint64_t offset, size_t bytes, view how) const noexcept;
    static void unmap(void* address, size_t bytes) noexcept;

private:
    explicit file(int descriptor) noexcept : descriptor_(descriptor) {}
    int descriptor_ = -1;
};

}  // namespace host
