// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// openwsk run: compile what is source, load the drivers in order, wait, unload in reverse, report.
//
// Signals: SIGINT and SIGTERM are blocked in every thread and taken by one of our own. The first
// ends the wait; a second ends the process, since an unload may wait for ever.

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <openwsk/machine.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tool/command.hpp"

namespace tool {
namespace {

constexpr int exit_interrupted = 130;  // 128 + SIGINT, as shells have it

using nanoseconds = std::chrono::nanoseconds;

// Takes SIGINT and SIGTERM for the process. Never ends: the process does.
class signal_watch {
public:
    static void block() {
        const sigset_t set = watched();
        pthread_sigmask(SIG_BLOCK, &set, nullptr);
    }

    void start() {
        std::thread([this] { watch(); }).detach();
    }

    /// Waits for the first signal or the end of the time; for ever if time is negative. True when
    /// a signal came.
    bool wait(nanoseconds time) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (time < nanoseconds(0)) {
            changed_.wait(lock, [this] { return signalled_; });
        } else {
            changed_.wait_for(lock, time, [this] { return signalled_; });
        }
        return signalled_;
    }

private:
    static sigset_t watched() {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGINT);
        sigaddset(&set, SIGTERM);
        return set;
    }

    void watch() {
        const sigset_t set = watched();
        for (unsigned count = 1;; ++count) {
            int number = 0;
            if (sigwait(&set, &number) != 0) {
                continue;
            }
            if (count > 1) {
                error("interrupted again: leaving without unloading");
                _exit(exit_interrupted);
            }
            const std::lock_guard<std::mutex> lock(mutex_);
            signalled_ = true;
            changed_.notify_all();
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    bool signalled_ = false;
};

void write_all(int descriptor, const char* text, size_t length) {
    while (length > 0) {
        const ssize_t n = write(descriptor, text, length);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return;
        }
        text += n;
        length -= static_cast<size_t>(n);
    }
}

// Prints what drivers print, line by line, each with its origin in front. Unbuffered: a bug check
// does not come back to flush.
class text_printer {
public:
    explicit text_printer(bool prefix) : prefix_(prefix) {}

    static void on_text(void* context, const openwsk_text* text) {
        static_cast<text_printer*>(context)->print(*text);
    }

private:
    void print(const openwsk_text& text) {
        out_.clear();
        if (open_ && text.thread != thread_) {
            out_ += '\n';
            open_ = false;
        }
        thread_ = text.thread;
        for (size_t i = 0; i < text.length; ++i) {
            if (!open_) {
                add_prefix(text);
                open_ = true;
            }
            const char c = text.text[i];
            if (c == '\n') {
                open_ = false;
            }
            if (c != '\r' && c != '\0') {
                out_ += c;
            }
        }
        write_all(STDOUT_FILENO, out_.data(), out_.size());
    }

    void add_prefix(const openwsk_text& text) {
        if (prefix_) {
            char prefix[64];
            std::snprintf(prefix, sizeof prefix, "[%12.6f t%u i%u] ",
                          static_cast<double>(text.time_ns) / 1e9, text.thread, text.irql);
            out_ += prefix;
        }
    }

    const bool prefix_;
    std::string out_;
    bool open_ = false;  // the last line printed has no end yet
    uint32_t thread_ = 0;
};

// Everything of one run that ends with it.
class session {
public:
    session(const run_options& options, std::vector<std::string> drivers)
        : options_(options), drivers_(std::move(drivers)), printer_(!options.no_prefix) {}

    int go();

private:
    bool make_machine();
    bool open_json();
    bool set_parameters(const std::string& path);
    bool load(const std::string& path);
    void unload_all();
    int report();
    void say(const std::string& text) const {
        if (!options_.quiet) {
            note(text);
        }
    }

