// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Programs whose k-th allocation fails, for k = 1, 2, ... until one run reaches its end without
// a failure. Each k starts from a fresh simulated machine, so that the growth of every slab is
// among the allocations, and is run under several schedules.
//
// Checked after each run: the program's own verdict, that it came to its end (a lost callback or
// wake-up is a deadlock), and that no more allocations are left, once its machine is gone, than
// after a run without a failure (the object of the scenario's own thread stays).

#pragma once

#include <string>

#include <gtest/gtest.h>

#include "host/explore.hpp"
#include "host/sim.hpp"
#include "verify/fault.hpp"

namespace test {

class fault_runs {
public:
    /// The run that is going on, or null.
    static fault_runs* current() { return current_; }

    /// Called by the program: allocations fail from here, or do not fail any more.
    static void arm() { verify::arm_faults(current_->k_, true); }
    static void disarm() {
        current_->reached_ = current_->reached_ || verify::faults_seen() >= current_->k_;
        verify::arm_faults(0, true);
    }

    /// Runs what(), which makes its machine, arms, does its work, disarms and returns what went
    /// wrong. Returns how many allocations were made to fail.
    template <class Program>
    uint64_t run(const char* name, uint64_t schedules, const Program& what) {
        current_ = this;
        host::sim s({});
        for (k_ = 0;; ++k_) {
            reached_ = k_ == 0;
            for (uint64_t seed = 0; seed < schedules; ++seed) {
                const std::string why = once(s, seed, what);
                if (!why.empty()) {
                    ADD_FAILURE() << name << ", allocation " << k_ << ", seed " << seed << ": "
                                  << why;
                    current_ = nullptr;
                    verify::arm_faults(0, true);
                    return 0;
                }
            }
            if (!reached_) {
                break;
            }
        }
        current_ = nullptr;
        std::printf("%s: %lu allocations failed one after the other, %lu schedules each\n", name,
                    k_ - 1, schedules);
        return k_ - 1;
    }

private:
    template <class Program>
    std::string once(host::sim& s, uint64_t seed, const Program& what) {
        struct call {
            const Program* what;
            host::sim* s;
            std::string answer;
            size_t left;
        };
        call c{&what, &s, {}, 0};
        host::random_walk how(seed);
        const host::run_result r = s.run(
            how,
            [](void* argument) {
                auto& me = *static_cast<call*>(argument);
                const size_t before = me.s->allocations_live();
                me.answer = (*me.what)();
                me.left = me.s->allocations_live() - before;
            },
            &c);
        if (r.how != host::outcome::finished) {
            return "it does not end\n" + r.waiting;
        }
        if (k_ == 0 && seed == 0) {
            stays_ = c.left;
        }
        if (c.answer.empty() && c.left != stays_) {
            return std::to_string(c.left) + " allocations are left instead of " +
                   std::to_string(stays_);
        }
        return c.answer;
    }

    inline static fault_runs* current_ = nullptr;
    uint64_t k_ = 0;  ///< 0: none fails
    size_t stays_ = 0;
    bool reached_ = false;
};

}  // namespace test
