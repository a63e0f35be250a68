// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The ELF reader: what it says of a real shared object agrees with what the dynamic linker says,
// and damaged files are refused without a fault (the address sanitizer watches the reads).

#include "loader/elf.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <gtest/gtest.h>

#include "base/prng.hpp"

namespace {

std::vector<std::byte> read_all(const std::string& path) {
    std::ifstream in(path, std::ios::binary | std::ios::ate);
    std::vector<std::byte> out(static_cast<size_t>(in.tellg()));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size()));
    EXPECT_TRUE(in.good()) << path;
    return out;
}

// libstdc++ as loaded in this process: large, with constructors, imports and needed libraries.
std::vector<std::byte> standard_library() {
    Dl_info info{};
    void* symbol = dlsym(RTLD_DEFAULT, "__cxa_demangle");
    EXPECT_NE(dladdr(symbol, &info), 0);
    return read_all(info.dli_fname);
}

bool holds(const std::vector<std::string>& list, const char* name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

TEST(loader_elf, reads_names_of_a_shared_object) {
    loader::elf_file file;
    std::string why;
    ASSERT_TRUE(loader::parse_elf(standard_library(), file, why)) << why;
    EXPECT_TRUE(file.defines("__cxa_demangle"));
    EXPECT_FALSE(file.defines("DriverEntry"));
    EXPECT_TRUE(holds(file.imports, "malloc"));
    EXPECT_FALSE(holds(file.imports, "__cxa_demangle"));
    EXPECT_TRUE(holds(file.needed, "libc.so.6"));
    EXPECT_FALSE(file.address_sanitizer);
    EXPECT_FALSE(file.thread_sanitizer);
    EXPECT_NE(file.init_array_bytes, 0u);
    EXPECT_FALSE(file.lifecycle_tags.empty());
    EXPECT_FALSE(file.code.empty());
    EXPECT_GT(file.image_bytes, 100000u);
}

TEST(loader_elf, every_export_is_found_by_the_dynamic_linker) {
    loader::elf_file file;
    std::string why;
    ASSERT_TRUE(loader::parse_elf(standard_library(), file, why)) << why;
    ASSERT_GT(file.exports.size(), 1000u);
    size_t found = 0;
    for (const std::string& name : file.exports) {
        found += dlsym(RTLD_DEFAULT, name.c_str()) != nullptr ? 1 : 0;
    }
    // Names with an old version only are not found without asking for it.
    EXPECT_GT(found * 100, file.exports.size() * 95);
}

TEST(loader_elf, refuses_what_is_no_shared_object_and_says_why) {
    loader::elf_file file;
    std::string why;
    EXPECT_FALSE(loader::parse_elf({}, file, why));
    EXPECT_EQ(why, "is not an ELF file");

    std::vector<std::byte> bytes = standard_library();
    auto* header = reinterpret_cast<Elf64_Ehdr*>(bytes.data());
    header->e_type = ET_REL;
    EXPECT_FALSE(loader::parse_elf(bytes, file, why));
    EXPECT_EQ(why, "is an object file; link it with -shared");
    header->e_type = ET_DYN;
    header->e_machine = EM_AARCH64;
    EXPECT_FALSE(loader::parse_elf(bytes, file, why));
    EXPECT_EQ(why, "is not built for x86-64");
}

TEST(loader_elf, refuses_a_position_independent_program) {
    loader::elf_file file;
    std::string why;
    EXPECT_FALSE(loader::parse_elf(read_all("/proc/self/exe"), file, why));
    EXPECT_EQ(why, "is a program, not a shared object");
}

TEST(loader_elf, survives_a_file_cut_anywhere_near_its_tables) {
    const std::vector<std::byte> whole = standard_library();
    loader::elf_file file;
    std::string why;
    base::prng random(1, 1);
    for (size_t length = 0; length < 4096; length += 7) {
        EXPECT_FALSE(loader::parse_elf({whole.data(), length}, file, why));
    }
    for (int i = 0; i < 50; ++i) {
        const std::vector<std::byte> cut(
            whole.begin(), whole.begin() + static_cast<ptrdiff_t>(random.below(whole.size())));
        EXPECT_FALSE(loader::parse_elf(cut, file, why));
        EXPECT_FALSE(why.empty());
    }
}

TEST(loader_elf, survives_flipped_bytes) {
    const std::vector<std::byte> whole = standard_library();
    loader::elf_file file;
    std::string why;
    base::prng random(2, 1);
    int refused = 0;
    for (int i = 0; i < 60; ++i) {
        std::vector<std::byte> damaged = whole;
        for (int k = 0; k < 8; ++k) {
            // Headers, hash table and symbols lie in the first part of the file.
            damaged[random.below(20000)] = static_cast<std::byte>(random.next());
        }
        why.clear();
        const bool parsed = loader::parse_elf(damaged, file, why);  // not crashing is most of it
        EXPECT_NE(parsed, !why.empty()) << why;
        refused += parsed ? 0 : 1;
    }
    EXPECT_GT(refused, 0);
}

TEST(loader_elf, names_libc_functions_that_a_driver_must_not_import) {
    for (const char* name :
         {"wcslen", "swprintf", "__swprintf_chk", "sprintf", "__snprintf_chk", "__isoc99_sscanf",
          "towupper", "iswalpha", "mbstowcs", "vsnprintf", "wmemcpy", "abort", "exit"}) {
        EXPECT_NE(loader::forbidden_import(name), nullptr) << name;
    }
    for (const char* name :
         {"memcpy", "__memcpy_chk", "strlen", "malloc", "__stack_chk_fail", "openwsk_wcslen",
          "RtlInitUnicodeString", "__cxa_finalize", "puts", "__printf_like_name"}) {
        EXPECT_EQ(loader::forbidden_import(name), nullptr) << name;
    }
}

}  // namespace
