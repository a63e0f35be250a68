// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Where the tool lies, and the way to the tool of another variant:
//
//     <prefix>/lib/openwsk/<variant>/openwsk      this program
//     <prefix>/share/openwsk                      headers and driver flags

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <openwsk/machine.h>
#include <sys/personality.h>
#include <unistd.h>

#include "tool/command.hpp"

namespace tool {
namespace {

std::filesystem::path own_folder() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

}  // namespace

std::string share_folder() {
    return (own_folder() / "../../../share/openwsk").lexically_normal().string();
}

std::string exec_variant(const std::string& variant, char** argv) {
    if (variant == openwsk_variant()) {
        return "this already is the variant " + variant;
    }
    const std::string path = (own_folder() / ".." / variant / "openwsk").lexically_normal();
    if (access(path.c_str(), X_OK) != 0) {
        return "the variant " + variant + " is not installed (" + path + ")";
    }
    if (variant != "plain") {
        // The sanitizers of gcc 12 and clang 14 need their shadow memory at a fixed place, which
        // strong address randomisation may occupy. Where switching it off is forbidden they
        // have to try.
        const int now = personality(0xffffffff);
        if (now != -1) {
            personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE);
        }
    }
    execv(path.c_str(), argv);
    return path + ": " + std::strerror(errno);
}

}  // namespace tool
