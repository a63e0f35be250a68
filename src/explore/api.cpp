// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The C API of include/openwsk/explore.h: checks arguments, converts.

#include <openwsk/explore.h>

#include <memory>
#include <new>

#include "explore/setup.hpp"
#include "host/explore.hpp"
#include "report/json_writer.hpp"
#include "report/options.hpp"
#include "report/text_filter.hpp"

struct openwsk_exploration {
    explore::result kept;
    explore::method kept_how = explore::method::random_walk;
    struct openwsk_exploration_facts facts;
};

namespace explore {
namespace {

constexpr uint64_t steps_limit = 10'000'000;

const char* name_of(method how) noexcept {
    switch (how) {
        case method::random_walk:
            return "random";
        case method::pct:
            return "pct";
        case method::depth_first:
            return "dfs";
    }
    return "";
}

bool convert(const openwsk_explore_options& in, setup& out) {
    if (in.size != sizeof in || in.drivers == nullptr || in.driver_count == 0 ||
        in.strategy > OPENWSK_STRATEGY_DFS || in.depth == 0 || in.schedules == 0 || in.steps == 0 ||
        in.steps > steps_limit || in.reserved != 0 ||
        (in.machine != nullptr && !report::convert(*in.machine, out.machine))) {
        return false;
    }
    if (in.text_filter != nullptr) {
        const auto trial = std::make_unique<trace::text_filter>();
        if (!report::apply_text_filter(*trial, in.text_filter)) {
            return false;
        }
        out.text_filter = in.text_filter;
    }
    out.drivers.assign(in.drivers, in.drivers + in.driver_count);
    for (size_t i = 0; i < in.parameter_count; ++i) {
        const openwsk_parameter& p = in.parameters[i];
        out.parameters.push_back({p.service, p.name, p.text == nullptr, p.number,
                                  p.text != nullptr ? p.text : std::string()});
    }
    out.how = static_cast<method>(in.strategy);
    out.schedules = in.schedules;
    out.seed = in.seed;
    out.depth = in.depth;
    out.preemptions = in.preemptions;
    out.steps_max = in.steps;
    out.run_ns = in.run_ns;
    out.replays = in.replay != nullptr;
    return !out.replays || host::trail_from_text(in.replay, out.trail);
}

void fill_facts(openwsk_exploration& e) noexcept {
    const result& r = e.kept;
    e.facts = {};
    e.facts.size = sizeof e.facts;
    e.facts.code = r.code;
    e.facts.failed = r.failed ? 1 : 0;
    e.facts.finished = r.finished ? 1 : 0;
    e.facts.no_network = r.no_network ? 1 : 0;
    e.facts.schedules = r.schedules;
    e.facts.redundant = r.redundant;
    e.facts.points = r.points;
    e.facts.threads = r.fibers;
    e.facts.seconds = r.seconds;
    e.facts.bound = r.bound;
    e.facts.failure = r.failure.c_str();
    e.facts.number = r.number;
    e.facts.seed = r.seed;
    e.facts.trail = r.trail.c_str();
    e.facts.preemptions_found = r.preemptions_found;
    e.facts.preemptions = r.preemptions;
    e.facts.shrink_runs = r.shrink_runs;
    e.facts.output = r.output.c_str();
    e.facts.threads_text = r.threads.c_str();
    e.facts.story = r.story.c_str();
    e.facts.unrepeatable = r.unrepeatable.c_str();
}

void write_failure(report::json_writer& j, const result& r) {
    j.open_object();
    j.key("text").string(r.failure.c_str());
    j.key("schedule").number(r.number);
    j.key("seed").number(r.seed);
    j.key("trail").string(r.trail.c_str());
    j.key("preemptions_found").number(r.preemptions_found);
    j.key("preemptions").number(r.preemptions);
    j.key("shrink_runs").number(r.shrink_runs);
    j.key("output").string(r.output.c_str());
    j.key("threads").string(r.threads.c_str());
    j.key("story").string(r.story.c_str());
    j.close_object();
}

}  // namespace
}  // namespace explore

extern "C" {

openwsk_result openwsk_explore(const openwsk_explore_options* options,
                               openwsk_exploration** exploration) {
    if (options == nullptr || exploration == nullptr) {
        return OPENWSK_BAD_ARGUMENT;
    }
    *exploration = nullptr;
    explore::setup s;
    if (!explore::convert(*options, s)) {
        return OPENWSK_BAD_ARGUMENT;
    }
    std::unique_ptr<openwsk_exploration> out(new (std::nothrow) openwsk_exploration);
    if (out == nullptr) {
        return OPENWSK_NO_MEMORY;
    }
    out->kept = explore::run(s);
    explore::fill_facts(*out);
    out->kept_how = s.how;
    *exploration = out.release();
    return OPENWSK_OK;
}

const struct openwsk_exploration_facts* openwsk_exploration_get(
    const openwsk_exploration* exploration) {
    return &exploration->facts;
}

void openwsk_exploration_json(const openwsk_exploration* exploration,
                              openwsk_write_function* function, void* context) {
    const explore::result& r = exploration->kept;
    {
        report::json_writer j(function, context);
        j.open_object();
        j.key("schema").number(1);
        j.key("result").string(r.failed ? "failed" : r.code != 0 ? "unrepeatable" : "clean");
        j.key("exit_code").number(static_cast<uint64_t>(r.code));
        j.key("strategy").string(explore::name_of(exploration->kept_how));
        j.key("schedules").number(r.schedules);
        j.key("redundant").number(r.redundant);
        j.key("finished").boolean(r.finished);
        j.key("no_network").boolean(r.no_network);
        j.key("points").number(r.points);
        j.key("milliseconds").number(static_cast<uint64_t>(r.seconds * 1000));
        j.key("unrepeatable").string(r.unrepeatable.c_str());
        j.key("failure");
        if (r.failed) {
            explore::write_failure(j, r);
        } else {
            j.null();
        }
        j.close_object();
    }
    function(context, "\n", 1);
}

void openwsk_exploration_free(openwsk_exploration* exploration) {
    delete exploration;
}

}  // extern "C"
