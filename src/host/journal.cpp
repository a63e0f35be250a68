// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Compiled without ThreadSanitizer instrumentation (see the build file): it runs inside the
// scheduler.

#include "host/journal.hpp"

#include "host/backtrace.hpp"
#include "host/explore.hpp"
#include "host/process.hpp"

namespace host {
namespace {

constexpr size_t page = 4096;
constexpr size_t frames_max = 48;

constexpr size_t whole_pages(size_t bytes) noexcept {
    return (bytes + page - 1) / page * page;
}

const candidate* current_of(const std::vector<candidate>& candidates) noexcept {
    for (const candidate& c : candidates) {
        if (c.current) {
            return &c;
        }
    }
    return nullptr;
}

}  // namespace

size_t driver_frame(const void* const* frames, size_t depth,
                    bool (*in_driver)(const void*)) noexcept {
    size_t i = 0;
    while (i < depth && !in_driver(frames[i])) {
        ++i;
    }
    return i;
}

// A step is at most two events: the point and the wait behind it.
journal::journal(uint64_t steps_max) noexcept : capacity_(2 * steps_max + 64) {
    const size_t head = whole_pages(sizeof(header));
    const size_t fibers = whole_pages(fibers_max * sizeof(journal_fiber));
    const size_t events = whole_pages(capacity_ * sizeof(journal_event));
    bytes_ = head + fibers + events + whole_pages(capacity_ * sizeof(uint32_t));
    void* pages = map_shared(bytes_);
    if (pages == nullptr) {
        return;
    }
    char* at = static_cast<char*>(pages);
    head_ = new (at) header{};
    fibers_ = reinterpret_cast<journal_fiber*>(at + head);
    events_ = reinterpret_cast<journal_event*>(at + head + fibers);
    trail_ = reinterpret_cast<uint32_t*>(at + head + fibers + events);
}

journal::~journal() {
    if (head_ != nullptr) {
        unmap_shared(head_, bytes_);
    }
}

void journal::begin() noexcept {
    head_->choices = head_->telling = head_->preemptions = head_->switches = 0;
    head_->fibers = 0;
    head_->count.store(0, std::memory_order_relaxed);
    move_on();
}

// One process writes at a time.
void journal::move_on() noexcept {
    head_->progress.store(head_->progress.load(std::memory_order_relaxed) + 1,
                          std::memory_order_relaxed);
}

void journal::add(const journal_event& e) noexcept {
    move_on();
    const uint64_t n = count();
    if (n < capacity_) {
        events_[n] = e;
        head_->preemptions += e.left == leaving::preempted ? 1 : 0;
        head_->switches += e.left != leaving::stayed ? 1 : 0;
        head_->count.store(n + 1, std::memory_order_relaxed);
    }
}

void journal::add_choice(uint32_t fiber, bool by_default) noexcept {
    if (head_->choices < capacity_) {
        trail_[head_->choices++] = fiber;
        head_->telling = by_default ? head_->telling : head_->choices;
    }
}

void journal::add_fiber(uint32_t fiber, const journal_fiber& who) noexcept {
    if (fiber < fibers_max) {
        fibers_[fiber] = who;
    }
    head_->fibers = fiber + 1 > head_->fibers ? fiber + 1 : head_->fibers;
}

std::vector<uint32_t> journal::trail() const {
    return {trail_, trail_ + head_->telling};
}

uint32_t journal::running() const noexcept {
    const uint64_t n = count();
    return n != 0 ? events_[n - 1].fiber : 0;
}

uint64_t journal::first_difference(const journal& other) const noexcept {
    const uint64_t mine = count();
    const uint64_t theirs = other.count();
    const uint64_t both = mine < theirs ? mine : theirs;
    for (uint64_t i = 0; i < both; ++i) {
        if (events_[i].identity() != other.events_[i].identity()) {
            return i;
        }
    }
    return mine == theirs ? UINT64_MAX : both;
}

void journalist::begin() noexcept {
    running_ = 0;
    pages_->begin();
    pages_->add_fiber(0, {0, "main", nullptr});
    inner_->begin();
}

void journalist::stepped(uint32_t fiber, const footprint& touched) noexcept {
    running_ = fiber;
    inner_->stepped(fiber, touched);
}

// Runs on the stack of the fiber that is left.
void journalist::find_place(journal_event& e) const noexcept {
    const void* frames[frames_max];
    const size_t depth = backtrace(frames, frames_max);
    const size_t i = driver_frame(frames, depth, in_driver_);
    if (i < depth) {
        e.left_at = frames[i];
        e.left_in = i > 0 ? frames[i - 1] : nullptr;
        e.depth = static_cast<uint16_t>(depth);
    }
}

int journalist::choose(const std::vector<candidate>& candidates, bool must_yield) noexcept {
    const int index = inner_->choose(candidates, must_yield);
    if (index < 0) {
        return index;
    }
    const candidate& chosen = candidates[static_cast<size_t>(index)];
    journal_event e{chosen.fiber,
                    chosen.step.kind,
                    leaving::stayed,
                    0,
                    const_cast<const void*>(chosen.step.object),
                    nullptr,
                    nullptr};
    if (chosen.fiber != running_) {
        const candidate* current = current_of(candidates);
        e.left = current == nullptr ? leaving::blocked
                 : must_yield       ? leaving::yielded
                                    : leaving::preempted;
    }
    if (in_driver_ != nullptr) {
        find_place(e);
    }
    if (chosen.owner != nullptr && (chosen.fiber >= pages_->fiber_count() ||
                                    pages_->who(chosen.fiber).ordinal != chosen.owner->ordinal)) {
        pages_->add_fiber(chosen.fiber,
                          {chosen.owner->ordinal, chosen.owner->name, chosen.owner->routine});
    }
    pages_->add(e);
    pages_->add_choice(chosen.fiber, index == default_choice(candidates, must_yield));
    return index;
}

}  // namespace host
