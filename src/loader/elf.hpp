// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the loader must know of a driver file before the dynamic linker sees it: names it imports
// and defines, sanitizers it was built with, constructors and destructors. A pure function of the
// bytes; a damaged file gives an error text, never a fault.
//
// ELF: System V ABI, AMD64 supplement, and the GNU extensions (STB_GNU_UNIQUE).

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace loader {

struct elf_file {
    std::vector<std::string> imports;       ///< undefined, not weak, in file order
    std::vector<std::string> weak_imports;  ///< undefined and weak
    std::vector<std::string> exports;       ///< defined functions and data, global or weak
    std::vector<std::string> unique;        ///< defined with STB_GNU_UNIQUE
    std::vector<std::string> needed;        ///< DT_NEEDED
    bool address_sanitizer = false;
    bool thread_sanitizer = false;

    // Offsets from the load address; 0 where the file has none.
    uint64_t init = 0;  ///< DT_INIT
    uint64_t fini = 0;
    uint64_t init_array = 0;
    uint64_t init_array_bytes = 0;
    uint64_t fini_array = 0;
    uint64_t fini_array_bytes = 0;
    uint64_t image_bytes = 0;  ///< from the load address to the end of the last segment

    struct range {
        uint64_t start;
        uint64_t bytes;
    };
    std::vector<range> code;  ///< executable segments, relative to the load address
    std::vector<range> data;  ///< writable parts, without what relocation makes read-only

    /// File offsets of the d_tag words of DT_INIT, DT_FINI and the two arrays.
    std::vector<size_t> lifecycle_tags;

    [[nodiscard]] bool defines(const char* name) const noexcept;
};

/// Reads an x86-64 shared object. On failure returns false and says why, without the file's name.
bool parse_elf(std::span<const std::byte> bytes, elf_file& out, std::string& why) noexcept;

/// The libc functions that a driver must not import, because libc's idea of wchar_t and long is
/// not the driver's. Null when the name is harmless, else the reason.
const char* forbidden_import(const std::string& name) noexcept;

}  // namespace loader
