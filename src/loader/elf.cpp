// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "loader/elf.hpp"

#include <algorithm>
#include <cstring>

#include <elf.h>

namespace loader {
namespace {

// Copies a structure out of the file; false when it does not lie inside.
template <class T>
bool read_at(std::span<const std::byte> bytes, uint64_t offset, T& out) noexcept {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
        return false;
    }
    std::memcpy(&out, bytes.data() + offset, sizeof(T));
    return true;
}

class parser {
public:
    parser(std::span<const std::byte> bytes, elf_file& out) noexcept : bytes_(bytes), out_(&out) {}

    /// Null, or why the file is no driver.
    const char* run() noexcept {
        if (const char* why = read_header()) {
            return why;
        }
        if (const char* why = read_segments()) {
            return why;
        }
        if (const char* why = read_dynamic()) {
            return why;
        }
        return read_symbols();
    }

private:
    const char* read_header() noexcept {
        if (!read_at(bytes_, 0, header_) || std::memcmp(header_.e_ident, ELFMAG, SELFMAG) != 0) {
            return "is not an ELF file";
        }
        if (header_.e_ident[EI_CLASS] != ELFCLASS64 || header_.e_machine != EM_X86_64 ||
            header_.e_ident[EI_DATA] != ELFDATA2LSB) {
            return "is not built for x86-64";
        }
        if (header_.e_type != ET_DYN) {
            return header_.e_type == ET_REL ? "is an object file; link it with -shared"
                                            : "is a program, not a shared object";
        }
        if (header_.e_phentsize != sizeof(Elf64_Phdr) || header_.e_phnum == 0) {
            return "has no program headers";
        }
        return nullptr;
    }

    const char* read_segments() noexcept {
        for (unsigned i = 0; i < header_.e_phnum; ++i) {
            Elf64_Phdr p;
            if (!read_at(bytes_, header_.e_phoff + i * sizeof p, p)) {
                return "is cut short";
            }
            if (p.p_type == PT_INTERP) {
                return "is a program, not a shared object";
            }
            if (p.p_type == PT_DYNAMIC) {
                dynamic_ = p;
            }
            if (p.p_type == PT_GNU_RELRO) {
                sealed_ = p;
            }
            if (p.p_type != PT_LOAD) {
                continue;
            }
            if (p.p_offset > bytes_.size() || bytes_.size() - p.p_offset < p.p_filesz ||
                p.p_vaddr > UINT64_MAX / 2 || p.p_memsz > UINT64_MAX / 4) {
                return "is cut short";
            }
            loads_.push_back(p);
            out_->image_bytes = std::max(out_->image_bytes, p.p_vaddr + p.p_memsz);
            if ((p.p_flags & PF_X) != 0) {
                out_->code.push_back({p.p_vaddr, p.p_memsz});
            }
        }
        note_data();
        return dynamic_.p_type != PT_DYNAMIC ? "has no dynamic section" : nullptr;
    }

    // The dynamic linker makes whole pages of the sealed range read-only.
    void note_data() noexcept {
        constexpr uint64_t page = 4096;
        const uint64_t sealed_end = (sealed_.p_vaddr + sealed_.p_memsz) & ~(page - 1);
        for (const Elf64_Phdr& p : loads_) {
            if ((p.p_flags & PF_W) == 0) {
                continue;
            }
            uint64_t start = p.p_vaddr;
            const uint64_t end = p.p_vaddr + p.p_memsz;
            if (sealed_.p_memsz != 0 && sealed_.p_vaddr >= start && sealed_.p_vaddr < end) {
                start = std::min(end, std::max(start, sealed_end));
            }
            if (start < end) {
                out_->data.push_back({start, end - start});
            }
        }
    }

    // File offset of an address of the image; false when no segment's file part holds it.
    bool offset_of(uint64_t address, uint64_t& offset) const noexcept {
        for (const Elf64_Phdr& p : loads_) {
            if (address >= p.p_vaddr && address - p.p_vaddr < p.p_filesz) {
                offset = p.p_offset + (address - p.p_vaddr);
                return true;
            }
        }
        return false;
    }

