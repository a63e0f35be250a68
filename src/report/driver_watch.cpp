// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "report/driver_watch.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "host/backtrace.hpp"
#include "host/symbolize.hpp"
#include "ke/kernel.hpp"
#include "ke/long_wait.hpp"
#include "report/model.hpp"
#include "verify/text.hpp"

namespace report {
namespace {

constexpr uint64_t interval_min_ms = 10;
constexpr size_t objects_shown = 10;  // of a kind made at one place
constexpr size_t threads_shown = 10;
constexpr size_t frames_max = 32;
constexpr unsigned looks_max = 10;
constexpr uint64_t look_pause_ns = 2'000'000;

// Memory does not hold up an unload.
bool is_memory(base::object_kind kind) noexcept {
    return kind == base::object_kind::pool || kind == base::object_kind::lookaside ||
           kind == base::object_kind::mdl;
}

void write(const std::string& text) noexcept {
    verify::text out;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        out.add("%.*s", static_cast<int>(end - at), text.c_str() + at);
        at = end;
    }
}

}  // namespace

/// Where a thread stands.
struct driver_watch::standing {
    uint32_t ordinal;
    const void* routine;  ///< of a thread that the driver made and that runs
    size_t depth;
    std::array<const void*, frames_max> frames;
};

// "WskDeregister, called by echo!Unload+0x1f (echo.c:40)"; empty when no frame lies in the driver.
std::string driver_watch::place_of(const standing& s, const ke::module& image) {
    for (size_t i = 0; i < s.depth; ++i) {
        if (ke::module_of(s.frames[i]) != &image) {
            continue;
        }
        char called[192] = "a function";
        if (i > 0) {
            host::describe_function(static_cast<const char*>(s.frames[i - 1]) - 1, called,
                                    sizeof called);
        }
        return std::string(called) + ", called by " + place(s.frames[i]);
    }
    return {};
}

driver_watch::driver_watch(const loader::driver& d, phase p) noexcept
    : driver_(&d), phase_(p), caller_(&ke::current()), begun_ns_(d.machine().host().now_ns()) {
    if (d.machine().host().simulated()) {
        return;
    }
    ke::spawn_options options;
    options.name = "driver-watch";
    thread_ = d.machine().get<ke::kernel>().spawn(
        options, [](void* self) { static_cast<driver_watch*>(self)->watch(); }, this);
}

driver_watch::~driver_watch() {
    if (!thread_) {
        return;
    }
    {
        host::guard g(lock_);
        done_ = true;
        changed_.notify_all();
    }
    auto& kernel = driver_->machine().get<ke::kernel>();
    kernel.wait_ended(*thread_);
    kernel.reap();
    if (told_) {
        const bool given_up = driver_->state() == loader::driver_state::abandoned;
        write(sentence(given_up ? "was given up after" : "has ended after"));
    }
}

bool driver_watch::done_before(uint64_t deadline_ns) noexcept {
    host::guard g(lock_);
    while (!done_) {
        if (!changed_.wait(lock_, deadline_ns)) {
            return done_;
        }
    }
    return true;
}

void driver_watch::watch() noexcept {
    host::host_interface& h = driver_->machine().host();
    const uint64_t step_ns =
        std::max(driver_->machine().options().stuck_after_ms, interval_min_ms) * ke::ns_per_ms;
    uint64_t next_ns = begun_ns_ + step_ns;
    uint64_t all_again_ns = next_ns;
    uint64_t pause_ns = step_ns;
    counts before;
    for (; !done_before(next_ns); next_ns += step_ns) {
        const objects held = loader::held_objects(driver_->machine(), &driver_->module());
        const counts now = count(held);
        std::string text = sentence("has not ended after");
        if (h.now_ns() >= all_again_ns) {
            tell_threads(text);
            tell_counts(now, text);
            tell_objects(held, text);
            pause_ns *= 2;
            all_again_ns = next_ns + pause_ns;
        } else if (!(now == before)) {
            tell_counts(now, text);
        } else {
            continue;
        }
        write(text);
        before = now;
        told_ = true;
    }
}

