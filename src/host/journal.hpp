// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The journal of a simulated run: who was chosen at each point, in memory that outlives the process
// that ran it, so that a run that ends in a bug check can be told and repeated.
//
// A journalist is a strategy that lets another one choose and writes down what it chose. It counts
// preemptions, keeps the trail for replay (host/explore.hpp) and, on request, where in its code
// each thread stood when it was left.
//
// Threads: the pages are shared by parent and child; the child writes, the parent reads when the
// child has ended. progress is also read while it runs.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/sim.hpp"

namespace host {

/// How the fiber before was left at a point.
enum class leaving : uint8_t { stayed, preempted, yielded, blocked };

/// One point: a fiber goes on.
struct journal_event {
    uint32_t fiber;       ///< who goes on
    point step;           ///< what it is about to do
    leaving left;         ///< how the fiber before was left; stayed: it is the same
    uint16_t depth;       ///< 0: left_at is not known
    const void* object;   ///< of the step
    const void* left_in;  ///< where the fiber before stands, in the function the driver called
    const void* left_at;  ///< and the return address in the driver
    uint64_t identity() const noexcept {
        return uint64_t{fiber} << 16 | uint64_t{static_cast<uint8_t>(step)} << 8 |
               static_cast<uint8_t>(left);
    }
};

/// Who a fiber is.
struct journal_fiber {
    uint32_t ordinal;     ///< of the thread in its machine; 0: not yet attached to one
    const char* name;     ///< what the runtime calls it
    const void* routine;  ///< the driver's function that it runs, or null
};

/// The shared pages.
class journal {
public:
    static constexpr uint32_t fibers_max = 1024;

    /// For runs of up to steps_max steps. Null when there is no memory. Never unmapped by the
    /// child; the parent destroys it.
    explicit journal(uint64_t steps_max) noexcept;
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;
    ~journal();

    [[nodiscard]] bool ok() const noexcept { return head_ != nullptr; }

    void begin() noexcept;
    void add(const journal_event& e) noexcept;
    void add_choice(uint32_t fiber, bool by_default) noexcept;
    void add_fiber(uint32_t fiber, const journal_fiber& who) noexcept;

    [[nodiscard]] uint64_t count() const noexcept {
        return head_->count.load(std::memory_order_relaxed);
    }
    [[nodiscard]] const journal_event& at(uint64_t i) const noexcept { return events_[i]; }
    [[nodiscard]] uint32_t fiber_count() const noexcept { return head_->fibers; }
    [[nodiscard]] const journal_fiber& who(uint32_t fiber) const noexcept {
        return fibers_[fiber < fibers_max ? fiber : fibers_max - 1];
    }
    [[nodiscard]] uint64_t preemptions() const noexcept { return head_->preemptions; }
    [[nodiscard]] uint64_t switches() const noexcept { return head_->switches; }

    /// What replay needs: choices up to the last one that it would not make by itself.
    [[nodiscard]] std::vector<uint32_t> trail() const;

    /// The fiber that runs.
    [[nodiscard]] uint32_t running() const noexcept;

    /// Index of the first event that differs, or count() of the shorter one, or UINT64_MAX.
    [[nodiscard]] uint64_t first_difference(const journal& other) const noexcept;

    /// Counts the events of all runs, for a watch on one that makes no progress.
    [[nodiscard]] const std::atomic<uint64_t>& progress() const noexcept { return head_->progress; }

private:
    struct header {
        std::atomic<uint64_t> count;
        std::atomic<uint64_t> progress;
        uint64_t choices;
        uint64_t telling;  ///< choices up to the last one that is not by default
        uint64_t preemptions;
        uint64_t switches;
        uint32_t fibers;
    };

    void move_on() noexcept;

    size_t bytes_ = 0;
    uint64_t capacity_ = 0;
    header* head_ = nullptr;
    journal_fiber* fibers_ = nullptr;
    journal_event* events_ = nullptr;
    uint32_t* trail_ = nullptr;
};

class journalist final : public strategy {
public:
    /// in_driver tells whether an address is of a driver; null: places are not written down.
    journalist(strategy& chooses, journal& pages, bool (*in_driver)(const void*)) noexcept
        : inner_(&chooses), pages_(&pages), in_driver_(in_driver) {}

    void begin() noexcept override;
    int choose(const std::vector<candidate>& candidates, bool must_yield) noexcept override;
    void stepped(uint32_t fiber, const footprint& touched) noexcept override;
    [[nodiscard]] bool preempts_at(point kind) const noexcept override {
        return inner_->preempts_at(kind);
    }
    [[nodiscard]] bool time_moves() const noexcept override { return inner_->time_moves(); }
    void end(outcome how) noexcept override { inner_->end(how); }

private:
    void find_place(journal_event& e) const noexcept;

    strategy* inner_;
    journal* pages_;
    bool (*in_driver_)(const void*);
    uint32_t running_ = 0;
};

/// The innermost call from a driver among return addresses: index into frames, or depth when there
/// is none.
size_t driver_frame(const void* const* frames, size_t depth,
                    bool (*in_driver)(const void*)) noexcept;

}  // namespace host
