// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Waits of the runtime itself that can last for ever (WskDeregister, NmrWaitFor..., close, unload).
// Past the machine's stuck_after they name, once, what they wait for, and go on waiting. On entry
// and at each turn the thread runs the completions it owes, since they may be what it waits for.

#pragma once

#include <utility>

#include "base/machine.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"

namespace ke {

/// Longest silent sleep of a waiter that owes or may owe completions.
inline constexpr uint64_t ns_per_ms = 1000000;

/// Waits until done() is true, at most until the deadline (now_ns scale); done is called with m
/// held. describe(), called without m once after stuck_after, prints what holds the wait up. m is
/// held on entry and on return. Returns done(). IRQL < DISPATCH.
template <class Done, class Describe>
bool long_wait_until(host::mutex& m, host::condition& c, uint64_t deadline_ns, Done&& done,
                     Describe&& describe) noexcept OPENWSK_REQUIRES(m) OPENWSK_NO_TSA {
    thread& t = current();
    host::host_interface& h = host::current();
    uint64_t stuck_at = h.now_ns() + t.machine->options().stuck_after_ms * ns_per_ms;
    while (!done()) {
        if (t.deferred_head.load(std::memory_order_relaxed) != nullptr && !t.draining) {
            m.unlock();
            drain_deferred(t);
            m.lock();
            continue;
        }
        const bool in_time = c.wait(m, stuck_at < deadline_ns ? stuck_at : deadline_ns);
        if (in_time || done()) {
            continue;
        }
        if (deadline_ns <= stuck_at) {
            return false;
        }
        stuck_at = host::no_deadline;
        m.unlock();
        describe();
        m.lock();
    }
    return true;
}

/// The same without a deadline.
template <class Done, class Describe>
void long_wait(host::mutex& m, host::condition& c, Done&& done, Describe&& describe) noexcept
    OPENWSK_REQUIRES(m) OPENWSK_NO_TSA {
    long_wait_until(m, c, host::no_deadline, done, describe);
}

}  // namespace ke
