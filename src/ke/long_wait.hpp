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

/// Waits until done() is true; done is called with m held. describe(), called without m once after
/// stuck_after, prints what holds the wait up. m is held on entry and on return. IRQL < DISPATCH.
template <class Done, class Describe>
void long_wait(host::mutex& m, host::condition& c, Done&& done, Describe&& describe) noexcept
    OPENWSK_REQUIRES(m) OPENWSK_NO_TSA {
    thread& t = current();
    host::host_interface& h = host::current();
    const uint64_t stuck_at = h.now_ns() + t.machine->options().stuck_after_ms * ns_per_ms;
    bool told = false;
    while (!done()) {
        if (t.deferred_head.load(std::memory_order_relaxed) != nullptr && !t.draining) {
            m.unlock();
            drain_deferred(t);
            m.lock();
            continue;
        }
        const bool in_time = c.wait(m, told ? host::no_deadline : stuck_at);
        if (!in_time && !told && !done()) {
            told = true;
            m.unlock();
            describe();
            m.lock();
        }
    }
}

}  // namespace ke
