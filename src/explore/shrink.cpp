// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "explore/shrink.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace explore {
namespace {

struct segment {
    uint32_t fiber;
    size_t choices;
};

std::vector<segment> segments_of(const trail& t) {
    std::vector<segment> out;
    for (const uint32_t fiber : t) {
        if (out.empty() || out.back().fiber != fiber) {
            out.push_back({fiber, 0});
        }
        ++out.back().choices;
    }
    return out;
}

trail trail_of(const std::vector<segment>& segments) {
    trail out;
    for (const segment& s : segments) {
        out.insert(out.end(), s.choices, s.fiber);
    }
    return out;
}

class shrinker {
public:
    shrinker(failing_trail from, const trail_test& test, uint32_t runs_max) noexcept
        : best_(std::move(from)), test_(&test), left_(runs_max) {}

    failing_trail go() {
        for (bool better = true; better && left_ > 0;) {
            better = cut_end();
            better = take_out() || better;
            better = run_on() || better;
        }
        return std::move(best_);
    }

    [[nodiscard]] uint64_t runs() const noexcept { return runs_; }

private:
    bool attempt(const std::vector<segment>& candidate) {
        if (left_ == 0) {
            return false;
        }
        --left_;
        ++runs_;
        failing_trail out;
        if (!(*test_)(trail_of(candidate), out) || !(out.cost < best_.cost)) {
            return false;
        }
        best_ = std::move(out);
        return true;
    }

    // Halves the distance to the shortest beginning that still fails.
    bool cut_end() {
        bool better = false;
        std::vector<segment> now = segments_of(best_.choices);
        size_t part = now.size();
        while (part > 0 && left_ > 0) {
            now = segments_of(best_.choices);
            part = std::min(part, now.size());
            std::vector<segment> shorter(now.begin(), now.end() - static_cast<ptrdiff_t>(part));
            if (!now.empty() && attempt(shorter)) {
                better = true;
            } else {
                part /= 2;
            }
        }
        return better;
    }

    // Takes out runs of segments, long ones first.
    bool take_out() {
        bool better = false;
        for (size_t part = std::max<size_t>(1, segments_of(best_.choices).size() / 2);; part /= 2) {
            for (size_t at = 0;;) {
                std::vector<segment> now = segments_of(best_.choices);
                if (at + part > now.size()) {
                    break;
                }
                const auto first = now.begin() + static_cast<ptrdiff_t>(at);
                now.erase(first, first + static_cast<ptrdiff_t>(part));
                if (attempt(now)) {
                    better = true;
                } else {
                    at += part;
                }
            }
            if (part <= 1 || left_ == 0) {
                return better;
            }
        }
    }

    // Joins a segment with the thread's next one.
    bool run_on() {
        bool better = false;
        for (size_t at = 0; left_ > 0; ++at) {
            std::vector<segment> now = segments_of(best_.choices);
            if (at >= now.size()) {
                break;
            }
            const auto same =
                std::find_if(now.begin() + static_cast<ptrdiff_t>(at) + 1, now.end(),
                             [&](const segment& s) { return s.fiber == now[at].fiber; });
            if (same == now.end()) {
                continue;
            }
            now[at].choices += same->choices;
            now.erase(same);
            better = attempt(now) || better;
        }
        return better;
    }

    failing_trail best_;
    const trail_test* test_;
    uint32_t left_;
    uint64_t runs_ = 0;
};

}  // namespace

failing_trail shrink(failing_trail from, const trail_test& test, uint32_t runs_max,
                     uint64_t& runs) {
    shrinker s(std::move(from), test, runs_max);
    failing_trail out = s.go();
    runs = s.runs();
    return out;
}

}  // namespace explore
