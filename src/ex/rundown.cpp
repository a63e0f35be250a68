// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/rundown.hpp"

#include <atomic>

#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "ke/parking.hpp"
#include "verify/violation.hpp"

// What a cache-aware reference looks like inside the memory that drivers hand around: this, up to
// the next line, and then the words.
struct _EX_RUNDOWN_REF_CACHE_AWARE {
    uint32_t words;
    std::atomic<uint64_t>* first;
};

namespace ex {
namespace {

constexpr uint64_t active = EX_RUNDOWN_ACTIVE;
constexpr uint64_t one = EX_RUNDOWN_COUNT_INC;
constexpr size_t line = 64;

std::atomic_ref<ULONG_PTR> word_of(EX_RUNDOWN_REF& r) noexcept {
    return std::atomic_ref<ULONG_PTR>(const_cast<ULONG_PTR&>(r.Count));
}

std::atomic<uint64_t>& word_at(cache_aware& r, uint32_t n) noexcept {
    return *reinterpret_cast<std::atomic<uint64_t>*>(reinterpret_cast<char*>(r.first) + n * line);
}

std::atomic<uint64_t>& word_here(ke::thread& self, cache_aware& r) noexcept {
    return word_at(r, ke::processor_number(self) % r.words);
}

uint64_t holders(cache_aware& r) noexcept {
    uint64_t sum = 0;
    for (uint32_t n = 0; n < r.words; ++n) {
        sum += word_at(r, n).load(std::memory_order_seq_cst) & ~active;
    }
    return sum;
}

// Sleeps until done() is true. done is looked at after the ticket was drawn, and whoever makes it
// true wakes afterwards.
template <class Done>
void sleep_until(ke::thread& self, const void* address, Done&& done) noexcept {
    ke::parking& parked = ke::parking_of(self);
    self.waits_for = address;
    for (;;) {
        const uint32_t ticket = parked.ticket(address);
        if (done()) {
            break;
        }
        parked.sleep(address, ticket);
    }
    self.waits_for = nullptr;
}

}  // namespace

// ---- plain ------------------------------------------------------------------------------------

void initialize(EX_RUNDOWN_REF& r) noexcept {
    word_of(r).store(0, std::memory_order_release);
}

bool acquire(EX_RUNDOWN_REF& r, uint32_t count) noexcept {
    host::schedule_point(host::point::interlocked, &r);
    ULONG_PTR seen = word_of(r).load(std::memory_order_relaxed);
    while ((seen & active) == 0) {
        if (word_of(r).compare_exchange_weak(seen, seen + count * one, std::memory_order_acquire)) {
            return true;
        }
    }
    return false;
}

void release(ke::thread& self, EX_RUNDOWN_REF& r, uint32_t count, const void* caller) noexcept {
    host::schedule_point(host::point::interlocked, &r);
    ULONG_PTR seen = word_of(r).load(std::memory_order_relaxed);
    do {
        if (OPENWSK_UNLIKELY((seen & ~active) < count * one)) {
            verify::violation(verify::rule::rundown_over_release, caller, &r,
                              "the rundown reference at %p is released %u times, but held %llu "
                              "times",
                              static_cast<void*>(&r), count,
                              static_cast<unsigned long long>((seen & ~active) / one));
            return;
        }
    } while (!word_of(r).compare_exchange_weak(seen, seen - count * one, std::memory_order_acq_rel,
                                               std::memory_order_relaxed));
    if (OPENWSK_UNLIKELY(seen - count * one == active)) {
        ke::parking_of(self).wake_all(&r);
    }
}

void wait(ke::thread& self, EX_RUNDOWN_REF& r) noexcept {
    host::schedule_point(host::point::wait, &r);
    word_of(r).fetch_or(active, std::memory_order_acq_rel);
    sleep_until(self, &r, [&] { return word_of(r).load(std::memory_order_acquire) == active; });
}

void complete(EX_RUNDOWN_REF& r) noexcept {
    word_of(r).store(active, std::memory_order_release);
}

// ---- cache-aware ------------------------------------------------------------------------------

size_t cache_aware_bytes(ke::thread& self) noexcept {
    return sizeof(cache_aware) + line * (self.home->processors().count() + 1);
}

bool initialize_cache_aware(ke::thread& self, void* memory, size_t bytes) noexcept {
    const auto begin = reinterpret_cast<uintptr_t>(memory);
    const uintptr_t first = (begin + sizeof(cache_aware) + line - 1) & ~uintptr_t{line - 1};
    if (begin + bytes < first + line) {
        return false;
    }
    const size_t fit = (begin + bytes - first) / line;
    auto& r = *static_cast<cache_aware*>(memory);
    r.words = static_cast<uint32_t>(
        fit < self.home->processors().count() ? fit : self.home->processors().count());
    r.first = reinterpret_cast<std::atomic<uint64_t>*>(first);
    reinitialize_cache_aware(r);
    return true;
}

void reinitialize_cache_aware(cache_aware& r) noexcept {
    for (uint32_t n = 0; n < r.words; ++n) {
        word_at(r, n).store(0, std::memory_order_seq_cst);
    }
}

bool acquire(ke::thread& self, cache_aware& r, uint32_t count) noexcept {
    host::schedule_point(host::point::interlocked, &r);
    std::atomic<uint64_t>& word = word_here(self, r);
    if (OPENWSK_LIKELY((word.fetch_add(count * one, std::memory_order_seq_cst) & active) == 0)) {
        return true;
    }
    // The caller keeps the object alive for this call, so it may be touched once more.
    word.fetch_sub(count * one, std::memory_order_seq_cst);
    ke::parking_of(self).wake_all(&r);
    return false;
}

void release(ke::thread& self, cache_aware& r, uint32_t count) noexcept {
    host::schedule_point(host::point::interlocked, &r);
    std::atomic<uint64_t>& word = word_here(self, r);
    if (OPENWSK_UNLIKELY((word.fetch_sub(count * one, std::memory_order_seq_cst) & active) != 0)) {
        ke::parking_of(self).wake_all(&r);
    }
}

void wait(ke::thread& self, cache_aware& r) noexcept {
    host::schedule_point(host::point::wait, &r);
    for (uint32_t n = 0; n < r.words; ++n) {
        word_at(r, n).fetch_or(active, std::memory_order_seq_cst);
    }
    sleep_until(self, &r, [&] { return holders(r) == 0; });
}

void complete(cache_aware& r) noexcept {
    for (uint32_t n = 0; n < r.words; ++n) {
        word_at(r, n).store(active, std::memory_order_seq_cst);
    }
}

}  // namespace ex
