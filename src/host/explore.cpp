// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/explore.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace host {
namespace {

int index_of(const std::vector<candidate>& candidates, uint32_t fiber) noexcept {
    for (size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].fiber == fiber) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

int index_of_current(const std::vector<candidate>& candidates) noexcept {
    for (size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i].current) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

}  // namespace

void random_walk::begin() noexcept {
    prng_ = base::prng(seed_++, 100);
    turns_ = uint64_t{1} << (2 * prng_.below(4));
}

int random_walk::choose(const std::vector<candidate>& candidates, bool must_yield) noexcept {
    const size_t n = candidates.size();
    if (n == 1) {
        return 0;
    }
    const int current = index_of_current(candidates);
    if (current >= 0 && !must_yield && prng_.below(turns_) != 0) {
        return current;
    }
    int pick = static_cast<int>(prng_.below(n));
    if (must_yield && candidates[static_cast<size_t>(pick)].current) {
        pick = static_cast<int>((static_cast<size_t>(pick) + 1) % n);
    }
    return pick;
}

void pct::begin() noexcept {
    prng_ = base::prng(seed_++, 101);
    point_ = 0;
    fibers_ = 0;
    priorities_.clear();
    changes_.clear();
    for (uint32_t i = 1; i < depth_; ++i) {
        changes_.push_back(prng_.below(points_ == 0 ? 1 : points_));
    }
    next_low_ = UINT32_MAX;
}

// Priorities above 2^32 are drawn; each demotion gets a lower one than all before it.
uint64_t pct::priority(uint32_t fiber) noexcept {
    while (priorities_.size() <= fiber) {
        priorities_.push_back((prng_.next() >> 1) | (uint64_t{1} << 62));
    }
    fibers_ = std::max(fibers_, fiber + 1);
    return priorities_[fiber];
}

int pct::choose(const std::vector<candidate>& candidates, bool must_yield) noexcept {
    const uint64_t here = point_++;
    const int current = index_of_current(candidates);
    const bool change = std::find(changes_.begin(), changes_.end(), here) != changes_.end();
    if (current >= 0 && (must_yield || change)) {
        const uint32_t fiber = candidates[static_cast<size_t>(current)].fiber;
        priority(fiber);
        priorities_[fiber] = next_low_--;
    }
    int best = 0;
    for (size_t i = 1; i < candidates.size(); ++i) {
        if (priority(candidates[i].fiber) > priority(candidates[static_cast<size_t>(best)].fiber)) {
            best = static_cast<int>(i);
        }
    }
    return best;
}

void pct::end(outcome) noexcept {
    points_ = std::max(points_, point_);
}

double pct::bound() const noexcept {
    const double n = std::max<double>(1, fibers_);
    const double k = std::max<double>(1, static_cast<double>(points_));
    return 1.0 / (n * std::pow(k, static_cast<double>(depth_) - 1));
}

void depth_first::begin() noexcept {
    depth_ = 0;
}

bool depth_first::sleeps(const node& n, uint32_t fiber) const noexcept {
    return std::any_of(n.sleeping.begin(), n.sleeping.end(),
                       [fiber](const sleeper& s) { return s.fiber == fiber; });
}

// A preemption is leaving a fiber that could go on.
uint32_t depth_first::cost(const node& n, uint32_t fiber) const noexcept {
    return n.current >= 0 && static_cast<uint32_t>(n.current) != fiber ? 1 : 0;
}

