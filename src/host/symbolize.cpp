// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/symbolize.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <unistd.h>

#include "host/mutex.hpp"

namespace host {
namespace {

struct image {
    image* next;
    char name[64];
    char path[4096];
    uintptr_t base;
    size_t bytes;
    Dwfl* symbols;  // guarded by lock_; opened by the first lookup
    bool opened;
};

// Pushed with release by add_image, walked with acquire by anybody; never popped.
constinit std::atomic<image*> images_{nullptr};
// libdw is not thread safe. Leaf: reports are written with other locks free or the process ending.
constinit mutex lock_{base::lock_rank::leaf};
Dwfl* process_ OPENWSK_GUARDED_BY(lock_) = nullptr;

const Dwfl_Callbacks file_callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = nullptr,
};
const Dwfl_Callbacks process_callbacks = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = nullptr,
    .debuginfo_path = nullptr,
};

void copy(char* out, size_t capacity, const char* text) noexcept {
    if (text == nullptr) {
        text = "";
    }
    std::snprintf(out, capacity, "%s", text);
}

const char* file_name(const char* path) noexcept {
    const char* slash = std::strrchr(path, '/');
    return slash != nullptr ? slash + 1 : path;
}

image* image_of(const void* address) noexcept {
    const auto a = reinterpret_cast<uintptr_t>(address);
    for (image* i = images_.load(std::memory_order_acquire); i != nullptr; i = i->next) {
        if (a - i->base < i->bytes) {
            return i;
        }
    }
    return nullptr;
}

Dwfl* open_image(image& i) noexcept OPENWSK_REQUIRES(lock_) {
    if (!i.opened) {
        i.opened = true;
        Dwfl* session = dwfl_begin(&file_callbacks);
        if (session != nullptr) {
            dwfl_report_begin(session);
            if (dwfl_report_elf(session, i.name, i.path, -1, i.base, false) != nullptr) {
                i.symbols = session;
            }
            dwfl_report_end(session, nullptr, nullptr);
            if (i.symbols == nullptr) {
                dwfl_end(session);
            }
        }
    }
    return i.symbols;
}

// Mappings change (a driver's library, a dlopen), so an unknown address is worth a second look.
Dwfl* open_process(Dwarf_Addr address) noexcept OPENWSK_REQUIRES(lock_) {
    if (process_ == nullptr) {
        process_ = dwfl_begin(&process_callbacks);
    } else if (dwfl_addrmodule(process_, address) != nullptr) {
        return process_;
    }
    if (process_ != nullptr) {
        dwfl_report_begin(process_);
        dwfl_linux_proc_report(process_, getpid());
        dwfl_report_end(process_, nullptr, nullptr);
    }
    return process_;
}

void name_function(const char* symbol, location& out) noexcept {
    // C functions have names that the demangler takes for types: Dpc for a pack of char.
    int failed = 0;
    char* plain = std::strncmp(symbol, "_Z", 2) == 0
                      ? abi::__cxa_demangle(symbol, nullptr, nullptr, &failed)
                      : nullptr;
    copy(out.function, sizeof out.function, plain != nullptr ? plain : symbol);
    std::free(plain);
}

bool in_driver_headers(const char* file) noexcept {
    return std::strstr(file, "/include/wdk/") != nullptr;
}

// A part of a function that the compiler had split off ("f.part.0") and inlined again, or f itself.
bool is_part_of(const char* function, const char* name) noexcept {
    const size_t n = std::strlen(name);
    return std::strncmp(function, name, n) == 0 && std::strchr(".( ", function[n]) != nullptr;
}

// Code that was inlined is named after the function it was written in. What an inline function of
// the driver headers calls (ExAllocatePoolZero) is shown where the driver called that function.
void name_inlined(Dwfl_Module* module, uintptr_t address, location& out) noexcept {
    Dwarf_Addr bias = 0;
    Dwarf_Die* unit = dwfl_module_addrdie(module, address, &bias);
    Dwarf_Die* scopes = nullptr;
    Dwarf_Files* files = nullptr;
    size_t file_count = 0;
    if (unit == nullptr || dwarf_getsrcfiles(unit, &files, &file_count) != 0) {
        return;
    }
    // Behind an inlined function the scopes of an address are those of its definition; what it was
    // inlined into is where its entry lies.
    Dwarf_Die* innermost = nullptr;
    const bool found = dwarf_getscopes(unit, address - bias, &innermost) > 0;
    const int count = found ? dwarf_getscopes_die(&innermost[0], &scopes) : 0;
    std::free(innermost);
    for (int i = 0; i < count; ++i) {
        Dwarf_Attribute attribute;
        Dwarf_Word file = 0;
        Dwarf_Word line = 0;
        if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine) {
            continue;
        }
        if (!in_driver_headers(out.file)) {
            const char* name = dwarf_diename(&scopes[i]);
            if (name != nullptr && !is_part_of(out.function, name)) {
                copy(out.inlined, sizeof out.inlined, name);
            }
            break;
        }
        if (dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_file, &attribute), &file) == 0 &&
            dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_line, &attribute), &line) == 0) {
            copy(out.file, sizeof out.file, dwarf_filesrc(files, file, nullptr, nullptr));
            out.line = static_cast<uint32_t>(line);
        }
    }
    std::free(scopes);
}

