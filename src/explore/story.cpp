// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "explore/story.hpp"

#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "host/symbolize.hpp"

namespace explore {
namespace {

constexpr size_t lines_max = 60;

const char* name_of(host::point step) noexcept {
    static constexpr const char* names[] = {"a call",        "a lock",
                                            "an unlock",     "a wait",
                                            "a wake-up",     "an interlocked operation",
                                            "its beginning", "a callout",
                                            "its end",       "the return from a call"};
    return names[static_cast<size_t>(step)];
}

// A stretch of events of one thread.
struct stretch {
    uint32_t fiber;
    host::leaving left;  ///< how it ended
    bool goes_on;        ///< the thread runs again later
    const void* in;
    const void* at;
};

std::vector<stretch> stretches_of(const host::journal& pages) {
    std::vector<stretch> out;
    uint32_t running = 0;
    std::vector<size_t> last(pages.fiber_count() + 1, SIZE_MAX);
    for (uint64_t i = 0; i < pages.count(); ++i) {
        const host::journal_event& e = pages.at(i);
        if (e.left == host::leaving::stayed) {
            continue;
        }
        if (running < last.size()) {
            if (last[running] != SIZE_MAX) {
                out[last[running]].goes_on = true;
            }
            last[running] = out.size();
        }
        out.push_back({running, e.left, false, e.left_in, e.left_at});
        running = e.fiber;
    }
    if (running < last.size() && last[running] != SIZE_MAX) {
        out[last[running]].goes_on = true;
    }
    // The last one was not left.
    const uint64_t n = pages.count();
    const host::journal_event end = n != 0 ? pages.at(n - 1) : host::journal_event{};
    const bool known = end.left == host::leaving::stayed;
    out.push_back({running, host::leaving::stayed, true, known ? end.left_in : nullptr,
                   known ? end.left_at : nullptr});
    return out;
}

std::string tell(const stretch& s) {
    const std::string where = describe_call(s.in, s.at);
    switch (s.left) {
        case host::leaving::preempted:
            return where.empty() ? "is preempted" : "is preempted in " + where;
        case host::leaving::yielded:
            return where.empty() ? "spins" : "spins in " + where;
        case host::leaving::blocked:
            return !s.goes_on && where.empty() ? "ends"
                   : where.empty()             ? "waits"
                                               : "waits in " + where;
        case host::leaving::stayed:
            break;
    }
    return where.empty() ? "runs on" : "runs on, last seen in " + where;
}

}  // namespace

std::string name_of_thread(const host::journal& pages, uint32_t fiber) {
    const host::journal_fiber& who = pages.who(fiber);
    if (who.routine != nullptr) {
        host::location at{};
        host::locate(who.routine, at);
        return fmt::format("thread {} ({}!{})", who.ordinal, at.image,
                           at.function[0] != 0 ? at.function : "?");
    }
    return fmt::format("thread {} ({})", who.ordinal,
                       fiber == 0                              ? "DriverEntry, DriverUnload"
                       : who.name != nullptr && *who.name != 0 ? who.name
                                                               : "runtime");
}

std::string describe_call(const void* in, const void* at) {
    if (at == nullptr) {
        return {};
    }
    char place[640];
    host::describe_return(at, place, sizeof place);
    host::location called{};
    if (in != nullptr) {
        host::locate(static_cast<const char*>(in) - 1, called);
    }
    if (called.function[0] == 0) {
        return place;
    }
    // The inline functions of the driver headers call the scheduler and nothing else.
    const bool point = std::strcmp(called.function, "openwsk_schedule_point") == 0 ||
                       std::strncmp(called.function, "host::", 6) == 0;
    return fmt::format("{}, at {}", point ? "an interlocked operation or pause" : called.function,
                       place);
}

std::string tell_story(const host::journal& pages) {
    const std::vector<stretch> all = stretches_of(pages);
    std::string out;
    const size_t from = all.size() > lines_max ? all.size() - lines_max : 0;
    if (from != 0) {
        out += fmt::format("  ... {} stretches before\n", from);
    }
    for (size_t i = from; i < all.size(); ++i) {
        out += fmt::format("  {:>3}  {} {}\n", i + 1, name_of_thread(pages, all[i].fiber),
                           tell(all[i]));
    }
    return out;
}

std::string describe_threads(const board& b, const host::journal& pages) {
    std::string out;
    size_t idle = 0;
    for (uint32_t i = 0; i < b.standing_count; ++i) {
        const standing& s = b.standings[i];
        if (s.at == nullptr && !s.running) {
            ++idle;
            continue;
        }
        const std::string where = describe_call(s.in, s.at);
        out += fmt::format("  {} {}{}{}\n", name_of_thread(pages, s.fiber),
                           s.running && !s.waits         ? "runs"
                           : s.waits                     ? "waits"
                           : s.step == host::point::lock ? "could go on, or is blocked by a lock"
                                                         : "could go on",
                           where.empty() ? "" : ", in ", where);
    }
    if (idle != 0) {
        out += fmt::format("  {} threads of the runtime have nothing to do\n", idle);
    }
    return out;
}

std::string describe_event(const host::journal& pages, uint64_t i) {
    if (i >= pages.count()) {
        return "the run has ended";
    }
    const host::journal_event& e = pages.at(i);
    std::string out =
        fmt::format("{} goes on with {}", name_of_thread(pages, e.fiber), name_of(e.step));
    if (const std::string where = describe_call(e.left_in, e.left_at); !where.empty()) {
        out += fmt::format(" (the thread before stood in {})", where);
    }
    return out;
}

}  // namespace explore
