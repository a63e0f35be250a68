// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Compiles driver sources with the flags of driver_flags.txt, the same file that CMake reads
// (cmake/openwsk_driver.cmake). Each source is compiled on its own, because C and C++ have flags
// of their own, then all are linked.

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include <openwsk/machine.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tool/command.hpp"
#include "tool/includes.hpp"

extern "C" char** environ;

namespace tool {
namespace {

namespace fs = std::filesystem;
using arguments = std::vector<std::string>;

std::string extension(const std::string& path) {
    std::string out = fs::path(path).extension().string();
    for (char& c : out) {
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return out;
}

// The folders of libstdc++, as the compiler itself searches them.
arguments standard_library_folders(const std::string& compiler) {
    arguments out;
    const std::string command = compiler + " -E -v -x c++ /dev/null 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) {
        return out;
    }
    char line[4096];
    while (std::fgets(line, sizeof line, pipe) != nullptr) {
        std::string folder = line;
        while (!folder.empty() && std::isspace(static_cast<unsigned char>(folder.back())) != 0) {
            folder.pop_back();
        }
        folder.erase(0, folder.find_first_not_of(' '));
        const size_t at = folder.rfind("/backward");
        if (folder.compare(0, 1, "/") == 0 && folder.find("/c++/") != std::string::npos &&
            (at == std::string::npos || at + 9 != folder.size())) {
            out.push_back(folder);
        }
    }
    pclose(pipe);
    return out;
}

// The flags of the named sections, in file order; false when the file cannot be read.
bool read_flags(const arguments& sections, const std::string& cxx, arguments& out) {
    const std::string share = share_folder();
    std::ifstream in(share + "/driver_flags.txt");
    if (!in) {
        return false;
    }
    bool active = false;
    for (std::string line; std::getline(in, line);) {
        while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) {
            line.pop_back();
        }
        if (line.empty() || line[0] == '#') {
            continue;
        }
        if (line[0] == '[') {
            const std::string name = line.substr(1, line.size() - 2);
            active = std::find(sections.begin(), sections.end(), name) != sections.end();
        } else if (active && line == "@LIBSTDCXX@") {
            for (const std::string& folder : standard_library_folders(cxx)) {
                out.push_back("-isystem" + folder);
            }
        } else if (active) {
            for (size_t at; (at = line.find("@INCLUDE@")) != std::string::npos;) {
                line.replace(at, 9, share + "/include");
            }
            out.push_back(line);
        }
    }
    return true;
}

// Runs a program and waits for it. Its output goes where ours goes. -1 when it cannot be started.
int spawn(const arguments& command, bool verbose) {
    std::vector<char*> argv;
    std::string shown;
    for (const std::string& word : command) {
        argv.push_back(const_cast<char*>(word.c_str()));
        shown += (shown.empty() ? "" : " ") + word;
    }
    argv.push_back(nullptr);
    if (verbose) {
        std::fprintf(stderr, "%s\n", shown.c_str());
    }
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, argv[0], nullptr, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0) {
        errno = failed;
        return -1;
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// __try keeps local variables only where gcc compiles it without sanitizers; elsewhere the unit is
// not optimised.
bool uses_try(const std::string& source) {
    std::ifstream in(source, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return text.find("__try") != std::string::npos || text.find("_SEH2_TRY") != std::string::npos;
}

class compilation {
public:
    explicit compilation(const compile_options& options) : options_(options) {
        clang_ = options.compiler == "clang";
        if (options.compiler.empty()) {
#ifdef __clang__
            clang_ = true;
#endif
        }
        if (options.sanitize == "address") {
            sanitizers_ = {"-fsanitize=address,undefined", "-fno-sanitize=vptr",
                           "-fno-sanitize-recover=undefined"};
            if (clang_) {
                sanitizers_.push_back("-fno-sanitize=function");
            }
        } else if (options.sanitize == "thread") {
            sanitizers_ = {"-fsanitize=thread"};
        }
    }

    /// Finds the flags.
    bool prepare(const std::vector<std::string>& sources, std::string& message) {
        const std::string kind = clang_ ? "clang" : "gcc";
        for (const std::string& s : sources) {
            cxx_ = cxx_ || is_cxx(s);
        }
        if (!read_flags({"common", kind, "c"}, program(true), c_flags_) ||
            !read_flags({"link"}, program(true), link_flags_) ||
            (cxx_ && !read_flags({"common", kind, "cxx"}, program(true), cxx_flags_))) {
            message = share_folder() + "/driver_flags.txt cannot be read: " + std::strerror(errno);
            return false;
        }
        for (const std::string& flag : cxx_ ? cxx_flags_ : c_flags_) {
            if (flag.compare(0, 8, "-isystem") == 0) {
                system_folders_.push_back(flag.substr(8));
            }
        }
        return true;
    }

    /// Compiles a source; its forwarding headers go below the folder of that name.
    bool unit(const std::string& source, const std::string& object, const std::string& forwards,
              std::string& message) {
        const bool cxx = is_cxx(source);
        arguments command{program(cxx), "-c", source, "-o", object, "-g", "-O2"};
        append(command, cxx ? cxx_flags_ : c_flags_);
        for (const std::string& folder : options_.include_folders) {
            command.push_back("-I" + folder);
        }
        for (const std::string& definition : options_.definitions) {
            command.push_back("-D" + definition);
        }
        command.push_back("-idirafter" + forward_includes(source, options_.include_folders,
                                                          system_folders_, forwards));
        append(command, sanitizers_);
        append(command, options_.extra);
        if ((clang_ || !sanitizers_.empty()) && uses_try(source)) {
            command.push_back("-O0");
        }
        return finish(command, source + " does not compile", message);
    }

    bool link(const arguments& objects, const std::string& output, std::string& message) {
        arguments command{program(cxx_)};
        append(command, link_flags_);
        command.insert(command.end(), {"-o", output});
        append(command, objects);
        append(command, sanitizers_);
        return finish(command, output + " cannot be linked", message);
    }

private:
    static void append(arguments& to, const arguments& from) {
        to.insert(to.end(), from.begin(), from.end());
    }

    // CC and CXX name other versions of the same compiler ("gcc-12").
    [[nodiscard]] std::string program(bool cxx) const {
        const std::string plain = clang_ ? (cxx ? "clang++" : "clang") : (cxx ? "g++" : "gcc");
        const char* given = std::getenv(cxx ? "CXX" : "CC");
        if (options_.compiler.empty() && given != nullptr) {
            const bool theirs_is_clang = std::strstr(given, "clang") != nullptr;
            if (theirs_is_clang == clang_ && *given != 0) {
                return given;
            }
        }
        return plain;
    }

    bool finish(const arguments& command, const std::string& what, std::string& message) const {
        const int code = spawn(command, options_.verbose);
        if (code == -1) {
            message = command[0] + " cannot be started: " + std::strerror(errno);
        } else if (code != 0) {
            message = what;
        }
        return code == 0;
    }

    const compile_options& options_;
    arguments sanitizers_;
    arguments c_flags_;
    arguments cxx_flags_;
    arguments link_flags_;
    arguments system_folders_;
    bool clang_ = false;
    bool cxx_ = false;
};

}  // namespace

bool is_cxx(const std::string& path) {
    const std::string e = extension(path);
    return e == ".cpp" || e == ".cc" || e == ".cxx" || e == ".c++";
}

bool is_source(const std::string& path) {
    return extension(path) == ".c" || is_cxx(path);
}

std::string cache_file(const std::vector<std::string>& sources, const compile_options& options) {
    std::string key = options.compiler + "|" + options.sanitize + "|" + openwsk_variant();
    for (const std::string& s : sources) {
        std::error_code ignored;
        key += "|" + fs::absolute(s, ignored).string();
    }
    for (const arguments* list : {&options.include_folders, &options.definitions, &options.extra}) {
        for (const std::string& word : *list) {
            key += "|" + word;
        }
    }
    const char* cache = std::getenv("XDG_CACHE_HOME");
    const char* home = std::getenv("HOME");
    fs::path folder = cache != nullptr && *cache != 0 ? fs::path(cache)
                      : home != nullptr && *home != 0 ? fs::path(home) / ".cache"
                                                      : fs::temp_directory_path();
    char name[32];
    std::snprintf(name, sizeof name, "%016zx", std::hash<std::string>()(key));
    std::error_code failed;
    fs::create_directories(folder / "openwsk" / name, failed);
    if (failed) {
        folder = fs::temp_directory_path() / ("openwsk-" + std::to_string(getuid()));
        fs::create_directories(folder / "openwsk" / name, failed);
    }
    return folder / "openwsk" / name / (fs::path(sources.front()).stem().string() + ".so");
}

// Objects lie beside the output under names of this process; the output is replaced at once, so
// that two of us may make the same file.
bool compile(const std::vector<std::string>& sources, const std::string& output,
             const compile_options& options, std::string& message) {
    compilation c(options);
    const std::string stem = output + "." + std::to_string(getpid());
    const std::string forwards = stem + ".include";
    arguments objects;
    bool ok = c.prepare(sources, message);
    for (size_t i = 0; ok && i < sources.size(); ++i) {
        const std::string number = std::to_string(i);
        objects.push_back(stem + "." + number + ".o");
        ok = c.unit(sources[i], objects.back(), forwards + "/" + number, message);
    }
    ok = ok && c.link(objects, stem, message);
    std::error_code failed;
    for (const std::string& object : objects) {
        fs::remove(object, failed);
    }
    fs::remove_all(forwards, failed);
    if (ok) {
        fs::rename(stem, output, failed);
        if (failed) {
            message = output + ": " + failed.message();
            ok = false;
        }
    }
    if (!ok) {
        fs::remove(stem, failed);
    }
    return ok;
}

int cc(const cc_options& options) {
    std::string message;
    if (options.sources.empty()) {
        error("no sources given");
        return OPENWSK_EXIT_USAGE;
    }
    for (const std::string& s : options.sources) {
        if (!is_source(s)) {
            error(s + " is no C or C++ source (.c .cpp .cc .cxx)");
            return OPENWSK_EXIT_USAGE;
        }
    }
    if (!compile(options.sources, options.output, options.compile, message)) {
        error(message);
        return OPENWSK_EXIT_USAGE;
    }
    return OPENWSK_EXIT_CLEAN;
}

}  // namespace tool