    const run_options& options_;
    std::vector<std::string> drivers_;
    text_printer printer_;
    signal_watch signals_;
    openwsk_machine* machine_ = nullptr;
    std::vector<openwsk_driver*> running_;
    int json_ = -1;
};

bool session::make_machine() {
    openwsk_machine_options o = machine_options_of(options_);
    o.is_default = 1;
    o.files = options_.files.empty() ? nullptr : options_.files.c_str();
    if (const openwsk_result made = openwsk_machine_create(&o, &machine_); made != OPENWSK_OK) {
        error(made == OPENWSK_NOT_FOUND ? "--files: " + options_.files + " cannot be opened"
                                        : "out of memory");
        return false;
    }
    openwsk_thread_bind(machine_);
    openwsk_on_text(machine_, text_printer::on_text, &printer_);
    if (!options_.text_filter.empty() &&
        openwsk_set_text_filter(machine_, options_.text_filter.c_str()) != OPENWSK_OK) {
        error("--dbgprint: '" + options_.text_filter +
              "' is not understood; write off, error, warning, trace, info, all, or "
              "COMPONENT=LEVEL,...");
        return false;
    }
    return true;
}

bool session::open_json() {
    if (options_.json.empty()) {
        return true;
    }
    json_ = options_.json == "-"
                ? STDOUT_FILENO
                : open(options_.json.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (json_ < 0) {
        error(options_.json + ": " + std::strerror(errno));
        return false;
    }
    openwsk_set_crash_report(json_);
    return true;
}

void show_failure(openwsk_result result, openwsk_failure* failure, const std::string& path) {
    if (failure == nullptr) {
        error(path + ": out of memory");
        return;
    }
    std::string text = failure->text;
    for (size_t i = 0; i < failure->name_count; ++i) {
        text += std::string(i == 0 ? ":" : "") + "\n    " + failure->names[i];
    }
    if (result != OPENWSK_START_FAILED) {
        error(text);
    }
    openwsk_failure_free(failure);
}

bool session::load(const std::string& path) {
    openwsk_driver* driver = nullptr;
    openwsk_failure* failure = nullptr;
    const openwsk_result result =
        openwsk_driver_load(machine_, path.c_str(), nullptr, &driver, &failure);
    openwsk_flush_text(machine_);
    if (result == OPENWSK_OK) {
        say(std::string(openwsk_driver_name(driver)) + " started");
        running_.push_back(driver);
        return true;
    }
    show_failure(result, failure, path);
    return false;
}

void session::unload_all() {
    while (!running_.empty()) {
        openwsk_driver* driver = running_.back();
        running_.pop_back();
        const std::string name = openwsk_driver_name(driver);
        if (openwsk_driver_unload(driver) == OPENWSK_NOT_UNLOADABLE) {
            say(name + " sets no DriverUnload and stays loaded");
        }
    }
}

void collect(void* context, const char* text, size_t length) {
    static_cast<std::string*>(context)->append(text, length);
}

int session::report() {
    std::string text;
    const int code = openwsk_report(machine_, OPENWSK_REPORT_TEXT, collect, &text);
    const size_t at = text.rfind("  result: ");
    if (at != std::string::npos) {
        const std::string line = text.substr(at, text.size() - at - 1);
        text =
            text.substr(0, at) + colored(line, code == 0 ? "1;32" : "1;31", STDOUT_FILENO) + "\n";
    }
    write_all(STDOUT_FILENO, text.data(), text.size());
    if (json_ >= 0) {
        std::string json;
        openwsk_report(machine_, OPENWSK_REPORT_JSON, collect, &json);
        write_all(json_, json.data(), json.size());
    }
    return code;
}

// Each socket needs a descriptor; shells allow few by default.
void allow_descriptors() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int session::go() {
    signal_watch::block();
    allow_descriptors();
    signals_.start();
    nanoseconds time(-1);
    if (!options_.time.empty()) {
        parse_duration(options_.time, time);
    }
    if (!open_json() || !make_machine()) {
        return OPENWSK_EXIT_USAGE;
    }
    bool started = true;
    for (const std::string& path : drivers_) {
        started = set_parameters(path) && load(path);
        if (!started) {
            break;
        }
    }
    if (started) {
        if (time < nanoseconds(0)) {
            say("running; Ctrl-C unloads");
        }
        signals_.wait(time);
    }
    unload_all();
    const int code = report();
    return started ? code : OPENWSK_EXIT_NOT_STARTED;
}

bool session::set_parameters(const std::string& path) {
    for (const parameter& p : parameters_of(options_, path)) {
        const openwsk_result result =
            p.is_number
                ? openwsk_set_param_dword(machine_, p.service.c_str(), p.name.c_str(), p.number)
                : openwsk_set_param_string(machine_, p.service.c_str(), p.name.c_str(),
                                           p.text.c_str());
        if (result != OPENWSK_OK) {
            error("--param " + p.name + " cannot be set");
            return false;
        }
    }
    return true;
}

}  // namespace

int run(const run_options& options, char** argv) {
    std::vector<std::string> drivers;
    if (!prepare_drivers(options, argv, drivers)) {
        return OPENWSK_EXIT_USAGE;
    }
    // Never freed: the thread that watches signals and the machine stay until the end.
    auto* s = new session(options, std::move(drivers));
    const int code = s->go();
    if (code != OPENWSK_EXIT_CLEAN) {
        // Whatever is left behind may still run.
        std::fflush(nullptr);
        _exit(code);
    }
    return code;
}

}  // namespace tool
