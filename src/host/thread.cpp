// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/host.hpp"

#include <bit>

namespace host {

constinit std::atomic<bool> asymmetric_fences{false};
constinit thread_local thread* current_thread __attribute__((tls_model("initial-exec"))) = nullptr;

// Set while a simulation runs on the calling OS thread.
constinit thread_local host_interface* simulation __attribute__((tls_model("initial-exec"))) =
    nullptr;

namespace {

// Bit s: seat s is taken. The release in leave_seat pairs with the acquire in take_seat: what one
// thread stored in its places is seen by the next that stores there.
constinit std::atomic<uint32_t> taken_seats{0};
static_assert(seat_count < 32);
constexpr uint32_t all_seats = (1u << seat_count) - 1;

}  // namespace

uint32_t take_seat(thread& t) noexcept {
    if (t.seat != thread::no_seat) {
        return t.seat;
    }
    if (t.simulated) {
        return t.seat = t.ordinal % seat_count;
    }
    uint32_t taken = taken_seats.load(std::memory_order_relaxed);
    while (taken != all_seats) {
        const auto seat = static_cast<uint32_t>(std::countr_one(taken));
        if (taken_seats.compare_exchange_weak(taken, taken | 1u << seat, std::memory_order_acquire,
                                              std::memory_order_relaxed)) {
            t.plain_seat = t.traced ? thread::no_seat : seat;
            return t.seat = seat;
        }
    }
    return t.seat = thread::standing;
}

void leave_seat(thread& t) noexcept {
    if (t.seat < seat_count && !t.simulated) {
        taken_seats.fetch_and(~(1u << t.seat), std::memory_order_release);
    }
    t.seat = t.plain_seat = thread::no_seat;
}

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
        // Not t.host, which is the same: t may have ended, and its object be on its way to a new
        // life.
        current().wake(t.permit, 1);
    }
}

}  // namespace host
