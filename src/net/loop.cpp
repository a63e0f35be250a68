// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The part of an event loop that all backends share: ready list, timers, hand-over, burials. See
// the state machine in loop.hpp.

#include "net/loop.hpp"

#include <algorithm>

#include "host/host.hpp"
#include "net/timer_heap.hpp"

namespace net {
namespace {

// A loop that sleeps for long is woken to return the memory of so many closed sockets.
constexpr size_t graves_max = 256;

}  // namespace

loop::~loop() {
    OPENWSK_ASSERT(state_ == state::idle && ready_.empty() && timers_ == nullptr);
    OPENWSK_ASSERT(graves_.empty());
}

run_result loop::run(uint64_t deadline_ns) noexcept {
    lock_.lock();
    OPENWSK_ASSERT(state_ == state::idle);
    const uint64_t turn = ++turn_;
    const bool woken = wait_for_tasks(deadline_ns);
    state_ = state::dispatching;
    run_result result = woken ? run_result::woken : run_result::idle;
    for (size_t budget = ready_count_; budget > 0; --budget) {
        task* t = ready_.pop_front();
        if (t == nullptr) {
            break;  // taken back by unpost or disarm
        }
        --ready_count_;
        progress_.store(progress_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        lock_.unlock();
        t->call(*t);  // the task may be gone afterwards
        lock_.lock();
        if (turn_ != turn) {
            lock_.unlock();
            return run_result::handed_over;
        }
        progress_.store(progress_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        result = run_result::dispatched;
    }
    state_ = state::idle;
    lock_.unlock();
    return result;
}

/// Fills the ready list; answers whether wake() ended the wait.
bool loop::wait_for_tasks(uint64_t deadline_ns) noexcept {
    const uint64_t next_timer_ns = expire_timers_locked();
    const bool may_wait = ready_.empty() && !woken_ && deadline_ns != 0;
    const uint64_t until_ns = may_wait ? std::min(deadline_ns, next_timer_ns) : 0;
    state_ = state::polling;
    interruptible_ = may_wait;
    lock_.unlock();

    task_list found;
    poll(until_ns, found);

    lock_.lock();
    interruptible_ = false;
    state_ = state::dispatching;
    while (task* t = found.pop_front()) {
        push_ready_locked(*t);
    }
    if (timers_ != nullptr) {
        expire_timers_locked();
    }
    // Nothing the kernel reported names a buried object any more.
    while (buried* b = graves_.pop_front()) {
        --grave_count_;
        lock_.unlock();
        b->destroy(*b);
        lock_.lock();
    }
    return std::exchange(woken_, false);
}

uint64_t loop::expire_timers_locked() noexcept {
    if (timers_ == nullptr) {
        return host::no_deadline;
    }
    const uint64_t now_ns = host::current().now_ns();
    while (timers_ != nullptr && timers_->deadline_ns <= now_ns) {
        timer& t = *timers_;
        timer_heap::remove(timers_, t);
        push_ready_locked(t);
    }
    return timers_ != nullptr ? timers_->deadline_ns : host::no_deadline;
}

void loop::push_ready_locked(task& t) noexcept {
    ready_.push_back(t);
    ++ready_count_;
}

void loop::interrupt_locked() noexcept {
    if (interruptible_) {
        interruptible_ = false;
        interrupt();
    }
}

void loop::wake() noexcept {
    host::guard g(lock_);
    woken_ = true;
    interrupt_locked();
}

bool loop::hand_over() noexcept {
    host::guard g(lock_);
    const uint64_t progress = progress_.load(std::memory_order_relaxed);
    if ((progress & 1) == 0) {
        return false;
    }
    OPENWSK_ASSERT(state_ == state::dispatching);
    progress_.store(progress + 1, std::memory_order_relaxed);
    ++turn_;
    state_ = state::idle;
    return true;
}

bool loop::has_runner() noexcept {
    host::guard g(lock_);
    return state_ != state::idle;
}

void loop::post(task& t) noexcept {
    host::guard g(lock_);
    push_ready_locked(t);
    interrupt_locked();
}

bool loop::unpost(task& t) noexcept {
    host::guard g(lock_);
    if (!t.node.linked()) {
        return false;
    }
    t.node.unlink();
    --ready_count_;
    return true;
}

bool loop::arm(timer& t, uint64_t deadline_ns) noexcept {
    host::guard g(lock_);
    const bool moved = take_back_locked(t);
    t.deadline_ns = deadline_ns;
    timer_heap::insert(timers_, t);
    if (timers_ == &t) {
        interrupt_locked();  // the wait in progress was for a later one
    }
    return moved;
}

bool loop::disarm(timer& t) noexcept {
    host::guard g(lock_);
    return take_back_locked(t);
}

bool loop::take_back_locked(timer& t) noexcept {
    if (t.armed) {
        timer_heap::remove(timers_, t);
        return true;
    }
    if (t.node.linked()) {
        t.node.unlink();
        --ready_count_;
        return true;
    }
    return false;
}

void loop::bury(buried& b) noexcept {
    lock_.lock();
    if (state_ == state::polling) {
        graves_.push_back(b);
        if (++grave_count_ >= graves_max) {
            interrupt_locked();
        }
        lock_.unlock();
        return;
    }
    lock_.unlock();
    b.destroy(b);
}

}  // namespace net
