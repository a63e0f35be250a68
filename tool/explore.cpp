// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// openwsk explore: compile what is source, let the library run the schedules, print what came of
// it.
//
// The process starts itself again without address randomisation, so that a trail means the same
// schedule in every run of the command: places of driver globals select locks of the runtime.

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <openwsk/explore.h>
#include <sys/personality.h>
#include <unistd.h>

#include "tool/command.hpp"

namespace tool {
namespace {

constexpr const char* again_variable = "OPENWSK_EXPLORES";

// Where switching randomisation off is forbidden, trails are good for this run only.
void start_again(char** argv) {
    if (std::getenv(again_variable) != nullptr) {
        return;
    }
    setenv(again_variable, "1", 1);
    const auto put_first = [](const char* name, const char* value) {
        const char* old = std::getenv(name);
        setenv(name, (std::string(value) + (old != nullptr ? std::string(":") + old : "")).c_str(),
               1);
    };
    // A race ends the schedule that shows it. There is nothing to wait for at the end of a process:
    // its threads are fibers. A schedule that is given up does not run destructors, so the next one
    // announces the driver's globals again.
    put_first("TSAN_OPTIONS", "halt_on_error=1:atexit_sleep_ms=0");
    put_first("ASAN_OPTIONS", "detect_odr_violation=0");
    const int now = personality(0xffffffff);
    if (now != -1) {
        personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE);
    }
    execv("/proc/self/exe", argv);
}

std::string quoted(const std::string& word) {
    static const char* plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
    if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
        return word;
    }
    std::string out = "'";
    for (const char c : word) {
        out += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return out + "'";
}

// The command line as it was given, without what the replay says itself.
std::string command_without_schedule(int argc, char** argv) {
    static const std::vector<std::string> own = {
        "--strategy", "--schedules", "--seed", "--replay", "--json", "--depth", "--preemptions"};
    std::string out = "openwsk";
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        const std::string name = word.substr(0, word.find('='));
        bool skipped = false;
        for (const std::string& o : own) {
            skipped = skipped || name == o;
        }
        if (!skipped) {
            out += " " + quoted(word);
        } else if (name == word) {
            ++i;  // its value is the next word
        }
    }
    return out;
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string count(uint64_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

uint32_t strategy_of(const std::string& name) {
    return name == "pct"   ? OPENWSK_STRATEGY_PCT
           : name == "dfs" ? OPENWSK_STRATEGY_DFS
                           : OPENWSK_STRATEGY_RANDOM;
}

// What the schedules were, and how far they reach.
void print_reach(const explore_options& o, const openwsk_exploration_facts& f) {
    char line[400];
    const double per_second =
        f.seconds > 0 ? static_cast<double>(f.schedules + f.redundant) / f.seconds : 0;
    std::snprintf(line, sizeof line,
                  "%s, strategy %s, %.2f s, %.0f a second; the first one: %u threads, %llu "
                  "points\n",
                  count(f.schedules, "schedule").c_str(), o.strategy.c_str(), f.seconds, per_second,
                  f.threads, static_cast<unsigned long long>(f.points));
    print(line);
    if (o.strategy == "dfs") {
        const bool bounded = o.preemptions != "unbounded";
        const std::string within =
            bounded ? " with at most " + o.preemptions + " preemptions" : std::string();
        print(f.finished != 0 ? "all schedules" + within + ": " + std::to_string(f.schedules) + "\n"
              : f.failed != 0 ? "the search stopped at the failure\n"
                              : "not all schedules" + within + ": the bound --schedules " +
                                    std::to_string(o.schedules) + " was reached\n");
        if (f.redundant != 0) {
            print(count(f.redundant, "more schedule") + " given up: equal to others\n");
        }
    }
    if (o.strategy == "pct" && f.bound > 0) {
        std::snprintf(line, sizeof line,
                      "a bug of depth %u shows in each schedule with a probability of at least "
                      "%.3g: 1/(threads * points^%u)\n",
                      o.depth, f.bound, o.depth - 1);
        print(line);
    }
}

void print_failure(const explore_options& o, const openwsk_exploration_facts& f,
                   const std::string& command) {
    print(colored("FAILED", "1;31", STDOUT_FILENO) + " schedule " + std::to_string(f.number) +
          " (seed " + std::to_string(f.seed) + "): " + f.failure + "\n");
    if (o.replays) {
        print(count(f.preemptions, "preemption") + "\n");
    } else if (*f.unrepeatable == 0) {
        print("shrunk: " + count(f.preemptions_found, "preemption") + " before, " +
              std::to_string(f.preemptions) + " after " + count(f.shrink_runs, "run") + "\n");
    }
    const std::string bound = o.strategy == "dfs" ? " --preemptions " + o.preemptions : "";
    print("replay: " + command + " --strategy " + o.strategy + bound + " --seed " +
          std::to_string(f.seed) + " --replay " + quoted(f.trail) + "\n");
    if (*f.output != 0) {
        print(std::string("\nwhat the drivers and the runtime said:\n") + f.output);
    }
    if (*f.story != 0) {
        print(std::string("\nwho ran:\n") + f.story);
    }
    if (*f.threads_text != 0) {
        print(std::string("\nthreads at the end:\n") + f.threads_text);
    }
}

bool write_json(const std::string& path, const openwsk_exploration* e) {
    std::FILE* file = path == "-" ? stdout : std::fopen(path.c_str(), "w");
    if (file == nullptr) {
        error(path + ": " + std::strerror(errno));
        return false;
    }
    openwsk_exploration_json(
        e,
        [](void* context, const char* text, size_t length) {
            std::fwrite(text, 1, length, static_cast<std::FILE*>(context));
        },
        file);
    if (file != stdout) {
        std::fclose(file);
    }
    return true;
}

int print_all(const explore_options& o, const openwsk_exploration* e, const std::string& command) {
    const openwsk_exploration_facts& f = *openwsk_exploration_get(e);
    if (f.failed != 0 && f.number == 0) {
        error(f.failure);
        return f.code;
    }
    if (f.schedules + f.redundant != 0 && !o.replays) {
        print_reach(o, f);
    }
    if (f.failed != 0) {
        print_failure(o, f, command);
    } else if (o.replays) {
        print(std::string("this schedule does not fail\n") + f.output);
    }
    if (f.no_network != 0) {
        print("no simulated network: a driver asked for a socket, and WskSocket failed\n");
    }
    if (*f.unrepeatable != 0) {
        print(std::string("\n") + colored("not repeatable", "1;31", STDOUT_FILENO) + ": " +
              f.unrepeatable);
    }
    print(f.code == 0 ? "result: clean (exit code 0)\n"
                      : "result: not clean (exit code " + std::to_string(f.code) + ")\n");
    return f.code;
}

// The C structures point into these.
struct arguments {
    explicit arguments(const explore_options& o, const std::vector<std::string>& paths) {
        for (const std::string& path : paths) {
            drivers.push_back(path.c_str());
            for (parameter& p : parameters_of(o, path)) {
                kept.push_back(std::move(p));
            }
        }
        for (const parameter& p : kept) {
            parameters.push_back({p.service.c_str(), p.name.c_str(),
                                  p.is_number ? nullptr : p.text.c_str(), p.number});
        }
    }

    std::vector<const char*> drivers;
    std::vector<parameter> kept;
    std::vector<openwsk_parameter> parameters;
};

openwsk_explore_options convert(const explore_options& o, const arguments& a,
                                const openwsk_machine_options& machine) {
    openwsk_explore_options out = OPENWSK_EXPLORE_OPTIONS_INIT;
    out.machine = &machine;
    out.drivers = a.drivers.data();
    out.driver_count = a.drivers.size();
    out.parameters = a.parameters.data();
    out.parameter_count = a.parameters.size();
    out.text_filter = o.text_filter.empty() ? nullptr : o.text_filter.c_str();
    out.strategy = strategy_of(o.strategy);
    out.depth = o.depth;
    out.preemptions = o.preemptions == "unbounded"
                          ? OPENWSK_UNBOUNDED
                          : static_cast<uint32_t>(std::stoul(o.preemptions));
    out.schedules = o.schedules;
    out.seed = o.seed;
    out.steps = o.steps;
    std::chrono::nanoseconds time{};
    if (!o.time.empty() && parse_duration(o.time, time)) {
        out.run_ns = static_cast<uint64_t>(time.count());
    }
    out.replay = o.replays ? o.replay.c_str() : nullptr;
    return out;
}

}  // namespace

int explore(const explore_options& options, int argc, char** argv) {
    start_again(argv);
    std::vector<std::string> paths;
    if (!prepare_drivers(options, argv, paths)) {
        return OPENWSK_EXIT_USAGE;
    }
    const arguments a(options, paths);
    const openwsk_machine_options machine = machine_options_of(options);
    const openwsk_explore_options converted = convert(options, a, machine);
    openwsk_exploration* e = nullptr;
    const openwsk_result result = openwsk_explore(&converted, &e);
    if (result != OPENWSK_OK) {
        error(result == OPENWSK_NO_MEMORY ? "out of memory"
                                          : "--replay or --dbgprint is not understood");
        return result == OPENWSK_NO_MEMORY ? OPENWSK_EXIT_INTERNAL : OPENWSK_EXIT_USAGE;
    }
    int code = print_all(options, e, command_without_schedule(argc, argv));
    if (!options.json.empty() && !write_json(options.json, e)) {
        code = OPENWSK_EXIT_USAGE;
    }
    openwsk_exploration_free(e);
    return code;
}

}  // namespace tool
