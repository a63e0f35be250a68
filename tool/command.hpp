// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the parts of the command share: the options that main.cpp reads and the functions that
// carry out a subcommand. Each returns the exit code of the process (enum openwsk_exit_code).

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <openwsk/machine.h>

namespace tool {

/// How sources are compiled.
struct compile_options {
    std::vector<std::string> include_folders;
    std::vector<std::string> definitions;
    std::vector<std::string> extra;  ///< passed to the compiler as they are
    std::string compiler;            ///< "gcc", "clang", or empty: as the tool was built
    std::string sanitize;            ///< "address", "thread", or empty
    bool verbose = false;            ///< shows the commands
};

struct cc_options {
    std::vector<std::string> sources;
    std::string output;
    compile_options compile;
};

/// What run and explore have in common: drivers, and the machine they run on.
struct driver_options {
    std::vector<std::string> drivers;  ///< .so files and sources, in the order given
    compile_options compile;
    std::vector<std::string> parameters;  ///< [driver:]name=value
    std::string text_filter;
    std::string completions = "deferred";
    std::string verification = "standard";
    std::string json;
    std::string time;  ///< of --for
    std::string stuck_after = "2s";
    std::string wsk_ready_after = "0s";
    std::string files;  ///< the folder that is volume C:; empty: none
    uint64_t seed = 1;
    uint32_t processors = 0;
    uint32_t io_threads = 0;
    bool nmr_idle_success = false;
    bool quiet = false;
};

struct run_options : driver_options {  ///< without --for: until a signal
    bool no_prefix = false;
};

struct explore_options : driver_options {  ///< without --for: unloads at once
    std::string strategy = "random";
    std::string replay;
    std::string preemptions = "2";  ///< a number or "unbounded"
    uint64_t schedules = 1000;
    uint64_t steps = 200000;
    uint32_t depth = 3;
    bool replays = false;
};

int run(const run_options& options, char** argv);
int explore(const explore_options& options, int argc, char** argv);
int cc(const cc_options& options);
int imports(const std::string& path, char** argv);
int explain(const std::vector<std::string>& what);

/// Checks the options, replaces the process by the variant that the drivers need, compiles what is
/// source: drivers are the files to load. False after a message.
bool prepare_drivers(const driver_options& options, char** argv, std::vector<std::string>& drivers);

openwsk_machine_options machine_options_of(const driver_options& options);

/// A value of a service's key.
struct parameter {
    std::string service;
    std::string name;
    std::string text;
    bool is_number;
    uint32_t number;
};

/// The values of --param that are for the driver at path.
std::vector<parameter> parameters_of(const driver_options& options, const std::string& path);

/// Compiles and links sources as one driver. False, after the compiler's own messages, when that
/// fails; the message says what else is wrong.
bool compile(const std::vector<std::string>& sources, const std::string& output,
             const compile_options& options, std::string& message);

/// A file for the driver that is made of these sources, in the user's cache folder.
std::string cache_file(const std::vector<std::string>& sources, const compile_options& options);

bool is_source(const std::string& path);
bool is_cxx(const std::string& path);

/// Replaces the process by the tool of another variant ("plain", "asan", "tsan"). Returns only when
/// that is not possible, with the reason.
std::string exec_variant(const std::string& variant, char** argv);

/// The folder that holds share/openwsk, include and driver_flags.txt.
std::string share_folder();

/// "10s", "500ms", "2m", "1h", "5" (seconds). False when it is none.
bool parse_duration(const std::string& text, std::chrono::nanoseconds& out);

/// Up to two of the known words that the user may have meant.
std::vector<std::string> near(const std::string& word, const std::vector<std::string>& known);

/// Prints "openwsk: error: ..." to standard error.
void error(const std::string& text);
void note(const std::string& text);

enum class colors { automatic, always, never };
void choose_colors(colors when);
/// Wraps the text in a colour if that output has colours. code: "31" and so on.
std::string colored(const std::string& text, const char* code, int descriptor);

}  // namespace tool
