// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Races between threads, round after round. Every round needs all the threads to run, which takes
// microseconds on an idle machine and milliseconds on a busy one; so there is a time after which
// no further round begins.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace test {

/// Counts rounds: at most `most`, and after a few seconds no more.
class race_rounds {
public:
    explicit race_rounds(int most) : most_(most) {}
    /// Whether there is another round.
    [[nodiscard]] bool next() {
        const bool more = done_ < most_ && (done_ < least || clock::now() < end_);
        done_ += more ? 1 : 0;
        return more;
    }
    /// How many have begun.
    [[nodiscard]] int count() const { return done_; }

private:
    using clock = std::chrono::steady_clock;
    static constexpr int least = 100;

    const int most_;
    const clock::time_point end_ = clock::now() + std::chrono::seconds(5);
    int done_ = 0;
};

/// Lets `count` threads go on together, again and again.
class barrier {
public:
    explicit barrier(uint32_t count) : count_(count) {}
    void arrive() {
        arrive([] {});
    }
    /// The last one calls fn before all go on.
    template <class Fn>
    void arrive(Fn&& fn) {
        const uint32_t round = round_.load(std::memory_order_acquire);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == count_) {
            fn();
            arrived_.store(0, std::memory_order_relaxed);
            round_.store(round + 1, std::memory_order_release);
            round_.notify_all();
            return;
        }
        for (unsigned spins = 0; spins < spins_max; ++spins) {
            if (round_.load(std::memory_order_acquire) != round) {
                return;
            }
        }
        round_.wait(round, std::memory_order_acquire);
    }

private:
    static constexpr unsigned spins_max = 4000;

    const uint32_t count_;
    std::atomic<uint32_t> arrived_{0};
    std::atomic<uint32_t> round_{0};
};

/// A barrier whose threads run the rounds of a race together.
class contest : public barrier {
public:
    contest(uint32_t threads, int most) : barrier(threads), rounds_(most) {}
    /// Waits for the others. Whether there is another round: the same for all.
    [[nodiscard]] bool next() {
        arrive([this] { going_ = rounds_.next(); });
        return going_;
    }
    /// How many have begun; of use when all have ended.
    [[nodiscard]] int count() const { return rounds_.count(); }

private:
    race_rounds rounds_;
    bool going_ = true;
};

}  // namespace test
