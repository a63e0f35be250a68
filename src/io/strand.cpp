// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/strand.hpp"

#include <utility>

#include "io/loop_pool.hpp"

namespace io {
namespace {

/// Pieces of work in one run; then whatever else the loop has gets its turn.
constexpr unsigned steps_max = 64;
/// Gates on a stack beyond which the policy inline_ defers, so that recursion is bounded.
constexpr uint32_t inline_depth_max = 4;
constexpr uint8_t dispatch_level = 2;

}  // namespace

strand::strand() noexcept {
    deferred_.owner = this;
    deferred_.run = run_deferred;
    task_.owner = this;
    task_.call = run_task;
}

void strand::place(loop_pool& p, net::loop& l) noexcept {
    pool_ = &p;
    loop_ = &l;
}

bool strand::schedule_locked() noexcept {
    if (state_ != state::idle) {
        return false;
    }
    state_ = state::ready;
    switch (pool_->choose_policy()) {
        case base::completion_policy::inline_: {
            const ke::thread& t = ke::current();
            if (t.irql < dispatch_level && t.depth <= inline_depth_max) {
                return true;
            }
            defer_locked();
            return false;
        }
        case base::completion_policy::thread:
            post_locked();
            return false;
        default:
            defer_locked();
            return false;
    }
}

bool strand::claim_here_locked() noexcept {
    if (state_ == state::running) {
        return false;
    }
    state_ = state::ready;
    return true;
}

void strand::defer_locked() noexcept {
    if (deferred_linked_ || task_posted_) {
        return;
    }
    deferred_linked_ = true;
    keep();
    ke::defer(deferred_);
    pool_->watch();
}

void strand::post_locked() noexcept {
    if (task_posted_) {
        return;
    }
    task_posted_ = true;
    keep();
    loop_->post(task_);
}

void strand::post_ready_locked() noexcept {
    if (state_ == state::idle) {
        state_ = state::ready;
        post_locked();
    }
}

void strand::leave(bool run_now) noexcept {
    if (run_now) {
        run_locked(runner::claimed);
    } else {
        mutex_.unlock();
    }
}

void strand::run_claimed() noexcept {
    run(runner::claimed);
}

void strand::run_deferred(ke::deferred& d) noexcept {
    strand& s = *static_cast<deferred_item&>(d).owner;
    s.run(runner::deferred);
    s.drop();
}

void strand::run_task(net::task& t) noexcept {
    strand& s = *static_cast<loop_task&>(t).owner;
    s.run(runner::task);
    s.drop();
}

void strand::run(runner who) noexcept {
    mutex_.lock();
    run_locked(who);
}

void strand::run_locked(runner who) noexcept {
    // After the lock, so that the monitor, which reads the other way round, cannot miss us.
    pool_->watch();
    if (who == runner::deferred) {
        deferred_linked_ = false;
    } else if (who == runner::task) {
        task_posted_ = false;
    }
    if (state_ != state::ready) {
        mutex_.unlock();
        return;
    }
    ke::thread& me = ke::current();
    state_ = state::running;
    runner_ = &me;
    deferred_run_ = who == runner::deferred;
    run_steps();
    const bool over = std::exchange(ended_, false);
    mutex_.unlock();
    if (over) {
        finished();
    }
    if (who != runner::deferred && me.depth == 0) {
        // What the callbacks left to be done on other sockets.
        ke::drain_deferred(me);
    }
}

void strand::run_steps() noexcept {
    unsigned steps = 0;
    while (steps < steps_max && step()) {
        ++steps;
    }
    runner_ = nullptr;
    state_ = state::idle;
    if (steps == steps_max || (deferred_run_ && events_waiting())) {
        state_ = state::ready;
        post_locked();
    }
    deferred_run_ = false;
}

}  // namespace io
