// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Small programs on a simulated machine, run under every schedule of a search or under many random
// ones. The machine has only the parts that the program names, and is made anew for each run, so
// that runs are short and what a search calls dependent is really shared.

#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/machine.hpp"
#include "host/explore.hpp"
#include "host/sim.hpp"
#include "ke/kernel.hpp"
#include "ke/thread.hpp"

namespace test {

/// A machine inside a simulation; threads are started together and joined by run().
class sim_machine {
public:
    explicit sim_machine(base::machine_options options = {}) : machine_(host::current(), options) {
        machine_.install(std::unique_ptr<ke::kernel>(new (std::nothrow) ke::kernel(machine_)));
        ke::attach(machine_);
    }
    sim_machine(const sim_machine&) = delete;
    sim_machine& operator=(const sim_machine&) = delete;
    ~sim_machine() { ke::detach(); }

    template <class Part>
    Part& add() {
        return machine_.install(std::unique_ptr<Part>(new (std::nothrow) Part(machine_)));
    }
    base::machine& get() { return machine_; }

    /// Runs the bodies as threads of the machine and waits for all of them.
    void run(std::initializer_list<std::function<void()>> bodies) {
        run(std::span<const std::function<void()>>(bodies.begin(), bodies.size()));
    }
    void run(std::span<const std::function<void()>> bodies) {
        ASSERT_LE(bodies.size(), threads_.size());
        // The bodies are best kept on the scenario's stack, not in the heap: a run that is given up
        // is never unwound.
        for (size_t i = 0; i < bodies.size(); ++i) {
            ke::thread& t = threads_[i];
            t.machine = &machine_;
            t.home = &machine_.get<ke::kernel>();
            t.ordinal = static_cast<uint32_t>(100 + i);
            t.id = t.ordinal * 4;
            host::current().start(t, {}, enter, const_cast<std::function<void()>*>(&bodies[i]));
        }
        for (size_t i = 0; i < bodies.size(); ++i) {
            host::current().join(threads_[i]);
        }
    }

private:
    static void enter(void* argument) { (*static_cast<std::function<void()>*>(argument))(); }

    base::machine machine_;
    std::array<ke::thread, 6> threads_;
};

/// What a number of runs showed.
struct exploration {
    uint64_t complete = 0;   ///< runs that came to their end
    uint64_t redundant = 0;  ///< runs given up because an equivalent one was done
    bool finished = false;   ///< a search ran every schedule
    std::string failure;     ///< the first failure, with the trail that replays it
};

/// Runs the program until the strategy has finished or `runs` is reached. The program returns
/// an empty text, or what went wrong.
template <class Strategy>
exploration explore(Strategy& how, uint64_t runs, const std::function<std::string()>& program,
                    host::sim_options options = {}) {
    struct call {
        const std::function<std::string()>* program;
        std::string answer;
    };
    exploration out;
    host::sim s(options);
    for (uint64_t i = 0; i < runs; ++i) {
        if constexpr (requires { how.finished(); }) {
            if (how.finished()) {
                break;
            }
        }
        call c{&program, {}};
        const host::run_result r = s.run(
            how,
            [](void* argument) {
                auto& me = *static_cast<call*>(argument);
                me.answer = (*me.program)();
            },
            &c);
        std::string why = c.answer;
        switch (r.how) {
            case host::outcome::finished:
                ++out.complete;
                break;
            case host::outcome::redundant:
                ++out.redundant;
                continue;
            case host::outcome::deadlock:
                why = "deadlock\n" + r.waiting;
                break;
            case host::outcome::exhausted:
                why = "no end after " + std::to_string(r.steps) + " steps";
                break;
        }
        if (!why.empty()) {
            out.failure = why + " [run " + std::to_string(i) + ", trail " +
                          host::trail_to_text(r.trail) + "]";
            return out;
        }
    }
    if constexpr (requires { how.finished(); }) {
        out.finished = how.finished();
    }
    return out;
}

}  // namespace test