void depth_first::open(const std::vector<candidate>& candidates, bool must_yield) {
    node n;
    if (depth_ > 0) {
        const node& before = path_[depth_ - 1];
        n.preemptions = before.preemptions + cost(before, before.chosen);
        if (preemptions_max_ == unbounded) {
            for (const sleeper& s : before.sleeping) {
                if (!s.touched.overlaps(before.touched)) {
                    n.sleeping.push_back(s);
                }
            }
        }
    }
    const int current = index_of_current(candidates);
    if (current >= 0 && !must_yield) {
        n.current = static_cast<int32_t>(candidates[static_cast<size_t>(current)].fiber);
    }
    const auto allowed = [&](const candidate& c) {
        const bool yields = must_yield && c.current && candidates.size() > 1;
        return !yields && !sleeps(n, c.fiber) &&
               n.preemptions + cost(n, c.fiber) <= preemptions_max_;
    };
    // A turn of a spin loop changed nothing: what another one would do now it can also do before
    // that turn. So only the next one goes on, and nobody is passed over for ever.
    if (must_yield && current >= 0) {
        const size_t count = candidates.size();
        for (size_t i = 1; i <= count && n.fibers.empty(); ++i) {
            const candidate& next = candidates[(static_cast<size_t>(current) + i) % count];
            if (allowed(next)) {
                n.fibers.push_back(next.fiber);
            }
        }
        path_.push_back(std::move(n));
        return;
    }
    // Tried last to first: the fiber that ran last comes first, fewest switches first.
    for (size_t i = candidates.size(); i-- > 0;) {
        if (!candidates[i].current && allowed(candidates[i])) {
            n.fibers.push_back(candidates[i].fiber);
        }
    }
    if (current >= 0 && allowed(candidates[static_cast<size_t>(current)])) {
        n.fibers.push_back(candidates[static_cast<size_t>(current)].fiber);
    }
    path_.push_back(std::move(n));
}

int depth_first::choose(const std::vector<candidate>& candidates, bool must_yield) noexcept {
    if (depth_ == path_.size()) {
        open(candidates, must_yield);
        node& fresh = path_.back();
        if (fresh.fibers.empty()) {
            ++depth_;
            return -1;
        }
        fresh.chosen = fresh.fibers.back();
        fresh.fibers.pop_back();
    }
    node& n = path_[depth_++];
    n.touched.clear();
    const int index = index_of(candidates, n.chosen);
    OPENWSK_ASSERT(index >= 0);  // otherwise the program is not deterministic
    return index;
}

void depth_first::stepped(uint32_t, const footprint& touched) noexcept {
    if (depth_ > 0) {
        path_[depth_ - 1].touched.merge(touched);
    }
}

// Backtrack: the deepest node with something left to try becomes the end of the path.
void depth_first::end(outcome) noexcept {
    path_.resize(depth_);
    while (!path_.empty()) {
        node& n = path_.back();
        if (n.fibers.empty()) {
            path_.pop_back();
            continue;
        }
        n.sleeping.push_back({n.chosen, n.touched});
        n.chosen = n.fibers.back();
        n.fibers.pop_back();
        return;
    }
    finished_ = true;
}

int default_choice(const std::vector<candidate>& candidates, bool must_yield) noexcept {
    const int current = index_of_current(candidates);
    if (current >= 0 && !must_yield) {
        return current;
    }
    // Whoever spins passes on to the next one, so that nobody is passed over for ever.
    return current < 0 ? 0 : static_cast<int>((current + 1u) % candidates.size());
}

int replay::choose(const std::vector<candidate>& candidates, bool must_yield) noexcept {
    while (next_ < trail_.size()) {
        const uint32_t fiber = trail_[next_++];
        const int index = index_of(candidates, fiber);
        if (index >= 0) {
            return index;
        }
        while (next_ < trail_.size() && trail_[next_] == fiber) {
            ++next_;
        }
    }
    return default_choice(candidates, must_yield);
}

std::string trail_to_text(const std::vector<uint32_t>& trail) {
    std::string text;
    for (size_t i = 0; i < trail.size();) {
        size_t same = i;
        while (same < trail.size() && trail[same] == trail[i]) {
            ++same;
        }
        if (!text.empty()) {
            text += '.';
        }
        text += std::to_string(trail[i]);
        if (same - i > 1) {
            text += '*' + std::to_string(same - i);
        }
        i = same;
    }
    return text;
}

bool trail_from_text(const std::string& text, std::vector<uint32_t>& trail) {
    trail.clear();
    const char* at = text.c_str();
    while (*at != 0) {
        char* end = nullptr;
        const unsigned long fiber = std::strtoul(at, &end, 10);
        if (end == at) {
            return false;
        }
        unsigned long count = 1;
        if (*end == '*') {
            at = end + 1;
            count = std::strtoul(at, &end, 10);
            if (end == at || count == 0) {
                return false;
            }
        }
        if (trail.size() + count > 1000000) {
            return false;
        }
        trail.insert(trail.end(), count, static_cast<uint32_t>(fiber));
        if (*end == '.') {
            ++end;
        } else if (*end != 0) {
            return false;
        }
        at = end;
    }
    return true;
}

}  // namespace host
