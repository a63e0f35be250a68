// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The whole procedure. Images are mapped here, before any child is made, so that they lie at the
// same place in all of them; no code of a driver runs in this process.

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/annotate.hpp"
#include "explore/child.hpp"
#include "explore/runner.hpp"
#include "explore/setup.hpp"
#include "explore/shrink.hpp"
#include "explore/story.hpp"
#include "host/symbolize.hpp"
#include "report/model.hpp"

namespace explore {
namespace {

constexpr int exit_internal = 70;
constexpr uint64_t shrink_events_max = 4'000'000;  // of all runs together
constexpr uint32_t shrink_runs_min = 20;
constexpr uint64_t search_schedules_max = OPENWSK_TSAN != 0 ? 200 : 5000;
constexpr uint32_t silence_factor = 12;  // wall-clock seconds for one of CPU time

double seconds_now() noexcept {
    return static_cast<double>(host::linux_host().now_ns()) / 1e9;
}

class explorer {
public:
    explicit explorer(const setup& s) : setup_(s), shared_(s.steps_max), again_(s.steps_max) {}

    result go() {
        if (!shared_.ok() || !again_.ok()) {
            fail(exit_internal, "no memory");
        } else if (!map_images()) {
            // said already
        } else if (setup_.replays) {
            replay_given();
        } else if (check_first() && result_.number == 0) {
            explore_all();
        }
        return std::move(result_);
    }

private:
    void fail(int code, std::string why) {
        result_.failed = true;
        result_.code = code;
        result_.failure = std::move(why);
    }

    bool map_images() {
        for (const std::string& path : setup_.drivers) {
            loader::load_failure why;
            std::unique_ptr<loader::image> i = loader::image::map(path.c_str(), why);
            if (i == nullptr) {
                std::string text = why.text;
                for (const std::string& name : why.names) {
                    text += "\n    " + name;
                }
                fail(report::not_started, std::move(text));
                return false;
            }
            i->keep();
            images_.push_back(std::move(i));
        }
        return true;
    }

    /// Runs one thing in a child. False, and the result says so, when that is not possible.
    bool run(shared& where, const setup& s, bool tells, std::string* output,
             const std::function<void(runner&)>& what) {
        return run_child(
            where,
            [&] {
                // Never destroyed: the process ends.
                auto* r = new runner(s, images_, where.sheet(), where.pages(), tells);
                what(*r);
            },
            s.hung_seconds * silence_factor, output);
    }

    static std::string line_of(const verdict& v) {
        std::string out = v.what;
        if (v.site != nullptr) {
            char place[640];
            host::describe_return(v.site, place, sizeof place);
            out += fmt::format(", by {}", place);
        }
        return out;
    }

    /// Compares two runs of one schedule; true when they are alike.
    bool alike(const char* which) {
        const uint64_t i = shared_.pages().first_difference(again_.pages());
        const verdict& one = shared_.sheet().last;
        const verdict& two = again_.sheet().last;
        if (i == UINT64_MAX && one.hash == two.hash && one.kind == two.kind) {
            return true;
        }
        std::string what;
        if (i != UINT64_MAX) {
            what = fmt::format("event {} of {}: {}; the second time: {}", i + 1,
                               shared_.pages().count(), describe_event(shared_.pages(), i),
                               describe_event(again_.pages(), i));
        } else {
            what = fmt::format(
                "all {} events are alike, but the first time it ended with '{}', "
                "the second time with '{}'",
                shared_.pages().count(), one.what, two.what);
        }
        result_.unrepeatable = fmt::format(
            "the {} schedule ran differently when it was run again: driver or runtime depends on "
            "something outside the schedule\n  {}\n",
            which, what);
        result_.code = result_.code == 0 ? report::found : result_.code;
        return false;
    }

    bool check_first() {
        const auto first = [](runner& r) { r.run_first(); };
        std::string output;
        if (!run(shared_, setup_, true, &output, first)) {
            fail(exit_internal, "no process can be made");
            return false;
        }
        const verdict& v = shared_.sheet().last;
        if (v.kind == failure::hung) {  // takes seconds, so once is enough
            result_.number = result_.schedules = 1;
            note_failure(v, shared_.sheet().seed);
            result_.output = std::move(output);
            tell(shared_);
            return true;
        }
        if (!run(again_, setup_, true, nullptr, first)) {
            fail(exit_internal, "no process can be made");
            return false;
        }
        result_.points = shared_.pages().count();
        result_.fibers = shared_.pages().fiber_count();
        result_.no_network = v.no_network;
        if (!alike("first")) {
            return false;
        }
        if (v.kind != failure::none) {
            result_.schedules = result_.number = 1;
            result_.preemptions_found = shared_.pages().preemptions();
            note_failure(v, shared_.sheet().seed);
            reduce(output);
        }
        return true;
    }

