// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Strategies of the simulated host.
//
//   random_walk   at each point stay with the fiber or draw one of all, every one equally likely;
//                 each run draws how often it stays, so that some runs switch at every turn and
//                 others let a fiber come far
//   pct           probabilistic concurrency testing: random priorities, d-1 priority changes at
//                 random points; finds a bug of depth d with probability >= 1/(n * k^(d-1)) a run
//                 (n threads, k points)
//   depth_first   all schedules, one after the other, up to a bound of preemptions. Without a bound
//                 sleep sets skip schedules that only reorder independent steps, and "finished"
//                 then means: every behaviour that differs in the order of dependent steps was run
//   replay        a recorded trail, for reproduction and shrinking
//
// Depth-first search with sleep sets. A node is a point of a run with its candidates. A step is
// what a fiber does from being chosen to its next point; two steps are independent when they touch
// no common object (footprint). After every schedule that starts at a node with fiber t is
// explored, t with the footprint of its step goes to sleep at that node: a later schedule that
// would run t first again, with only independent steps in between, is redundant. A sleeping fiber
// wakes when a step that touches the same objects is taken. What is atomic without being announced
// as a point counts as part of the step it happens in.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/prng.hpp"
#include "host/sim.hpp"

namespace host {

class random_walk final : public strategy {
public:
    explicit random_walk(uint64_t seed) noexcept : seed_(seed) {}
    void begin() noexcept override;
    int choose(const std::vector<candidate>& candidates, bool must_yield) noexcept override;
    /// The seed the next run uses; each run uses the following one.
    [[nodiscard]] uint64_t seed() const noexcept { return seed_; }

private:
    uint64_t seed_;
    base::prng prng_{0, 0};
    uint64_t turns_ = 1;  ///< one point in so many is a draw
};

class pct final : public strategy {
public:
    /// depth: bugs that need this many ordered events; points: estimate of the points of a run.
    pct(uint64_t seed, uint32_t depth, uint64_t points) noexcept
        : seed_(seed), depth_(depth), points_(points) {}
    void begin() noexcept override;
    int choose(const std::vector<candidate>& candidates, bool must_yield) noexcept override;
    void end(outcome) noexcept override;
    [[nodiscard]] uint64_t seed() const noexcept { return seed_; }
    /// Lower bound of the probability that one run shows a bug of this depth.
    [[nodiscard]] double bound() const noexcept;

private:
    uint64_t priority(uint32_t fiber) noexcept;

    uint64_t seed_;
    uint32_t depth_;
    uint64_t points_;
    uint64_t point_ = 0;
    uint64_t next_low_ = 0;
    uint32_t fibers_ = 0;
    base::prng prng_{0, 0};
    std::vector<uint64_t> changes_;
    std::vector<uint64_t> priorities_;
};

class depth_first final : public strategy {
public:
    static constexpr uint32_t unbounded = UINT32_MAX;

    /// preemptions_max: how often a run may leave a fiber that could go on.
    explicit depth_first(uint32_t preemptions_max = unbounded) noexcept
        : preemptions_max_(preemptions_max) {}
    /// Stops where another strategy does, and time moves as under that one, so that the trails are
    /// good for its replay. For searches with a bound.
    depth_first(uint32_t preemptions_max, const strategy& like) noexcept
        : preemptions_max_(preemptions_max), like_(&like) {}

    void begin() noexcept override;
    int choose(const std::vector<candidate>& candidates, bool must_yield) noexcept override;
    void stepped(uint32_t fiber, const footprint& touched) noexcept override;
    [[nodiscard]] bool preempts_at(point kind) const noexcept override {
        return like_ != nullptr ? like_->preempts_at(kind) : stops_at(kind, preemptions_max_);
    }
    [[nodiscard]] uint32_t preemptions_max() const noexcept { return preemptions_max_; }

    /// Lock releases commute to the left and API entries touch nothing: no need to stop there. Nor
    /// behind an API call, where sleep sets take what follows for independent of everything.
    static constexpr bool stops_at(point kind, uint32_t preemptions_max) noexcept {
        return kind != point::unlock && kind != point::call && kind != point::callout &&
               (kind != point::leave || preemptions_max != unbounded);
    }
    [[nodiscard]] bool time_moves() const noexcept override {
        return like_ != nullptr && like_->time_moves();
    }
    void end(outcome) noexcept override;

    /// True when every schedule within the bound was run.
    [[nodiscard]] bool finished() const noexcept { return finished_; }

private:
    struct sleeper {
        uint32_t fiber;
        footprint touched;
    };
    struct node {
        std::vector<uint32_t> fibers;   ///< candidates still to try, last one next
        std::vector<sleeper> sleeping;  ///< at this node, before the current choice
        uint32_t chosen = 0;
        footprint touched;         ///< of the chosen step, once it ended
        uint32_t preemptions = 0;  ///< spent before this node
        int32_t current = -1;      ///< fiber that ran last, if it can go on
    };

    [[nodiscard]] bool sleeps(const node& n, uint32_t fiber) const noexcept;
    void open(const std::vector<candidate>& candidates, bool must_yield);
    [[nodiscard]] uint32_t cost(const node& n, uint32_t fiber) const noexcept;

    const uint32_t preemptions_max_;
    const strategy* const like_ = nullptr;
    std::vector<node> path_;
    size_t depth_ = 0;  ///< nodes passed in this run
    bool finished_ = false;
};

/// Whom replay chooses where its trail says nothing: the fiber that ran last, else the first one.
/// What the trail says of a fiber that cannot run is skipped, up to the next one's turn.
int default_choice(const std::vector<candidate>& candidates, bool must_yield) noexcept;

class replay final : public strategy {
public:
    explicit replay(std::vector<uint32_t> trail) noexcept : trail_(std::move(trail)) {}
    /// Of a trail that depth_first recorded, with the same bound.
    replay(std::vector<uint32_t> trail, const depth_first& like) noexcept
        : trail_(std::move(trail)), as_search_(true), preemptions_max_(like.preemptions_max()) {}
    void begin() noexcept override { next_ = 0; }
    int choose(const std::vector<candidate>& candidates, bool must_yield) noexcept override;
    [[nodiscard]] bool preempts_at(point kind) const noexcept override {
        return !as_search_ || depth_first::stops_at(kind, preemptions_max_);
    }
    [[nodiscard]] bool time_moves() const noexcept override { return !as_search_; }

private:
    std::vector<uint32_t> trail_;
    bool as_search_ = false;  ///< the trail was recorded by depth_first
    uint32_t preemptions_max_ = depth_first::unbounded;
    size_t next_ = 0;
};

/// A trail as text that a command line can carry ("0*12.3*2.1") and back; false when it is not one.
std::string trail_to_text(const std::vector<uint32_t>& trail);
bool trail_from_text(const std::string& text, std::vector<uint32_t>& trail);

}  // namespace host
