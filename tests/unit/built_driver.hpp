// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Drivers that unit tests compile for themselves, without the driver headers: a few lines of C or
// C++ that know no more of DRIVER_OBJECT than where DriverUnload lies.

#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace built {

inline constexpr const char* prelude = R"(
typedef int NTSTATUS;
#ifdef __cplusplus
extern "C" {
#endif
unsigned DbgPrint(const char *, ...);
NTSTATUS DriverEntry(char *driver, void *path);
#ifdef __cplusplus
}
#endif
static inline void set_unload(char *driver, void (*unload)(char *)) {
    *(void (**)(char *))(driver + 104) = unload;
}
)";

/// Compiles the text as <name>.so in a folder of the running test's own and returns its path. The
/// same test may run in several processes at once: each builds under its own name, and what it
/// replaces stays whole for the others.
inline std::string driver(const std::string& name, const std::string& text, bool cxx = false,
                          const std::string& flags = "") {
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    const std::string folder = std::string(OPENWSK_TEST_BINARY_DIR) + "/drivers/" +
                               test.test_suite_name() + "." + test.name();
    std::filesystem::create_directories(folder);
    const std::string image = folder + "/" + name + ".so";
    const std::string built = image + "." + std::to_string(getpid());
    const std::string source = built + (cxx ? ".cpp" : ".c");
    std::ofstream(source) << prelude << text;
    const char* given = std::getenv(cxx ? "CXX" : "CC");
    const std::string compiler = given != nullptr ? given : cxx ? "c++" : "cc";
    const std::string command = compiler + " -g -O1 -fPIC -shared -fno-omit-frame-pointer " +
                                flags + " -o " + built + " " + source;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::filesystem::rename(built, image);
    std::filesystem::remove(source);
    return image;
}

}  // namespace built