    const char* read_dynamic() noexcept {
        std::vector<uint64_t> needed;
        for (uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic_.p_filesz;
             at += sizeof(Elf64_Dyn)) {
            Elf64_Dyn d;
            if (!read_at(bytes_, dynamic_.p_offset + at, d)) {
                return "is cut short";
            }
            if (d.d_tag == DT_NULL) {
                break;
            }
            if (d.d_tag == DT_NEEDED) {
                needed.push_back(d.d_un.d_val);
            } else if (!note_address(d)) {
                note_lifecycle(d, dynamic_.p_offset + at);
            }
        }
        if (symbols_ == 0 || strings_ == 0 || !offset_of(symbols_, symbols_offset_) ||
            !offset_of(strings_, strings_offset_)) {
            return "has no dynamic symbols";
        }
        for (uint64_t name : needed) {
            out_->needed.push_back(string_at(name));
        }
        return nullptr;
    }

    bool note_address(const Elf64_Dyn& d) noexcept {
        switch (d.d_tag) {
            case DT_SYMTAB:
                symbols_ = d.d_un.d_ptr;
                return true;
            case DT_STRTAB:
                strings_ = d.d_un.d_ptr;
                return true;
            case DT_STRSZ:
                strings_bytes_ = d.d_un.d_val;
                return true;
            case DT_HASH:
                hash_ = d.d_un.d_ptr;
                return true;
            case DT_GNU_HASH:
                gnu_hash_ = d.d_un.d_ptr;
                return true;
            default:
                return false;
        }
    }

    void note_lifecycle(const Elf64_Dyn& d, size_t tag_offset) noexcept {
        switch (d.d_tag) {
            case DT_INIT:
                out_->init = d.d_un.d_ptr;
                break;
            case DT_FINI:
                out_->fini = d.d_un.d_ptr;
                break;
            case DT_INIT_ARRAY:
                out_->init_array = d.d_un.d_ptr;
                break;
            case DT_FINI_ARRAY:
                out_->fini_array = d.d_un.d_ptr;
                break;
            case DT_INIT_ARRAYSZ:
                out_->init_array_bytes = d.d_un.d_val;
                return;
            case DT_FINI_ARRAYSZ:
                out_->fini_array_bytes = d.d_un.d_val;
                return;
            default:
                return;
        }
        out_->lifecycle_tags.push_back(tag_offset);
    }

    std::string string_at(uint64_t index) const {
        const uint64_t start = strings_offset_ + index;
        if (index >= strings_bytes_ || start >= bytes_.size()) {
            return {};
        }
        const char* text = reinterpret_cast<const char*>(bytes_.data()) + start;
        const uint64_t room = std::min<uint64_t>(bytes_.size() - start, strings_bytes_ - index);
        return {text, strnlen(text, room)};
    }

    // How many symbols the file has. The dynamic section does not say; the hash tables do.
    bool symbol_count(uint64_t& count) const noexcept {
        uint64_t offset = 0;
        uint32_t words[4];
        if (hash_ != 0 && offset_of(hash_, offset) && read_at(bytes_, offset, words)) {
            count = words[1];
            return true;
        }
        if (gnu_hash_ == 0 || !offset_of(gnu_hash_, offset) || !read_at(bytes_, offset, words)) {
            return false;
        }
        const uint64_t buckets = offset + sizeof words + uint64_t{words[2]} * 8;
        const uint64_t chains = buckets + uint64_t{words[0]} * 4;
        uint32_t last = 0;
        for (uint32_t i = 0; i < words[0]; ++i) {
            uint32_t first = 0;
            if (!read_at(bytes_, buckets + uint64_t{i} * 4, first)) {
                return false;
            }
            last = std::max(last, first);
        }
        if (last < words[1]) {
            count = words[1];
            return true;
        }
        // The chain of the last bucket ends at an odd hash.
        uint32_t hash = 0;
        while ((hash & 1) == 0) {
            if (!read_at(bytes_, chains + uint64_t{last - words[1]} * 4, hash)) {
                return false;
            }
            ++last;
        }
        count = last;
        return true;
    }

    const char* read_symbols() noexcept {
        uint64_t count = 0;
        if (!symbol_count(count)) {
            return "has no symbol hash table";
        }
        for (uint64_t i = 1; i < count; ++i) {
            Elf64_Sym s;
            if (!read_at(bytes_, symbols_offset_ + i * sizeof s, s)) {
                return "is cut short";
            }
            note_symbol(s);
        }
        return nullptr;
    }

