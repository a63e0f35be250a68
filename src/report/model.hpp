// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The report of a machine: one structure, filled once, that every sink (text, JSON) writes, so that
// they never disagree. It owns copies of everything; symbols are looked up when it is written.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/inspect.hpp"
#include "base/machine.hpp"
#include "loader/driver.hpp"
#include "verify/violation.hpp"

namespace report {

/// Objects of one kind and tag, made at one place in a driver.
struct leak {
    base::object_kind kind;
    uint32_t tag = 0;
    uint64_t count = 0;
    uint64_t bytes = 0;
    const void* site = nullptr;
    std::vector<const void*> frames;
    std::string text;  ///< details of the first one
};

struct driver_entry {
    std::string name;
    std::string path;
    loader::driver_state state;
    base::status entry_status;
    bool unloadable;
    std::vector<leak> leaks;
};

/// Exit codes, see openwsk/machine.h.
enum exit_code : int { clean = 0, found = 1, usage = 2, bug_check = 3, not_started = 4 };

struct model {
    uint64_t elapsed_ns = 0;
    uint64_t seed = 0;
    std::vector<driver_entry> drivers;
    std::vector<loader::load_failure> failures;  ///< drivers that could not be loaded
    std::vector<base::traffic_info> traffic;     ///< by ordinal
    std::vector<verify::finding> findings;
    exit_code code = clean;
};

model collect(base::machine& m);

/// Groups objects by kind, tag and site; larger groups first within a kind.
std::vector<leak> group(const std::vector<loader::held_object>& objects);

/// Receives a report in pieces.
struct output {
    void (*write)(void* context, const char* text, size_t length);
    void* context;

    void operator()(const std::string& text) const { write(context, text.data(), text.size()); }
};

/// A return address in a driver: "echo!EchoAccept+0x1f (echo.c:123)".
std::string place(const void* return_address);
/// "3 pool allocations", "1 IRP": every plural ends in s.
std::string counted(uint64_t n, base::object_kind kind);

void write_text(const model& m, const output& out);
void write_json(const model& m, const output& out);

/// What ends a process before its report.
enum class crash : uint8_t { bug_check, internal_error, sanitizer };

/// The JSON report of a process that ends by it; stop for a bug check, else null. Needs no memory
/// and no lock of its own.
void write_crash_json(crash kind, const verify::stop_info* stop, const char* text,
                      int descriptor) noexcept;

/// "running", "unloaded", ...
const char* name_of(loader::driver_state state) noexcept;

/// A pool tag as a developer writes it: 'Echo'.
std::string tag_text(uint32_t tag);

}  // namespace report
