// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "loader/image.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <new>

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/annotate.hpp"
#include "base/raw_memory.hpp"
#include "host/symbolize.hpp"
#include "ke/callout.hpp"
#include "trace/event.hpp"
#include "wdk/abi/ntstatus.h"

namespace loader {
namespace {

// What outlives every image: the module, its name, and the symbols that the dynamic linker binds
// by name for the whole process.
struct resident {
    ke::module module;
    std::string name;
    std::vector<std::string> unique;
    resident* next;
};

// Pushed with release, read with acquire; never popped.
constinit std::atomic<resident*> residents_{nullptr};

bool fail(load_failure& why, int32_t status, std::string text,
          std::vector<std::string> names = {}) noexcept {
    why = {status, std::move(text), std::move(names)};
    return false;
}

bool read_file(const char* path, std::vector<std::byte>& out, load_failure& why) noexcept {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st {};
    if (fd < 0 || fstat(fd, &st) != 0) {
        const int error = errno;
        if (fd >= 0) {
            close(fd);
        }
        return fail(why, STATUS_OBJECT_NAME_NOT_FOUND,
                    std::string(path) + ": " + std::strerror(error));
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        return fail(why, STATUS_INVALID_IMAGE_FORMAT, std::string(path) + " is not a file");
    }
    out.resize(static_cast<size_t>(st.st_size));
    size_t done = 0;
    while (done < out.size()) {
        const ssize_t n = read(fd, out.data() + done, out.size() - done);
        if (n <= 0) {
            break;
        }
        done += static_cast<size_t>(n);
    }
    close(fd);
    return done == out.size() ||
           fail(why, STATUS_INVALID_IMAGE_FORMAT, std::string(path) + " cannot be read completely");
}

bool read_image(const char* path, std::vector<std::byte>& bytes, elf_file& file,
                load_failure& why) noexcept {
    std::string text;
    if (!read_file(path, bytes, why)) {
        return false;
    }
    return parse_elf(bytes, file, text) ||
           fail(why, STATUS_INVALID_IMAGE_FORMAT, std::string(path) + " " + text);
}

// Libraries the driver was linked with (libgcc_s, libstdc++, ...), kept open for good.
bool open_needed(const std::string& path, const elf_file& file, std::vector<void*>& libraries,
                 load_failure& why) noexcept {
    for (const std::string& name : file.needed) {
        if (name.find("libopenwsk.so") == 0) {
            continue;
        }
        void* library = dlopen(name.c_str(), RTLD_LAZY | RTLD_LOCAL);
        if (library == nullptr) {
            return fail(why, STATUS_DLL_NOT_FOUND, path + ": " + dlerror());
        }
        libraries.push_back(library);
    }
    return true;
}

// The runtime's own object: this library, or the program that a test linked it into.
void* runtime_handle() noexcept {
    Dl_info info{};
    if (dladdr(reinterpret_cast<const void*>(&runtime_handle), &info) == 0) {
        return nullptr;
    }
    // Global from now on, also when a program opened the library with RTLD_LOCAL.
    return dlopen(info.dli_fname, RTLD_LAZY | RTLD_GLOBAL | RTLD_NOLOAD);
}

bool in_runtime(const void* address) noexcept {
    Dl_info mine{};
    Dl_info theirs{};
    return dladdr(reinterpret_cast<const void*>(&runtime_handle), &mine) != 0 &&
           dladdr(address, &theirs) != 0 && mine.dli_fbase == theirs.dli_fbase;
}

void* find_provided(const std::string& name, const std::vector<void*>& libraries) noexcept {
    if (void* address = dlsym(RTLD_DEFAULT, name.c_str())) {
        return address;
    }
    for (void* library : libraries) {
        if (void* address = dlsym(library, name.c_str())) {
            return address;
        }
    }
    return nullptr;
}

bool check_sanitizer(const char* path, const elf_file& file, load_failure& why) noexcept {
    if (file.address_sanitizer && OPENWSK_ASAN == 0) {
        return fail(why, wrong_variant.code(),
                    std::string(path) +
                        " was built with the address sanitizer; this runtime "
                        "was not (use the variant lib/openwsk/asan)");
    }
    if (file.thread_sanitizer && OPENWSK_TSAN == 0) {
        return fail(why, wrong_variant.code(),
                    std::string(path) +
                        " was built with the thread sanitizer; this runtime "
                        "was not (use the variant lib/openwsk/tsan)");
    }
    return true;
}

bool check_imports(const std::string& path, const elf_file& file, load_failure& why) noexcept {
    std::vector<void*> libraries;
    if (!open_needed(path, file, libraries, why)) {
        return false;
    }
    std::vector<std::string> missing;
    std::vector<std::string> refused;
    const char* reason = nullptr;
    for (const std::string& name : file.imports) {
        if (find_provided(name, libraries) == nullptr) {
            missing.push_back(name);
        } else if (const char* text = forbidden_import(name)) {
            refused.push_back(name);
            reason = text;
        }
    }
    std::sort(missing.begin(), missing.end());
    std::sort(refused.begin(), refused.end());
    if (!missing.empty()) {
        const std::string text =
            missing.size() == 1
                ? " imports a name that is not implemented"
                : " imports " + std::to_string(missing.size()) + " names that are not implemented";
        return fail(why, STATUS_DRIVER_UNABLE_TO_LOAD, path + text, std::move(missing));
    }
    if (!refused.empty()) {
        const std::string text = std::string(" imports functions of the C library that ") + reason +
                                 " (the driver headers declare the driver's own)";
        return fail(why, STATUS_DRIVER_UNABLE_TO_LOAD, path + text, std::move(refused));
    }
    return true;
}

bool check_entry(const char* path, const elf_file& file, load_failure& why) noexcept {
    if (file.defines("DriverEntry")) {
        return true;
    }
    for (const std::string& name : file.exports) {
        if (name.find("_Z11DriverEntry") == 0) {
            return fail(why, STATUS_DRIVER_ENTRYPOINT_NOT_FOUND,
                        std::string(path) +
                            " exports a C++ function DriverEntry; declare it "
                            "extern \"C\"");
        }
    }
    return fail(why, STATUS_DRIVER_ENTRYPOINT_NOT_FOUND,
                std::string(path) + " does not export DriverEntry");
}

bool check_unique(const char* path, const elf_file& file, load_failure& why) noexcept {
    for (resident* r = residents_.load(std::memory_order_acquire); r != nullptr; r = r->next) {
        for (const std::string& name : file.unique) {
            if (std::find(r->unique.begin(), r->unique.end(), name) != r->unique.end()) {
                return fail(why, STATUS_IMAGE_ALREADY_LOADED,
                            std::string(path) +
                                " shares symbols that are unique in the process "
                                "with " +
                                r->name +
                                ", which is loaded; compile both with "
                                "-fno-gnu-unique",
                            {name});
            }
        }
    }
    return true;
}

// A file in memory with the bytes, its lifecycle tags hidden. -1 on failure.
int make_copy(const std::string& name, std::vector<std::byte>& bytes,
              const elf_file& file) noexcept {
    // A tag in the range for operating systems that glibc ignores.
    constexpr uint64_t hidden = 0x60004f57;
    for (size_t at : file.lifecycle_tags) {
        std::memcpy(bytes.data() + at, &hidden, sizeof hidden);
    }
    const int fd = memfd_create(name.c_str(), MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < bytes.size()) {
        const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
        if (n <= 0) {
            close(fd);
            return -1;
        }
        done += static_cast<size_t>(n);
    }
    return fd;
}

// The descriptor stays open: debuggers and sanitizers read symbols through the path, which names
// the process so that they can.
void* open_copy(int fd) noexcept {
    const std::string path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(fd);
    return dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
}

}  // namespace

std::string stem_of(const char* path) {
    const char* slash = std::strrchr(path, '/');
    std::string name = slash != nullptr ? slash + 1 : path;
    const size_t dot = name.rfind('.');
    return dot == std::string::npos || dot == 0 ? name : name.substr(0, dot);
}

const char* variant_for(const char* path) noexcept {
    std::vector<std::byte> bytes;
    elf_file file;
    load_failure why;
    if (!read_image(path, bytes, file, why)) {
        return nullptr;
    }
    return file.address_sanitizer ? "asan" : file.thread_sanitizer ? "tsan" : "plain";
}

bool list_imports(const char* path, image_imports& out, load_failure& why) noexcept {
    std::vector<std::byte> bytes;
    elf_file file;
    std::vector<void*> libraries;
    if (!read_image(path, bytes, file, why) || !open_needed(path, file, libraries, why)) {
        return false;
    }
    runtime_handle();
    out = {};
    out.address_sanitizer = file.address_sanitizer;
    out.thread_sanitizer = file.thread_sanitizer;
    for (const std::string& name : file.imports) {
        void* address = find_provided(name, libraries);
        const char* refused = address != nullptr ? forbidden_import(name) : nullptr;
        if (address == nullptr || refused != nullptr || in_runtime(address)) {
            out.entries.push_back({name, address != nullptr, refused});
        }
    }
    std::sort(out.entries.begin(), out.entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    return true;
}

std::unique_ptr<image> image::map(base::machine& m, const char* path, load_failure& why) noexcept {
    std::unique_ptr<image> made = map(path, why);
    if (made != nullptr) {
        made->module_->owner = &m;
        trace::emit(trace::event::driver_load, trace::value(made->module_->name),
                    trace::value(made->module_->base), made->module_->size);
    }
    return made;
}

std::unique_ptr<image> image::map(const char* path, load_failure& why) noexcept {
    std::unique_ptr<image> made(new (std::nothrow) image);
    std::vector<std::byte> bytes;
    if (made == nullptr) {
        fail(why, STATUS_INSUFFICIENT_RESOURCES, "out of memory");
        return nullptr;
    }
    elf_file& file = made->file_;
    runtime_handle();
    if (!read_image(path, bytes, file, why) || !check_entry(path, file, why) ||
        !check_sanitizer(path, file, why) || !check_imports(path, file, why) ||
        !check_unique(path, file, why)) {
        return nullptr;
    }
    made->path_ = path;
    made->name_ = stem_of(path);
    const int fd = make_copy(made->name_, bytes, file);
    if (fd < 0) {
        fail(why, STATUS_INSUFFICIENT_RESOURCES,
             std::string(path) + ": no memory for a copy: " + std::strerror(errno));
        return nullptr;
    }
    made->handle_ = open_copy(fd);
    link_map* map = nullptr;
    if (made->handle_ == nullptr || dlinfo(made->handle_, RTLD_DI_LINKMAP, &map) != 0) {
        fail(why, STATUS_DRIVER_UNABLE_TO_LOAD, std::string(path) + ": " + dlerror());
        close(fd);
        return nullptr;
    }
    made->bias_ = map->l_addr;

    auto* r = new resident{.module = {},
                           .name = made->name_,
                           .unique = std::move(file.unique),
                           .next = residents_.load(std::memory_order_relaxed)};
    made->module_ = &r->module;
    r->module.name = r->name.c_str();
    r->module.base = reinterpret_cast<const char*>(made->bias_);
    r->module.size = file.image_bytes;
    r->module.owner = nullptr;
    while (!residents_.compare_exchange_weak(r->next, r, std::memory_order_release,
                                             std::memory_order_relaxed)) {
    }
    ke::add_module(r->module);
    host::add_image(r->module.name, path, r->module.base, r->module.size);
    return made;
}

void image::run(uint64_t single, uint64_t array, uint64_t bytes, bool backwards) noexcept {
    using lifecycle_function = void (*)(int, char**, char**);
    const uint64_t count = bytes / sizeof(lifecycle_function);
    const auto* table = reinterpret_cast<const lifecycle_function*>(bias_ + array);
    auto call = [](lifecycle_function f) {
        ke::callout(ke::callout_kind::other, f, 0, static_cast<char**>(nullptr), environ);
    };
    if (single != 0 && !backwards) {
        call(reinterpret_cast<lifecycle_function>(bias_ + single));
    }
    for (uint64_t i = 0; i < count; ++i) {
        lifecycle_function f = table[backwards ? count - 1 - i : i];
        // Entries 0 and -1 are ends of old tables.
        if (f != nullptr && f != reinterpret_cast<lifecycle_function>(UINTPTR_MAX)) {
            call(f);
        }
    }
    if (single != 0 && backwards) {
        call(reinterpret_cast<lifecycle_function>(bias_ + single));
    }
}

void image::construct() noexcept {
    OPENWSK_ASSERT(state_ == state::mapped);
    state_ = state::constructed;
    run(file_.init, file_.init_array, file_.init_array_bytes, false);
}

void image::destruct() noexcept {
    if (state_ == state::constructed) {
        state_ = state::destructed;
        run(file_.fini, file_.fini_array, file_.fini_array_bytes, true);
    }
}

void image::seal() noexcept {
    OPENWSK_ASSERT(state_ != state::constructed && state_ != state::sealed);
    state_ = state::sealed;
    module_->unloaded.store(true, std::memory_order_release);
    protect_code(PROT_NONE);
    trace::emit(trace::event::driver_unload, trace::value(module_->name));
}

void image::protect_code(int protection) const noexcept {
    const uint64_t page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    for (const elf_file::range& r : file_.code) {
        const uint64_t start = (bias_ + r.start) & ~(page - 1);
        const uint64_t end = (bias_ + r.start + r.bytes + page - 1) & ~(page - 1);
        const int rc = mprotect(reinterpret_cast<void*>(start), end - start, protection);
        OPENWSK_ASSERT(rc == 0);
    }
}

void image::keep() noexcept {
    OPENWSK_ASSERT(state_ == state::mapped);
    kept_.clear();
    for (const elf_file::range& r : file_.data) {
        kept_.emplace_back(r.bytes);
        base::copy_raw(kept_.back().data(), reinterpret_cast<const void*>(bias_ + r.start),
                       r.bytes);
    }
}

void image::rewind(base::machine& m) noexcept {
    OPENWSK_ASSERT(kept_.size() == file_.data.size());
    for (size_t i = 0; i < kept_.size(); ++i) {
        void* globals = reinterpret_cast<void*>(bias_ + file_.data[i].start);
        base::copy_raw(globals, kept_[i].data(), kept_[i].size());
    }
    if (state_ == state::sealed) {
        protect_code(PROT_READ | PROT_EXEC);
    }
    state_ = state::mapped;
    module_->owner = &m;
    module_->unloaded.store(false, std::memory_order_relaxed);
    ke::forget_uses(*module_);
    trace::emit(trace::event::driver_load, trace::value(module_->name), trace::value(module_->base),
                module_->size);
}

void* image::symbol(const char* name) const noexcept {
    return dlsym(handle_, name);
}

}  // namespace loader