    void note_symbol(const Elf64_Sym& s) {
        const unsigned bind = ELF64_ST_BIND(s.st_info);
        if (bind == STB_LOCAL) {
            return;
        }
        std::string name = string_at(s.st_name);
        if (name == "__asan_init") {
            out_->address_sanitizer = true;
        } else if (name == "__tsan_init") {
            out_->thread_sanitizer = true;
        }
        if (s.st_shndx != SHN_UNDEF) {
            if (bind == STB_GNU_UNIQUE) {
                out_->unique.push_back(name);
            }
            out_->exports.push_back(std::move(name));
        } else if (bind == STB_WEAK) {
            out_->weak_imports.push_back(std::move(name));
        } else {
            out_->imports.push_back(std::move(name));
        }
    }

    std::span<const std::byte> bytes_;
    elf_file* out_;
    Elf64_Ehdr header_{};
    Elf64_Phdr dynamic_{};
    Elf64_Phdr sealed_{};  // PT_GNU_RELRO
    std::vector<Elf64_Phdr> loads_;
    uint64_t symbols_ = 0;
    uint64_t symbols_offset_ = 0;
    uint64_t strings_ = 0;
    uint64_t strings_offset_ = 0;
    uint64_t strings_bytes_ = 0;
    uint64_t hash_ = 0;
    uint64_t gnu_hash_ = 0;
};

bool starts_with(const std::string& name, const char* prefix) noexcept {
    return name.compare(0, std::strlen(prefix), prefix) == 0;
}

bool strip_prefix(std::string& name, const char* prefix) noexcept {
    if (!starts_with(name, prefix)) {
        return false;
    }
    name.erase(0, std::strlen(prefix));
    return true;
}

}  // namespace

bool elf_file::defines(const char* name) const noexcept {
    return std::find(exports.begin(), exports.end(), name) != exports.end();
}

bool parse_elf(std::span<const std::byte> bytes, elf_file& out, std::string& why) noexcept {
    out = {};
    if (const char* text = parser(bytes, out).run()) {
        why = text;
        return false;
    }
    return true;
}

const char* forbidden_import(const std::string& name) noexcept {
    // Fortified variants (__swprintf_chk) and C23 ones (__isoc99_swscanf) count as the plain name.
    std::string plain = name;
    if (strip_prefix(plain, "__isoc99_") || strip_prefix(plain, "__isoc23_")) {
    } else if (plain.size() > 6 && starts_with(plain, "__") &&
               plain.compare(plain.size() - 4, 4, "_chk") == 0) {
        plain = plain.substr(2, plain.size() - 6);
    }
    static constexpr const char* wide[] = {"wcs",   "wmem",   "isw",   "tow",   "btowc", "wctob",
                                           "wcto",  "fgetw",  "fputw", "getw",  "putw",  "ungetwc",
                                           "mbsto", "mbsrto", "mbto",  "mbrto", "wcrto", "wcsto"};
    for (const char* prefix : wide) {
        if (starts_with(plain, prefix)) {
            return "have 32-bit wide characters where a driver has 16-bit ones";
        }
    }
    static constexpr const char* formatted[] = {
        "printf",   "fprintf",   "sprintf",  "snprintf", "vprintf",   "vfprintf",
        "vsprintf", "vsnprintf", "dprintf",  "vdprintf", "asprintf",  "vasprintf",
        "wprintf",  "fwprintf",  "swprintf", "vwprintf", "vfwprintf", "vswprintf",
        "scanf",    "fscanf",    "sscanf",   "vscanf",   "vfscanf",   "vsscanf",
        "wscanf",   "fwscanf",   "swscanf",  "vwscanf",  "vfwscanf",  "vswscanf"};
    for (const char* one : formatted) {
        if (plain == one) {
            return "read 64-bit longs and 32-bit wide characters where a driver has 32 and 16 bits";
        }
    }
    static constexpr const char* ending[] = {"abort", "exit", "_exit", "_Exit", "quick_exit"};
    for (const char* one : ending) {
        if (plain == one) {
            return "end the process, where a driver has KeBugCheckEx";
        }
    }
    return nullptr;
}

}  // namespace loader
