// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// How a deregistration detaches its bindings; the diagram is in nmr/detach_run.hpp.

#include "nmr/detach_run.hpp"

#include "nmr/registrar.hpp"
#include "wdk/abi/ntstatus.h"

namespace nmr {

namespace {

// Where the run will look for a binding: its peer's callbacks and counts, and its neighbours in the
// peer's list. With many bindings these are in no cache that is near.
void fetch_ahead(binding& b, side peer) noexcept {
    const registration& r = b.of(peer);
    __builtin_prefetch(&r.form);
    __builtin_prefetch(&r.form.cleanup);
    __builtin_prefetch(&r.binding_count, 1);
    const base::list_node& node = b.link(peer).node;
    if (node.linked()) {
        __builtin_prefetch(node.next, 1);
        __builtin_prefetch(node.previous, 1);
    }
}

}  // namespace

// Takes the oldest attached bindings of a leaving registration into the run; false when none is
// left. Every binding it passes is taken off the list: one that was not offered yet ends here
// (NMR-109), one whose offer runs is torn down by the thread that makes the offer (NMR-137), one
// that detaches is the peer's work (NMR-117). So each binding is looked at once.
bool registrar::fill_run_locked(detach_run& run) noexcept {
    run.count = 0;
    run.begun.store(0, std::memory_order_relaxed);
    run.broken.store(false, std::memory_order_relaxed);
    registration& r = *run.of;
    while (run.count < detach_run::capacity) {
        binding_link* link = r.bindings.front();
        if (link == nullptr) {
            break;
        }
        binding& b = *link->of;
        const bool taken = b.run != nullptr;
        if (taken) {
            if (run.count != 0) {
                break;  // what comes from another run begins at once
            }
            break_run_locked(*b.run, b);
            if (!link->node.linked()) {
                continue;
            }
        }
        registration::binding_list::remove(*link);
        if (b.state() == binding_state::created) {
            registration::offer_list::remove(b);
            retire_locked(b);
        } else if (b.state() == binding_state::attached && b.run == nullptr) {
            b.run = &run;
            run.items[run.count++] = &b;
            fetch_ahead(b, other(run.whose));
            if (taken) {
                break;
            }
        }
    }
    return run.count != 0;
}

// Without the lock. Both detach callbacks of each binding, without waiting for one side before the
// other is told (NMR-126), and both cleanup callbacks if no side is pending.
void registrar::make_run(detach_run& run, uint32_t count) noexcept {
    const side first = run.whose;
    const side second = other(first);
    for (uint32_t i = 0; i < count && run.begin(i); ++i) {
        binding& b = *run.items[i];
        side_progress& one = b.at(first);
        side_progress& two = b.at(second);
        b.set_state(binding_state::detaching);
        one.phase = two.phase = side_phase::calling;
        const callback_scope scope(b.pair());
        const base::status first_result = detach_side(b, first, one.context);
        const base::status second_result = detach_side(b, second, two.context);
        if (OPENWSK_UNLIKELY(first_result == STATUS_PENDING || second_result == STATUS_PENDING)) {
            host::guard g(lock_);
            b.run = nullptr;
            settle_locked(b, first, first_result);
            settle_locked(b, second, second_result);
            finish_if_done_locked(b);
            continue;
        }
        host::schedule_point(host::point::interlocked, &run);
        one.phase = two.phase = side_phase::done;
        b.set_state(binding_state::cleanup);
        call_cleanup(b.client->form, b.at(side::client).context);
        call_cleanup(b.provider->form, b.at(side::provider).context);
    }
}

// The runner is back: what is still in the run is through, or was not begun after all.
void registrar::end_run_locked(detach_run& run, uint32_t count) noexcept {
    release_run_locked(run, 0, count, nullptr);
}

// The peer of a binding in the run leaves as well. On return the binding has ended, is free, or is
// the one that the runner is at.
void registrar::break_run_locked(detach_run& run, binding& wanted) noexcept {
    const uint32_t begun = run.stop();
    if (begun > 1) {
        release_run_locked(run, 0, begun - 1, nullptr);
    }
    release_run_locked(run, begun, run.count, &wanted);
}

// From the newest to the oldest, so that those that go back to the list keep their order.
void registrar::release_run_locked(detach_run& run, uint32_t from, uint32_t to,
                                   const binding* kept) noexcept {
    for (uint32_t i = to; i-- > from;) {
        binding& b = *run.items[i];
        if (b.run != &run) {
            continue;
        }
        b.run = nullptr;
        if (b.state() == binding_state::cleanup) {
            retire_locked(b);
        } else if (&b != kept) {
            run.of->bindings.push_front(b.link(run.whose));
        }
    }
}

}  // namespace nmr
