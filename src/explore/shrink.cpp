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

// More choices than a thread has before it waits; replay skips what is left of a segment then.
constexpr size_t until_it_waits = 10000;

using segments = std::vector<segment>;

segments::iterator next_of(segments& all, size_t at) {
    return std::find_if(all.begin() + static_cast<ptrdiff_t>(at) + 1, all.end(),
                        [&](const segment& s) { return s.fiber == all[at].fiber; });
}

// Changes at one segment. False when there is nothing to change.
using change = bool (*)(segments& all, size_t at);

// The thread does at once what it would do in its next segment.
bool run_on(segments& all, size_t at) {
    const auto next = next_of(all, at);
    if (next == all.end()) {
        return false;
    }
    all[at].choices += next->choices;
    all.erase(next);
    return true;
}

// The thread does in its next segment what it would do now.
bool put_off(segments& all, size_t at) {
    const auto next = next_of(all, at);
    if (next == all.end()) {
        return false;
    }
    next->choices += all[at].choices;
    all.erase(all.begin() + static_cast<ptrdiff_t>(at));
    return true;
}

// The thread is not preempted.
bool run_until_it_waits(segments& all, size_t at) {
    all[at].choices += until_it_waits;
    return true;
}

// The next thread comes first, and is not preempted.
bool come_second(segments& all, size_t at) {
    if (at + 1 == all.size()) {
        return false;
    }
    std::swap(all[at], all[at + 1]);
    all[at].choices += until_it_waits;
    return true;
}

class shrinker {
public:
    shrinker(failing_trail from, const trail_test& test, uint32_t runs_max) noexcept
        : best_(std::move(from)), test_(&test), left_(runs_max) {}

    failing_trail go(const trail_search& search) {
        step_by_step();
        if (search != nullptr && find_fewer(search)) {
            step_by_step();
        }
        return std::move(best_);
    }

    [[nodiscard]] uint64_t runs() const noexcept { return runs_; }

private:
    void step_by_step() {
        for (bool better = true; better && left_ > 0;) {
            better = cut_end();
            better = take_out() || better;
            for (const change c : {run_on, put_off, run_until_it_waits, come_second}) {
                better = at_each(c) || better;
            }
            better = let_others_follow() || better;
        }
    }

    bool find_fewer(const trail_search& search) {
        for (uint64_t preemptions = 0; preemptions < best_.cost.preemptions; ++preemptions) {
            failing_trail out;
            const search_end end = search(preemptions, out, runs_);
            if (end == search_end::found && out.cost < best_.cost) {
                best_ = std::move(out);
                return true;
            }
            if (end != search_end::none) {
                return false;
            }
        }
        return false;
    }

    bool attempt(const segments& candidate) {
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
        segments now = segments_of(best_.choices);
        size_t part = now.size();
        while (part > 0 && left_ > 0) {
            now = segments_of(best_.choices);
            part = std::min(part, now.size());
            if (!now.empty() && attempt({now.begin(), now.end() - static_cast<ptrdiff_t>(part)})) {
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
                segments now = segments_of(best_.choices);
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

    bool at_each(change make) {
        bool better = false;
        for (size_t at = 0; left_ > 0; ++at) {
            segments now = segments_of(best_.choices);
            if (at >= now.size()) {
                break;
            }
            better = (make(now, at) && attempt(now)) || better;
        }
        return better;
    }

    // A thread is not preempted, and where it would come back another one, each in turn, does.
    bool let_others_follow() {
        bool better = false;
        for (size_t at = 0; left_ > 0 && at < segments_of(best_.choices).size(); ++at) {
            for (const uint32_t other : fibers()) {
                segments now = segments_of(best_.choices);
                if (at < now.size() && replace_later(now, at, other)) {
                    better = attempt(now) || better;
                }
            }
        }
        return better;
    }

    static bool replace_later(segments& all, size_t at, uint32_t other) {
        const uint32_t fiber = all[at].fiber;
        bool replaced = false;
        for (size_t i = at + 1; i < all.size() && other != fiber; ++i) {
            if (all[i].fiber == fiber && all[i - 1].fiber != other) {
                all[i].fiber = other;
                replaced = true;
            }
        }
        all[at].choices += until_it_waits;
        return replaced;
    }

    // Those of the trail, and one more: who comes behind its end is not in it.
    [[nodiscard]] std::vector<uint32_t> fibers() const {
        std::vector<uint32_t> out = best_.choices;
        std::sort(out.begin(), out.end());
        out.erase(std::unique(out.begin(), out.end()), out.end());
        if (!out.empty()) {
            out.push_back(out.back() + 1);
        }
        return out;
    }

    failing_trail best_;
    const trail_test* test_;
    uint32_t left_;
    uint64_t runs_ = 0;
};

}  // namespace

failing_trail shrink(failing_trail from, const trail_test& test, const trail_search& search,
                     uint32_t runs_max, uint64_t& runs) {
    shrinker s(std::move(from), test, runs_max);
    failing_trail out = s.go(search);
    runs = s.runs();
    return out;
}

}  // namespace explore
