// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Reduces the trail of a failing schedule to one with fewer preemptions that fails the same way.
//
// A trail is read as segments "this thread, for so many choices". Candidates are made by cutting
// the end (the threads then run on until they wait), by taking segments out, by joining two of
// a thread, by letting a thread run until it waits, and by letting others come first. A candidate
// that fails the same way with fewer preemptions, or as many and fewer switches or choices, becomes
// the new best; its own trail, as it was run, is what the search goes on with.
//
// That ends where no single step helps, sometimes with one preemption too many. So all schedules
// with fewer are searched then, from none upwards, as far as they are not too many.

#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace explore {

using trail = std::vector<uint32_t>;

/// What a trail costs, as it was run.
struct trail_cost {
    uint64_t preemptions;
    uint64_t switches;
    uint64_t choices;

    auto operator<=>(const trail_cost&) const = default;
};

/// A trail that was run and failed.
struct failing_trail {
    trail choices;
    trail_cost cost;
};

/// Runs a trail. True when it fails in the same way; out is then what really ran.
using trail_test = std::function<bool(const trail& candidate, failing_trail& out)>;

enum class search_end : uint8_t {
    found,     ///< a schedule that fails in the same way
    none,      ///< all were run
    given_up,  ///< something else failed, or there are too many
};

/// Searches the schedules with at most so many preemptions. Adds the runs to runs; out is what
/// failed.
using trail_search =
    std::function<search_end(uint64_t preemptions, failing_trail& out, uint64_t& runs)>;

/// Returns the best one found with at most runs_max runs, and those of the search, which may be
/// null; runs counts them.
failing_trail shrink(failing_trail from, const trail_test& test, const trail_search& search,
                     uint32_t runs_max, uint64_t& runs);

}  // namespace explore
