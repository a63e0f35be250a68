// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The openwsk command: reads the command line.

#include <cstdio>
#include <cstdlib>
#include <functional>

#include <openwsk/machine.h>
#include <CLI/CLI.hpp>

#include "tool/command.hpp"

namespace {

using tool::cc_options;
using tool::compile_options;
using tool::driver_options;
using tool::explore_options;
using tool::run_options;

constexpr const char* examples_of_all =
    "Examples:\n"
    "  openwsk run hello.c                     compile, run until Ctrl-C, report\n"
    "  openwsk run --for 10s echo_server.so    run a built driver for ten seconds\n"
    "  openwsk explore race.c                  try many schedules on a simulated machine\n"
    "  openwsk cc -o echo.so echo.c util.cpp   only compile\n"
    "  openwsk explain 0xC000020D              what a status means\n"
    "\n"
    "Exit codes: 0 clean, 1 a violation or something left behind, 2 wrong usage or a source\n"
    "that does not compile, 3 bug check, 4 a driver failed to load or start, 70 internal error.\n"
    "See docs/openwsk.md.";

constexpr const char* examples_of_run =
    "Examples:\n"
    "  openwsk run driver.c -I include -D DBG=1\n"
    "  openwsk run provider.so client.so       loaded in this order, unloaded in reverse\n"
    "  openwsk run --param Port=7000 --param Name=server --for 10s echo.so\n"
    "  openwsk run --dbgprint off,IHVNETWORK=info driver.so\n"
    "  openwsk run --sanitize address driver.c";

constexpr const char* examples_of_explore =
    "Examples:\n"
    "  openwsk explore driver.c                          1000 random schedules\n"
    "  openwsk explore --strategy pct --depth 3 driver.so\n"
    "  openwsk explore --strategy dfs --preemptions 1 --schedules 100000 driver.so\n"
    "  openwsk explore --for 1s driver.so                unload after a second of virtual time\n"
    "See docs/simulation.md.";

std::string check_duration(const std::string& text) {
    std::chrono::nanoseconds ignored{};
    return tool::parse_duration(text, ignored)
               ? std::string()
               : "'" + text + "' is no time; write 500ms, 10s, 2m or 1h";
}

void add_compile_options(CLI::App& app, compile_options& o) {
    app.add_option("-I,--include", o.include_folders, "Folder with the driver's own headers")
        ->type_name("FOLDER")
        ->allow_extra_args(false)
        ->group("Compiling");
    app.add_option("-D,--define", o.definitions, "Define a macro")
        ->type_name("NAME[=VALUE]")
        ->allow_extra_args(false)
        ->group("Compiling");
    app.add_option("--compiler", o.compiler, "gcc or clang")
        ->check(CLI::IsMember({"gcc", "clang"}))
        ->group("Compiling");
    app.add_option("--sanitize", o.sanitize,
                   "address (also undefined behaviour) or thread; runs in that variant")
        ->check(CLI::IsMember({"address", "thread"}))
        ->group("Compiling");
    app.add_option("--cflag", o.extra, "One more flag for the compiler; may be repeated")
        ->type_name("FLAG")
        ->allow_extra_args(false)
        ->group("Compiling");
    app.add_flag("-v,--verbose", o.verbose, "Show the compiler's commands")->group("Compiling");
}

void add_driver_options(CLI::App& app, driver_options& o) {
    app.add_option("DRIVER", o.drivers,
                   "Drivers (.so); all C and C++ sources together are one driver")
        ->required();
    app.add_option("--param", o.parameters,
                   "Value in the service's registry key and its subkey Parameters; a number is "
                   "REG_DWORD, anything else REG_SZ")
        ->type_name("[DRIVER:]NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--dbgprint", o.text_filter,
                   "What is printed: off, error, warning, trace, info, all, COMPONENT=LEVEL,...")
        ->type_name("FILTER");
    app.add_flag("-q,--quiet", o.quiet, "No notes about starting and waiting");
    app.add_option("--json", o.json, "Write the report as JSON too (- is standard output)")
        ->type_name("FILE");
    app.add_option("--files", o.files, "Folder that the drivers see as volume C:")
        ->type_name("FOLDER")
        ->check(CLI::ExistingDirectory);
    app.add_option("--stuck-after", o.stuck_after,
                   "An unload that takes longer than this says what it waits for")
        ->type_name("TIME")
        ->check(check_duration)
        ->capture_default_str();
    app.add_option("--completions", o.completions, "deferred, thread, inline or mixed")
        ->check(CLI::IsMember({"deferred", "thread", "inline", "mixed"}))
        ->capture_default_str()
        ->group("Machine");
    app.add_option("--verification", o.verification, "off, standard or full")
        ->check(CLI::IsMember({"off", "standard", "full"}))
        ->capture_default_str()
        ->group("Machine");
    app.add_option("--processors", o.processors, "Virtual processors; 0 means max(4, CPUs)")
        ->check(CLI::Range(0, 64))
        ->capture_default_str()
        ->group("Machine");
    app.add_option("--io-threads", o.io_threads, "Threads that serve sockets; 0 chooses")
        ->check(CLI::Range(0, 32))
        ->capture_default_str()
        ->group("Machine");
    app.add_option("--seed", o.seed, "Seed of every random choice")
        ->capture_default_str()
        ->group("Machine");
    app.add_flag("--nmr-idle-success", o.nmr_idle_success,
                 "Deregistering an idle NMR module returns STATUS_SUCCESS")
        ->group("Machine");
    app.add_option("--wsk-ready-after", o.wsk_ready_after, "WSK becomes ready this late")
        ->type_name("TIME")
        ->check(check_duration)
        ->capture_default_str()
        ->group("Machine");
    add_compile_options(app, o.compile);
}

void add_run_options(CLI::App& app, run_options& o) {
    add_driver_options(app, o);
    app.add_option("--for", o.time, "Unload after this time instead of waiting for a signal")
        ->type_name("TIME")
        ->check(check_duration);
    app.add_flag("--no-prefix", o.no_prefix, "No time, thread and IRQL in front of printed lines");
    app.footer(examples_of_run);
}

std::string check_preemptions(const std::string& text) {
    const bool number = !text.empty() && text.size() < 7 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    return number || text == "unbounded" ? std::string()
                                         : "'" + text + "' is no number, and not 'unbounded'";
}

void add_explore_options(CLI::App& app, explore_options& o) {
    add_driver_options(app, o);
    app.add_option("--for", o.time, "Virtual time before the drivers are unloaded")
        ->type_name("TIME")
        ->check(check_duration);
    app.add_option("--strategy", o.strategy, "random, pct or dfs")
        ->check(CLI::IsMember({"random", "pct", "dfs"}))
        ->capture_default_str()
        ->group("Schedules");
    app.add_option("--schedules", o.schedules, "How many are run, at most")
        ->check(CLI::Range(uint64_t{1}, uint64_t{1} << 40))
        ->capture_default_str()
        ->group("Schedules");
    app.add_option("--depth", o.depth, "pct: how many events must come in one order")
        ->check(CLI::Range(1, 16))
        ->capture_default_str()
        ->group("Schedules");
    app.add_option("--preemptions", o.preemptions, "dfs: how many a schedule may have; unbounded")
        ->check(check_preemptions)
        ->capture_default_str()
        ->group("Schedules");
    app.add_option("--steps", o.steps, "A schedule that takes more does not end")
        ->check(CLI::Range(1, 10000000))
        ->capture_default_str()
        ->group("Schedules");
    app.add_option("--replay", o.replay, "Run the one schedule that a failure was reported with")
        ->type_name("TRAIL")
        ->each([&o](const std::string&) { o.replays = true; })
        ->group("Schedules");
    app.footer(examples_of_explore);
}

// What the user may have meant by the first word that nobody understood.
std::string suggestion(const CLI::App& app, const std::string& word) {
    std::vector<std::string> known;
    if (word.compare(0, 1, "-") == 0) {
        for (const CLI::Option* o : app.get_options()) {
            for (const std::string& name : o->get_lnames()) {
                known.push_back("--" + name);
            }
        }
    } else {
        for (const CLI::App* sub : app.get_subcommands({})) {
            known.push_back(sub->get_name());
        }
    }
    std::string out;
    for (const std::string& n : tool::near(word.substr(0, word.find('=')), known)) {
        out += (out.empty() ? "" : " or ") + n;
    }
    return out.empty() ? "" : "; did you mean " + out + "?";
}

// Null when every word was understood, else the subcommand that got one that was not.
const CLI::App* with_extras(const CLI::App& app, std::string& word) {
    for (const CLI::App* sub : app.get_subcommands()) {
        if (!sub->remaining().empty()) {
            word = sub->remaining().front();
            return sub;
        }
    }
    if (!app.remaining().empty()) {
        word = app.remaining().front();
        return &app;
    }
    return nullptr;
}

tool::colors colors_named(const std::string& name) {
    return name == "always"  ? tool::colors::always
           : name == "never" ? tool::colors::never
                             : tool::colors::automatic;
}

// What each subcommand was given.
struct given {
    run_options run;
    explore_options explore;
    cc_options cc;
    std::string imports_path;
    std::vector<std::string> explained;
};

void add_subcommands(CLI::App& app, given& g) {
    CLI::App* run = app.add_subcommand("run", "Load drivers, run them, report");
    add_run_options(*run, g.run);
    run->allow_extras();

    CLI::App* explore =
        app.add_subcommand("explore", "Run drivers under many schedules on a simulated machine");
    add_explore_options(*explore, g.explore);
    explore->allow_extras();

    CLI::App* cc = app.add_subcommand("cc", "Compile sources into a driver");
    cc->add_option("SOURCE", g.cc.sources, "C and C++ sources")->required();
    cc->add_option("-o,--output", g.cc.output, "The driver to write")
        ->required()
        ->type_name("FILE");
    add_compile_options(*cc, g.cc.compile);
    cc->allow_extras();

    CLI::App* imports =
        app.add_subcommand("imports", "List the NT functions that a driver imports");
    imports->add_option("DRIVER", g.imports_path, "A driver (.so)")->required();
    imports->allow_extras();

    CLI::App* explain = app.add_subcommand("explain", "Explain a status, a bug check or a rule");
    explain->add_option("WHAT", g.explained, "0xC000020D, STATUS_PENDING, 0xC4, a rule")
        ->required();
}

int carry_out(const CLI::App& app, const given& g, int argc, char** argv) {
    if (app.got_subcommand("run")) {
        return tool::run(g.run, argv);
    }
    if (app.got_subcommand("explore")) {
        return tool::explore(g.explore, argc, argv);
    }
    if (app.got_subcommand("cc")) {
        return tool::cc(g.cc);
    }
    if (app.got_subcommand("imports")) {
        return tool::imports(g.imports_path, argv);
    }
    if (app.got_subcommand("explain")) {
        return tool::explain(g.explained);
    }
    std::fputs(app.help().c_str(), stdout);
    return OPENWSK_EXIT_CLEAN;
}

}  // namespace

int main(int argc, char** argv) {
    given g;
    std::string color = "auto";

    CLI::App app("Runs Windows kernel network drivers (Winsock Kernel) in a Linux process.",
                 "openwsk");
    app.set_version_flag(
        "--version", std::string("openwsk ") + openwsk_version() + " (" + openwsk_variant() + ")");
    app.add_option("--color", color, "auto, always or never (see also NO_COLOR)")
        ->check(CLI::IsMember({"auto", "always", "never"}));
    app.require_subcommand(0, 1);
    app.allow_extras();
    app.footer(examples_of_all);
    add_subcommands(app, g);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& e) {
        if (e.get_exit_code() == 0) {
            return app.exit(e);
        }
        tool::error(e.what());
        return OPENWSK_EXIT_USAGE;
    }
    tool::choose_colors(colors_named(color));
    std::string word;
    if (const CLI::App* asked = with_extras(app, word)) {
        tool::error("'" + word + "' is not understood" + suggestion(*asked, word));
        return OPENWSK_EXIT_USAGE;
    }
    return carry_out(app, g, argc, argv);
}
