// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Waiting for a lock word that lies in driver memory (spin locks, push locks, rundown references)
// without putting anything of ours there. A waiter marks the word ("somebody sleeps") and sleeps
// on a counter chosen by the word's address; whoever finds the mark moves the counter.
//
//     for (;;) {
//         uint32_t ticket = parked.ticket(address);
//         ... try; mark the word; if that failed, again ...
//         parked.sleep(address, ticket);
//     }
//
// A release that saw the mark comes after ticket was read, so the counter has moved and sleep
// returns. Strangers that share the counter wake and look again. Any IRQL.

#pragma once

#include <atomic>
#include <cstdint>

#include "host/host.hpp"
#include "ke/thread.hpp"

namespace ke {

class parking {
public:
    uint32_t ticket(const volatile void* address) noexcept {
        return counter(address).load(std::memory_order_acquire);
    }

    /// False when the deadline passed first.
    bool sleep(const volatile void* address, uint32_t ticket,
               uint64_t deadline_ns = host::no_deadline) noexcept {
        return host::current().wait(counter(address), ticket, deadline_ns);
    }

    void wake_all(const volatile void* address) noexcept {
        std::atomic<uint32_t>& c = counter(address);
        c.fetch_add(1, std::memory_order_release);
        host::current().wake(c, UINT32_MAX);
    }

private:
    static constexpr unsigned bits = 6;
    struct alignas(64) cell {
        std::atomic<uint32_t> moved{0};
    };

    std::atomic<uint32_t>& counter(const volatile void* address) noexcept {
        const uint64_t mixed = reinterpret_cast<uintptr_t>(address) * 0x9e3779b97f4a7c15u;
        return cells_[mixed >> (64 - bits)].moved;
    }

    cell cells_[1u << bits];
};

/// The machine's parking, for the calling thread.
parking& parking_of(thread& self) noexcept;

/// Calls attempt(mark) until it is true: first spinning, then sleeping on word. With mark, attempt
/// must leave the word marked "somebody sleeps" when it fails, in one step with the look that
/// failed.
template <class Word, class Attempt>
void wait_for(thread& self, Word& word, Attempt&& attempt) noexcept {
    // What a holder has left to do is short; beyond this the CPU does more for somebody else.
    constexpr unsigned spin_rounds_max = 60;
    host::host_interface& h = *self.host;
    for (unsigned round = 0; round < spin_rounds_max; ++round) {
        if (attempt(false)) {
            return;
        }
        h.spin(round);
    }
    parking& parked = parking_of(self);
    const void* before = self.waits_for;
    self.waits_for = const_cast<const void*>(static_cast<const volatile void*>(&word));
    for (;;) {
        const uint32_t ticket = parked.ticket(&word);
        if (attempt(true)) {
            break;
        }
        parked.sleep(&word, ticket);
    }
    self.waits_for = before;
}

}  // namespace ke