driver_watch::counts driver_watch::count(const objects& held) noexcept {
    counts out;
    for (const loader::held_object& o : held) {
        ++out.of[static_cast<size_t>(o.kind)];
    }
    return out;
}

const char* driver_watch::routine() const noexcept {
    return phase_ == phase::entry ? "DriverEntry" : "DriverUnload";
}

std::string driver_watch::sentence(const char* verb) const {
    const uint64_t elapsed = driver_->machine().host().now_ns() - begun_ns_;
    return fmt::format("openwsk: {} of {} {} {:.1f} s\n",
                       phase_ == phase::entry ? "DriverEntry" : "the unload", driver_->name(), verb,
                       static_cast<double>(elapsed) / 1e9);
}

// Of a thread that runs nobody can look at the stack: only those that the driver made are known to
// be its. False when one of them, or the one that called the driver, runs.
bool driver_watch::look(standing& calling, std::vector<standing>& threads) const {
    const ke::module& image = driver_->module();
    bool all_wait = true;
    threads.clear();
    driver_->machine().get<ke::kernel>().for_each_thread([&](const ke::thread& t) {
        standing s{};
        s.ordinal = t.ordinal;
        s.depth = host::backtrace_of(t, s.frames.data(), frames_max);
        if (&t == caller_) {
            calling = s;
            all_wait = all_wait && s.depth != 0;
        } else if (s.depth == 0 && ke::module_of(t.routine) == &image) {
            s.routine = t.routine;
            threads.push_back(s);
            all_wait = false;
        } else if (std::any_of(s.frames.data(), s.frames.data() + s.depth,
                               [&](const void* f) { return ke::module_of(f) == &image; })) {
            threads.push_back(s);
        }
    });
    return all_wait;
}

void driver_watch::tell_threads(std::string& out) {
    const ke::module& image = driver_->module();
    std::vector<standing> threads;
    standing calling{};
    // Who woke up only to look at the time, or to report its own wait, soon sleeps again.
    for (unsigned looks = 1; !look(calling, threads) && looks < looks_max; ++looks) {
        if (done_before(driver_->machine().host().now_ns() + look_pause_ns)) {
            break;
        }
    }
    const std::string where = place_of(calling, image);
    if (calling.depth == 0) {
        out += fmt::format("    {} runs\n", routine());
    } else if (where.empty()) {
        out += fmt::format("    {} has returned, but threads are still inside the driver\n",
                           routine());
    } else {
        out += fmt::format("    {} waits in {}\n", routine(), where);
    }
    for (size_t i = 0; i < threads.size() && i < threads_shown; ++i) {
        const standing& s = threads[i];
        out += fmt::format("    thread {} {}\n", s.ordinal,
                           s.routine != nullptr
                               ? "runs " + place(static_cast<const char*>(s.routine) + 1)
                               : "waits in " + place_of(s, image));
    }
    if (threads.size() > threads_shown) {
        out += fmt::format("    and {} more threads of it\n", threads.size() - threads_shown);
    }
}

void driver_watch::tell_counts(const counts& now, std::string& out) {
    std::string list;
    for (size_t i = 0; i < base::object_kind_count; ++i) {
        if (now.of[i] != 0) {
            list += list.empty() ? "" : ", ";
            list += counted(now.of[i], static_cast<base::object_kind>(i));
        }
    }
    out += "    it holds " + (list.empty() ? "nothing" : list) + "\n";
}

void driver_watch::tell_objects(const objects& held, std::string& out) {
    for (const leak& group : group(held)) {
        if (is_memory(group.kind)) {
            continue;
        }
        out += "      " + counted(group.count, group.kind);
        out += group.site != nullptr ? ", made by " + place(group.site) + "\n" : "\n";
        size_t shown = 0;
        for (const loader::held_object& o : held) {
            if (o.kind == group.kind && o.tag == group.tag && o.site == group.site &&
                shown < objects_shown && *o.text != 0) {
                out += fmt::format("        {} {}: {}\n", base::name_of(o.kind), o.ordinal, o.text);
                ++shown;
            }
        }
        if (shown != 0 && shown < group.count) {
            out += fmt::format("        and {} more\n", group.count - shown);
        }
    }
}

}  // namespace report
