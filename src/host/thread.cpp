// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/host.hpp"

namespace host {

constinit std::atomic<bool> asymmetric_fences{false};
constinit thread_local thread* current_thread __attribute__((tls_model("initial-exec"))) = nullptr;

// Set while a simulation runs on the calling OS thread.
constinit thread_local host_interface* simulation __attribute__((tls_model("initial-exec"))) =
    nullptr;

host_interface& ambient_host() noexcept {
    return simulation != nullptr ? *simulation : linux_host();
}

// Like everything else of the simulated host: every fiber reads it, on the same OS thread.
OPENWSK_NO_TSAN void set_ambient_host(host_interface* h) noexcept {
    simulation = h;
}

// permit: 0 nothing, 1 an unpark came first, 2 the thread sleeps. The release in unpark pairs with
// the acquire in park, so what the waker wrote before is seen after.
bool park(uint64_t deadline_ns) noexcept {
    thread* t = self();
    OPENWSK_ASSERT(t != nullptr);
    schedule_point(point::wait, &t->permit);
    uint32_t state = 0;
    if (!t->permit.compare_exchange_strong(state, 2, std::memory_order_acquire)) {
        t->permit.store(0, std::memory_order_relaxed);
        return true;
    }
    const bool in_time = current().wait(t->permit, 2, deadline_ns);
    const uint32_t found = t->permit.exchange(0, std::memory_order_acquire);
    return in_time || found == 1;
}

void unpark(thread& t) noexcept {
    schedule_point(point::wake, &t.permit);
    if (t.permit.exchange(1, std::memory_order_release) == 2) {
        host_interface& h = t.host != nullptr ? *t.host : linux_host();
        h.wake(t.permit, 1);
    }
}

}  // namespace host
