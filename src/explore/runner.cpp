// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "explore/runner.hpp"

#include <cstdio>
#include <cstring>

#include <unistd.h>

#include "host/backtrace.hpp"
#include "host/progress_watch.hpp"
#include "host/symbolize.hpp"
#include "report/model.hpp"
#include "report/sanitizer.hpp"
#include "verify/text.hpp"

namespace explore {
namespace {

constexpr int exit_internal = 70;
constexpr size_t frames_max = 64;

host::sim_options options_of(const setup& s) noexcept {
    host::sim_options out;
    out.seed = s.seed;
    out.steps_max = s.steps_max;
    out.races_repeat = true;
    return out;
}

bool is_in_driver(const void* address) noexcept {
    return host::in_driver(address);
}

}  // namespace

runner* runner::active_ = nullptr;

void runner::printer::write(const trace::text_line& line) noexcept {
    char prefix[64];
    const int n = std::snprintf(prefix, sizeof prefix, "[%12.6f t%u i%u] ",
                                static_cast<double>(line.time_ns) / 1e9, line.thread, line.irql);
    (void)!::write(STDOUT_FILENO, prefix, static_cast<size_t>(n));
    (void)!::write(STDOUT_FILENO, line.text, line.length);
    if (line.length == 0 || line.text[line.length - 1] != '\n') {
        (void)!::write(STDOUT_FILENO, "\n", 1);
    }
}

runner::runner(const setup& s, const std::vector<std::unique_ptr<loader::image>>& images, board& b,
               host::journal& pages, bool tells) noexcept
    : setup_(&s),
      board_(&b),
      pages_(&pages),
      tells_(tells),
      // Lines are printed also where nobody reads them: they are steps like others to
      // ThreadSanitizer, and leave their bytes on stacks.
      life_(s, images, &printer_, tells),
      sim_(options_of(s)) {
    active_ = this;
    verify::set_exit_hook(on_stop);
    base::set_panic_hook(on_panic);
    report::watch_sanitizers(on_sanitizer);
}

bool runner::run(host::strategy& how, uint64_t seed) noexcept {
    board_->begin(seed);
    sim_.seed(seed);
    life_.begin(seed, board_->last);
    host::journalist writes(how, *pages_, tells_ ? is_in_driver : nullptr);
    const host::run_result r = sim_.run(writes, life::scenario, &life_);
    judge(r);
    return board_->last.kind == failure::none;
}

void runner::judge(const host::run_result& r) noexcept {
    verdict& v = board_->last;
    v.hash = r.hash;
    switch (r.how) {
        case host::outcome::finished:
            ++board_->complete;
            return;
        case host::outcome::redundant:
            ++board_->redundant;
            return;
        case host::outcome::deadlock:
            v = {failure::deadlock, report::found, "deadlock", nullptr, false, r.hash};
            break;
        case host::outcome::exhausted:
            v = {failure::no_end, report::found, "no end", nullptr, false, r.hash};
            std::snprintf(v.what, sizeof v.what, "no end after %llu steps",
                          static_cast<unsigned long long>(setup_->steps_max));
            break;
    }
    note_threads();
}

bool runner::run_all(host::strategy& how, const host::depth_first* search) noexcept {
    for (uint64_t i = 0; i < setup_->schedules; ++i) {
        if (!run(how, search != nullptr ? setup_->seed : setup_->seed + i)) {
            return false;
        }
        if (search != nullptr && search->finished()) {
            board_->exhausted = true;
            break;
        }
    }
    return true;
}

void runner::explore() noexcept {
    host::watch_progress(pages_->progress(), setup_->hung_seconds, on_hung);
    switch (setup_->how) {
        case method::random_walk: {
            host::random_walk how(setup_->seed);
            run_all(how, nullptr);
            break;
        }
        case method::pct: {
            host::pct how(setup_->seed, setup_->depth, 1);
            run_all(how, nullptr);
            board_->bound = how.bound();
            break;
        }
        case method::depth_first: {
            host::depth_first how(setup_->preemptions);
            run_all(how, &how);
            break;
        }
    }
    host::end_progress_watch();
}

void runner::run_first() noexcept {
    setup once = *setup_;
    once.schedules = 1;
    setup_ = &once;
    explore();
}

host::replay runner::replay_of(const std::vector<uint32_t>& trail) const {
    if (setup_->how == method::depth_first) {
        return {trail, host::depth_first(setup_->preemptions)};
    }
    return host::replay(trail);
}

void runner::run_trail(const std::vector<uint32_t>& trail) noexcept {
    host::watch_progress(pages_->progress(), setup_->hung_seconds, on_hung);
    host::replay how = replay_of(trail);
    run(how, setup_->seed);
    host::end_progress_watch();
}

void runner::search(uint32_t preemptions) noexcept {
    host::watch_progress(pages_->progress(), setup_->hung_seconds, on_hung);
    const host::replay like = replay_of({});
    host::depth_first how(preemptions, like);
    run_all(how, &how);
    host::end_progress_watch();
}

void runner::note_thread(const host::fiber_view& f, void* self) noexcept {
    board& b = *static_cast<runner*>(self)->board_;
    if (b.standing_count == board::standings_max) {
        return;
    }
    standing& s = b.standings[b.standing_count++];
    s = {f.number, f.running, f.waits, f.step.kind, nullptr, nullptr};
    if (f.frame == 0) {
        return;
    }
    const void* frames[frames_max];
    host::set_stack_limits(f.stack);
    const size_t depth = host::backtrace_from(f.frame, frames, frames_max);
    const size_t i = host::driver_frame(frames, depth, is_in_driver);
    if (i < depth) {
        s.at = frames[i];
        s.in = i > 0 ? frames[i - 1] : nullptr;
    }
}

void runner::note_threads() noexcept {
    const host::stack_limits own = host::current_stack();
    board_->standing_count = 0;
    sim_.for_each_fiber(note_thread, this);
    host::set_stack_limits(own);
}

void runner::end_early(failure kind, int code, const void* site) noexcept {
    verdict& v = board_->last;
    v.kind = kind;
    v.code = code;
    v.site = site;
    note_threads();
}

void runner::on_stop(const verify::stop_info& stop) noexcept {
    verdict& v = active_->board_->last;
    std::snprintf(v.what, sizeof v.what, "bug check 0x%08X %s%s%s", stop.code, stop.name,
                  stop.rule != nullptr ? ", rule " : "", stop.rule != nullptr ? stop.rule : "");
    active_->end_early(failure::stopped, report::bug_check, stop.caller);
}

void runner::on_panic(const char* message) noexcept {
    verdict& v = active_->board_->last;
    std::snprintf(v.what, sizeof v.what, "%.*s", static_cast<int>(std::strcspn(message, "\n")),
                  message);
    active_->end_early(failure::internal, exit_internal, nullptr);
}

void runner::on_sanitizer() noexcept {
    verdict& v = active_->board_->last;
    const char* found = report::sanitizer_finding();
    std::snprintf(v.what, sizeof v.what, "sanitizer report%s%s", found != nullptr ? ": " : "",
                  found != nullptr ? found : "");
    active_->end_early(failure::reported, report::found, nullptr);
}

void runner::on_hung(const void* const* frames, size_t depth) noexcept {
    verdict& v = active_->board_->last;
    std::snprintf(v.what, sizeof v.what, "a thread runs for ever without calling anything");
    const size_t i = host::driver_frame(frames, depth, is_in_driver);
    active_->end_early(failure::hung, report::found, i < depth ? frames[i] : nullptr);
    _exit(report::found);
}

}  // namespace explore
