// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/loop_pool.hpp"

#include <algorithm>

#include "ke/kernel.hpp"

namespace io {
namespace {

constexpr uint64_t owed_ns = 100'000;         // completions older than this are given away
constexpr uint64_t long_task_ns = 2'000'000;  // a callout longer than this loses its loop
constexpr uint64_t look_ns = 2'000'000;       // how often loops are looked at while busy
constexpr unsigned quiet_looks = 10;          // after so many looks at nothing the monitor sleeps

}  // namespace

loop_pool::loop_pool(base::machine& m) noexcept : machine_(m), policy_(m.options().completions) {
    stolen_.pool = this;
    stolen_.call = run_stolen;
}

loop_pool::~loop_pool() {
    stopping_.store(true, std::memory_order_release);
    for (uint32_t i = 0; i < loop_count_; ++i) {
        loops_[i]->wake();
    }
    asleep_.store(0, std::memory_order_seq_cst);
    host::current().wake(asleep_, 1);
    auto& kernel = machine_.get<ke::kernel>();
    // The monitor first: it starts workers.
    if (monitor_thread_) {
        kernel.wait_ended(*monitor_thread_);
    }
    {
        host::guard g(mutex_);
        changed_.notify_all();
    }
    for (uint32_t i = 0; i < started_workers_; ++i) {
        kernel.wait_ended(*worker_threads_[i]);
    }
    kernel.reap();
}

bool loop_pool::start() noexcept {
    if (OPENWSK_LIKELY(started_.load(std::memory_order_acquire))) {
        return true;
    }
    {
        host::guard g(mutex_);
        while (starting_) {
            changed_.wait(mutex_);
        }
        if (started_.load(std::memory_order_relaxed)) {
            return true;
        }
        starting_ = true;
    }
    bool ok = make_loops();
    for (uint32_t i = 0; ok && i < loop_count_; ++i) {
        // The first one is enough: a worker that ends its task looks for loops without a runner.
        ok = add_worker() || i > 0;
    }
    ok = ok && start_monitor();
    host::guard g(mutex_);
    starting_ = false;
    started_.store(ok, std::memory_order_release);
    changed_.notify_all();
    return ok;
}

bool loop_pool::start_monitor() noexcept {
    const ke::spawn_options options{.name = "openwsk-monitor"};
    monitor_thread_ = machine_.get<ke::kernel>().spawn(options, monitor_main, this);
    return static_cast<bool>(monitor_thread_);
}

bool loop_pool::make_loops() noexcept {
    auto* backend = machine_.find<net::backend>();
    if (backend == nullptr) {
        lacked_network_.store(true, std::memory_order_relaxed);
        return false;
    }
    const uint32_t wanted = std::clamp(machine_.options().io_threads, 1u, loops_max);
    while (loop_count_ < wanted) {
        std::unique_ptr<net::loop> l = backend->make_loop();
        if (l == nullptr) {
            break;
        }
        loops_[loop_count_] = std::move(l);
        host::guard g(mutex_);
        waiting_[waiting_count_++] = loops_[loop_count_].get();
        ++loop_count_;
    }
    return loop_count_ > 0;
}

net::loop& loop_pool::next_loop() noexcept {
    const uint32_t n = next_.fetch_add(1, std::memory_order_relaxed);
    return *loops_[n % loop_count_];
}

/// Starts a worker unless an idle one will take the loop. Called by start(), then by the monitor.
bool loop_pool::add_worker() noexcept {
    {
        host::guard g(mutex_);
        if (idle_ >= waiting_count_ && idle_ > 0) {
            return true;
        }
        if (started_workers_ == workers_max || stopping_.load(std::memory_order_relaxed)) {
            return false;
        }
    }
    const ke::spawn_options options{.name = "openwsk-io"};
    base::ref_ptr<ke::thread> t = machine_.get<ke::kernel>().spawn(options, worker_main, this);
    if (!t) {
        return false;
    }
    host::guard g(mutex_);
    worker_threads_[started_workers_++] = std::move(t);
    return true;
}

void loop_pool::worker_main(void* argument) noexcept {
    auto& pool = *static_cast<loop_pool*>(argument);
    ke::thread& me = ke::current();
    while (net::loop* l = pool.take_loop()) {
        while (!pool.stopping_.load(std::memory_order_acquire)) {
            const net::run_result r = l->run(host::no_deadline);
            ke::drain_deferred(me);
            if (r == net::run_result::handed_over) {
                break;
            }
        }
    }
}

net::loop* loop_pool::take_loop() noexcept {
    host::guard g(mutex_);
    ++idle_;
    while (waiting_count_ == 0 && !stopping_.load(std::memory_order_relaxed)) {
        changed_.wait(mutex_);
    }
    --idle_;
    if (stopping_.load(std::memory_order_relaxed)) {
        return nullptr;
    }
    net::loop* l = waiting_[0];
    --waiting_count_;
    std::copy(waiting_ + 1, waiting_ + 1 + waiting_count_, waiting_);
    return l;
}

void loop_pool::monitor_main(void* argument) noexcept {
    static_cast<loop_pool*>(argument)->monitor();
}

void loop_pool::monitor() noexcept {
    host::host_interface& h = machine_.host();
    std::atomic<uint32_t> never{0};
    unsigned quiet = 0;
    while (!stopping_.load(std::memory_order_acquire)) {
        // Announced before the look, so that whoever begins something after it wakes us.
        const bool to_bed = quiet >= quiet_looks;
        if (to_bed) {
            asleep_.store(1, std::memory_order_seq_cst);
        }
        const uint64_t now = h.now_ns();
        const bool owed = look_at_threads(now);
        const bool busy = look_at_loops(now);
        if (owed || busy) {
            quiet = 0;
            asleep_.store(0, std::memory_order_relaxed);
            h.wait(never, 0, now + (owed ? owed_ns : look_ns));
        } else if (to_bed) {
            if (!stopping_.load(std::memory_order_acquire)) {
                h.wait(asleep_, 1, host::no_deadline);
            }
            quiet = asleep_.load(std::memory_order_acquire) == 0 ? 0 : quiet;
        } else {
            ++quiet;
            h.wait(never, 0, now + look_ns);
        }
    }
}

bool loop_pool::look_at_threads(uint64_t now) noexcept {
    bool owed = false;
    ke::deferred* taken = nullptr;
    ke::deferred** end = &taken;
    uint64_t count = 0;
    machine_.get<ke::kernel>().for_each_thread([&](ke::thread& t) {
        if (t.deferred_head.load(std::memory_order_relaxed) == nullptr) {
            return;
        }
        const uint64_t since = t.deferred_since_ns.load(std::memory_order_relaxed);
        if (now < since || now - since < owed_ns) {
            owed = true;
            return;
        }
        for (*end = ke::steal_deferred(t); *end != nullptr; end = &(*end)->next) {
            ++count;
        }
    });
    if (taken != nullptr) {
        stolen_count_.fetch_add(count, std::memory_order_relaxed);
        give(taken);
        owed = true;
    }
    return owed;
}

void loop_pool::give(ke::deferred* list) noexcept {
    host::guard g(mutex_);
    if (stolen_head_ == nullptr) {
        stolen_head_ = list;
    } else {
        stolen_tail_->next = list;
    }
    while (list->next != nullptr) {
        list = list->next;
    }
    stolen_tail_ = list;
    if (!stolen_posted_) {
        stolen_posted_ = true;
        next_loop().post(stolen_);
    }
}

// One item a task, so that a callout that blocks holds up no other: the rest is posted first.
void loop_pool::run_stolen(net::task& t) noexcept {
    loop_pool& pool = *static_cast<stolen_task&>(t).pool;
    ke::deferred* d = nullptr;
    {
        host::guard g(pool.mutex_);
        d = pool.stolen_head_;
        pool.stolen_head_ = d->next;
        pool.stolen_posted_ = pool.stolen_head_ != nullptr;
        if (pool.stolen_posted_) {
            pool.next_loop().post(pool.stolen_);
        }
    }
    d->next = nullptr;
    d->run(*d);
}

bool loop_pool::look_at_loops(uint64_t now) noexcept {
    bool busy = false;
    for (uint32_t i = 0; i < loop_count_; ++i) {
        net::loop& l = *loops_[i];
        const uint64_t progress = l.progress();
        const bool inside = (progress & 1) != 0;
        busy |= inside || progress != seen_[i].progress;
        if (progress != seen_[i].progress) {
            seen_[i] = {progress, now};
        } else if (inside && now - seen_[i].since_ns >= long_task_ns && l.hand_over()) {
            handed_over_.fetch_add(1, std::memory_order_relaxed);
            seen_[i] = {progress, now};
            replace_runner(l);
        }
    }
    return busy;
}

void loop_pool::replace_runner(net::loop& l) noexcept {
    {
        host::guard g(mutex_);
        waiting_[waiting_count_++] = &l;
        changed_.notify_all();
    }
    // When no thread can be had the loop waits for the one that is inside the long task.
    (void)add_worker();
}

void loop_pool::wake_monitor() noexcept {
    if (asleep_.exchange(0, std::memory_order_seq_cst) != 0) {
        machine_.host().wake(asleep_, 1);
    }
}

base::completion_policy loop_pool::draw_policy() noexcept {
    switch (machine_.host().random(host::stream::completion) % 3) {
        case 0:
            return base::completion_policy::deferred;
        case 1:
            return base::completion_policy::thread;
        default:
            return base::completion_policy::inline_;
    }
}

loop_pool::counts loop_pool::figures() noexcept {
    host::guard g(mutex_);
    return {loop_count_, started_workers_, handed_over_.load(std::memory_order_relaxed),
            stolen_count_.load(std::memory_order_relaxed)};
}

}  // namespace io