void name_line(Dwfl_Module* module, uintptr_t address, location& out) noexcept {
    if (Dwfl_Line* line = dwfl_module_getsrc(module, address)) {
        int number = 0;
        const char* file = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
        copy(out.file, sizeof out.file, file);
        out.line = number > 0 ? static_cast<uint32_t>(number) : 0;
    }
}

void ask(Dwfl* session, uintptr_t address, location& out) noexcept OPENWSK_REQUIRES(lock_) {
    Dwfl_Module* module = dwfl_addrmodule(session, address);
    if (module == nullptr) {
        return;
    }
    if (out.image[0] == 0) {
        const char* name =
            dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
        copy(out.image, sizeof out.image, file_name(name != nullptr ? name : "?"));
        Dwarf_Addr start = 0;
        dwfl_module_info(module, nullptr, &start, nullptr, nullptr, nullptr, nullptr, nullptr);
        out.offset = address - start;
    }
    GElf_Off offset = 0;
    GElf_Sym symbol;
    if (const char* name =
            dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr)) {
        name_function(name, out);
        out.offset = offset;
    }
    name_line(module, address, out);
    if (out.line == 0 && out.function[0] != 0) {
        // Code of the compiler's own (a check before the function returns): where it begins.
        name_line(module, address - out.offset, out);
    }
    if (out.line != 0) {
        if (out.driver) {
            name_inlined(module, address, out);
        }
    }
}

size_t write_location(const location& at, const void* address, char* text,
                      size_t capacity) noexcept {
    int n = 0;
    if (at.image[0] == 0) {
        n = std::snprintf(text, capacity, "%p", address);
    } else if (at.function[0] == 0) {
        n = std::snprintf(text, capacity, "%s+0x%llx", at.image,
                          static_cast<unsigned long long>(at.offset));
    } else if (at.line == 0) {
        n = std::snprintf(text, capacity, "%s!%s+0x%llx", at.image, at.function,
                          static_cast<unsigned long long>(at.offset));
    } else if (at.inlined[0] != 0) {
        n = std::snprintf(text, capacity, "%s!%s, inlined into %s+0x%llx (%s:%u)", at.image,
                          at.inlined, at.function, static_cast<unsigned long long>(at.offset),
                          file_name(at.file), at.line);
    } else {
        n = std::snprintf(text, capacity, "%s!%s+0x%llx (%s:%u)", at.image, at.function,
                          static_cast<unsigned long long>(at.offset), file_name(at.file), at.line);
    }
    return std::min(n > 0 ? static_cast<size_t>(n) : 0, capacity > 0 ? capacity - 1 : 0);
}

}  // namespace

bool add_image(const char* name, const char* path, const void* base, size_t bytes) noexcept {
    auto* i = new (std::nothrow) image{};
    if (i == nullptr) {
        return false;
    }
    copy(i->name, sizeof i->name, name);
    copy(i->path, sizeof i->path, path);
    i->base = reinterpret_cast<uintptr_t>(base);
    i->bytes = bytes;
    i->next = images_.load(std::memory_order_relaxed);
    while (!images_.compare_exchange_weak(i->next, i, std::memory_order_release,
                                          std::memory_order_relaxed)) {
    }
    return true;
}

bool in_driver(const void* address) noexcept {
    return image_of(address) != nullptr;
}

void locate(const void* address, location& out) noexcept {
    out = location{};
    const auto a = reinterpret_cast<uintptr_t>(address);
    image* i = image_of(address);
    guard g(lock_);
    if (i != nullptr) {
        copy(out.image, sizeof out.image, i->name);
        out.offset = a - i->base;
        out.driver = true;
    }
    Dwfl* session = i != nullptr ? open_image(*i) : open_process(a);
    if (session != nullptr) {
        ask(session, a, out);
    }
}

size_t describe_address(const void* address, char* text, size_t capacity) noexcept {
    location at;
    locate(address, at);
    return write_location(at, address, text, capacity);
}

size_t describe_return(const void* address, char* text, size_t capacity) noexcept {
    location at;
    locate(static_cast<const char*>(address) - 1, at);
    if (at.function[0] == 0) {
        // Nothing lies before it: the beginning of a function, a callback.
        locate(address, at);
    } else if (at.image[0] != 0) {
        ++at.offset;
    }
    return write_location(at, address, text, capacity);
}

size_t describe_function(const void* address, char* text, size_t capacity) noexcept {
    location at;
    locate(address, at);
    std::string_view name = at.function;
    constexpr std::string_view local = "(anonymous namespace)::";
    if (const size_t place = name.find(local); place != std::string_view::npos) {
        name.remove_prefix(place + local.size());
    }
    name = name.substr(0, name.find('('));
    if (const size_t colons = name.rfind("::"); colons != std::string_view::npos) {
        name.remove_prefix(colons + 2);
    }
    if (name.empty()) {
        return write_location(at, address, text, capacity);
    }
    const int n = std::snprintf(text, capacity, "%.*s", static_cast<int>(name.size()), name.data());
    return std::min(static_cast<size_t>(n), capacity > 0 ? capacity - 1 : 0);
}

}  // namespace host
