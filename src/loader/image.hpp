// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A driver file in memory.
//
// Each load is a private copy of the file (a memory file with a name of its own, so that the
// dynamic linker cannot share it): one driver can run on two machines, or twice on one, with
// separate globals, and rebuilding the file disturbs nobody. In the copy the tags of constructors
// and destructors are hidden from the dynamic linker; the driver's static constructors run when the
// image is known as a module, before DriverEntry, and its static destructors after DriverUnload,
// both through the gate.
//
// What would fail later or fail silently is refused before the file is mapped: NT names the
// runtime lacks (all of them at once), libc functions with another wchar_t, the wrong sanitizer,
// a second load of a file whose GNU-unique symbols the dynamic linker would share.
//
// A simulation runs one image many times: rewind sets it back to the state after map. What the
// driver writes to its globals, and what the runtime keeps with the image, is gone then.
//
// An image is never unmapped. Unloading makes its code inaccessible; its data stays, since a late
// thread may still read a string there, and its name stays, so that a late call is reported by
// name.
//
// State:  mapped -> constructed [construct]; constructed -> destructed [destruct];
//         mapped | destructed -> sealed [seal]; any -> mapped [rewind].

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.hpp"
#include "ke/module.hpp"
#include "loader/elf.hpp"
#include "wdk/abi/ntstatus.h"

namespace loader {

/// Why a driver could not be loaded: one sentence, and the names it is about.
struct load_failure {
    base::status status;
    std::string text;
    std::vector<std::string> names;
};

/// The status of a failure that another variant of the runtime would not have.
inline constexpr base::status wrong_variant{STATUS_IMAGE_MP_UP_MISMATCH};

/// "plain", "asan" or "tsan"; null when the file cannot be read or is no driver.
const char* variant_for(const char* path) noexcept;

/// What a file would need of the runtime. imports are all names that are not from libraries.
struct image_imports {
    struct entry {
        std::string name;
        bool provided;
        const char* refused;  ///< why a driver must not import it, or null
    };
    std::vector<entry> entries;
    bool address_sanitizer = false;
    bool thread_sanitizer = false;
};

/// Lists what the file imports, sorted: NT names and refused library functions.
bool list_imports(const char* path, image_imports& out, load_failure& why) noexcept;

class image {
public:
    /// Maps the file. Null on failure. The module is on the list of modules from then on.
    static std::unique_ptr<image> map(base::machine& m, const char* path,
                                      load_failure& why) noexcept;
    /// The same for machines to come: rewind names the first one.
    static std::unique_ptr<image> map(const char* path, load_failure& why) noexcept;
    image(const image&) = delete;
    image& operator=(const image&) = delete;
    ~image() = default;

    /// Runs static constructors. The caller is a thread of the machine at PASSIVE_LEVEL.
    void construct() noexcept;
    /// Runs static destructors; nothing if construct did not run.
    void destruct() noexcept;
    /// Makes the code inaccessible; a call into it is bug check 0xCE from now on.
    void seal() noexcept;

    /// Keeps what the driver's globals hold now, for rewind. Before construct.
    void keep() noexcept;
    /// Sets the image back to how it was at keep, for another machine. Nobody is inside it, or ever
    /// will be again.
    void rewind(base::machine& m) noexcept;

    /// Address of a defined symbol, or null.
    [[nodiscard]] void* symbol(const char* name) const noexcept;
    [[nodiscard]] ke::module& module() const noexcept { return *module_; }
    /// The file's name without folder and extension: "echo_server".
    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

private:
    enum class state : uint8_t { mapped, constructed, destructed, sealed };

    image() = default;
    void run(uint64_t single, uint64_t array, uint64_t bytes, bool backwards) noexcept;
    void protect_code(int protection) const noexcept;

    std::string path_;
    std::string name_;
    elf_file file_;
    void* handle_ = nullptr;        // of the dynamic linker; never closed
    uint64_t bias_ = 0;             // load address minus address in the file
    ke::module* module_ = nullptr;  // lives as long as the process
    state state_ = state::mapped;
    std::vector<std::vector<std::byte>> kept_;  // of file_.data
};

/// "echo_server" of "/x/echo_server.so".
std::string stem_of(const char* path);

}  // namespace loader