    void explore_all() {
        const double begin = seconds_now();
        if (!run(shared_, setup_, false, nullptr, [](runner& r) { r.explore(); })) {
            fail(exit_internal, "no process can be made");
            return;
        }
        result_.seconds = seconds_now() - begin;
        const board& b = shared_.sheet();
        result_.schedules = b.begun - b.redundant;
        result_.redundant = b.redundant;
        result_.finished = b.exhausted;
        result_.bound = b.bound;
        result_.no_network = result_.no_network || b.last.no_network;
        if (b.last.kind == failure::none) {
            return;
        }
        result_.number = b.begun;
        note_failure(b.last, b.seed);
        result_.preemptions_found = shared_.pages().preemptions();
        reproduce();
    }

    void note_failure(const verdict& v, uint64_t seed) {
        result_.failed = true;
        result_.code = v.code;
        result_.failure = line_of(v);
        result_.seed = seed;
    }

    static failing_trail trail_of(shared& s) {
        failing_trail out{s.pages().trail(), {s.pages().preemptions(), s.pages().switches(), 0}};
        out.cost.choices = out.choices.size();
        return out;
    }

    static bool same(const verdict& a, const verdict& b) noexcept {
        return a.kind == b.kind && std::strcmp(a.what, b.what) == 0 && a.site == b.site;
    }

    // The failing run is in shared_. Runs its trail again, to be sure that it is one.
    void reproduce() {
        const failing_trail found = trail_of(shared_);
        setup again = setup_;
        again.seed = result_.seed;
        std::string output;
        run(again_, again, true, &output, [&](runner& r) { r.run_trail(found.choices); });
        if (!alike("failing")) {
            result_.trail = host::trail_to_text(found.choices);
            result_.preemptions = result_.preemptions_found;
            return;
        }
        reduce(output);
    }

    // The failing run, repeated, is in again_. Shrinks its trail and tells the story of what is
    // left. A run that hangs is not run again: it takes seconds.
    void reduce(std::string& output) {
        const verdict wanted = again_.sheet().last;
        failing_trail best = trail_of(again_);
        setup again = setup_;
        again.seed = result_.seed;
        if (wanted.kind == failure::hung) {
            result_.output = std::move(output);
            tell(again_);
            return;
        }
        const trail_test test = [&](const trail& candidate, failing_trail& out) {
            run(again_, again, false, nullptr, [&](runner& r) { r.run_trail(candidate); });
            out = trail_of(again_);
            return same(again_.sheet().last, wanted);
        };
        const uint64_t affordable = shrink_events_max / (again_.pages().count() + 1);
        again.schedules = std::min<uint64_t>(affordable, search_schedules_max);
        const trail_search search = [&](uint64_t preemptions, failing_trail& out, uint64_t& runs) {
            return search_fewer(again, wanted, static_cast<uint32_t>(preemptions), out, runs);
        };
        best = shrink(std::move(best), test, search,
                      static_cast<uint32_t>(std::clamp<uint64_t>(affordable, shrink_runs_min,
                                                                 setup_.shrink_runs_max)),
                      result_.shrink_runs);
        show(again, best.choices);
    }

    // Takes what it runs from the schedules that s still has.
    search_end search_fewer(setup& s, const verdict& wanted, uint32_t preemptions,
                            failing_trail& out, uint64_t& runs) {
        if (s.schedules == 0 ||
            !run(again_, s, false, nullptr, [&](runner& r) { r.search(preemptions); })) {
            return search_end::given_up;
        }
        const board& b = again_.sheet();
        runs += b.begun;
        s.schedules -= std::min(s.schedules, b.begun);
        if (b.last.kind == failure::none) {
            return b.exhausted ? search_end::none : search_end::given_up;
        }
        out = trail_of(again_);
        return same(b.last, wanted) ? search_end::found : search_end::given_up;
    }

    void replay_given() {
        const double begin = seconds_now();
        show(setup_, setup_.trail);
        result_.seconds = seconds_now() - begin;
        result_.schedules = 1;
        const verdict& v = shared_.sheet().last;
        result_.no_network = v.no_network;
        if (v.kind != failure::none) {
            result_.number = 1;
            note_failure(v, setup_.seed);
            result_.preemptions_found = shared_.pages().preemptions();
        }
    }

    // Runs a trail twice, to be sure, and keeps everything that there is to be said.
    void show(const setup& s, const trail& choices) {
        const auto body = [&](runner& r) { r.run_trail(choices); };
        if (!run(shared_, s, true, &result_.output, body) || !run(again_, s, true, nullptr, body)) {
            fail(exit_internal, "no process can be made");
            return;
        }
        alike("shown");
        tell(shared_);
    }

    void tell(shared& s) {
        const failing_trail shown = trail_of(s);
        result_.trail = host::trail_to_text(shown.choices);
        result_.preemptions = shown.cost.preemptions;
        result_.story = tell_story(s.pages());
        result_.threads = describe_threads(s.sheet(), s.pages());
    }

    const setup& setup_;
    shared shared_;
    shared again_;
    std::vector<std::unique_ptr<loader::image>> images_;
    result result_;
};

}  // namespace

result run(const setup& s) {
    return explorer(s).go();
}

}  // namespace explore
