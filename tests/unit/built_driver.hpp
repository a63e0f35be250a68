// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Drivers that unit tests compile for themselves, without the driver headers: a few lines of C or
// C++ that know no more of DRIVER_OBJECT than where DriverUnload lies.

#pragma once

#include <cstdlib>
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

/// Compiles the text as <name>.so in the test's folder and returns its path.
inline std::string driver(const std::string& name, const std::string& text, bool cxx = false,
                          const std::string& flags = "") {
    const std::string stem = std::string(OPENWSK_TEST_BINARY_DIR) + "/" + name;
    const std::string source = stem + (cxx ? ".cpp" : ".c");
    std::ofstream(source) << prelude << text;
    const char* given = std::getenv(cxx ? "CXX" : "CC");
    const std::string compiler = given != nullptr ? given : cxx ? "c++" : "cc";
    const std::string command = compiler + " -g -O1 -fPIC -shared -fno-omit-frame-pointer " +
                                flags + " -o " + stem + ".so " + source;
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return stem + ".so";
}

}  // namespace built
