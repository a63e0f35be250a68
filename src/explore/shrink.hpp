// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Reduces the trail of a failing schedule to one with fewer preemptions that fails the same way.
//
// A trail is read as segments "this thread, for so many choices". Candidates are made by cutting
// the end (the threads then run on until they wait), by taking segments out, and by letting
// a thread run on through its next segment before others get their turn. A candidate that fails the
// same way with fewer preemptions, or as many and fewer switches or choices, becomes the new best;
// its own trail, as it was run, is what the search goes on with.

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

/// Returns the best one found with at most runs_max runs; runs counts them.
failing_trail shrink(failing_trail from, const trail_test& test, uint32_t runs_max, uint64_t& runs);

}  // namespace explore
