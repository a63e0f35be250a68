// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Compiled without ThreadSanitizer instrumentation (see the build file): the scheduler's own data
// is touched from every fiber without synchronisation, which is fine on one OS thread and must not
// order the fibers in ThreadSanitizer's eyes.

#include "host/sim.hpp"

#include <algorithm>
#include <cstdio>

#include "base/raw_memory.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/runtime.h"

namespace host {
namespace {

#if OPENWSK_ASAN || defined(OPENWSK_TSAN_RUNTIME)
constexpr size_t stack_bytes = 1024 * 1024;
#else
constexpr size_t stack_bytes = 256 * 1024;
#endif
constexpr size_t clean_stack_bytes = 32 * 1024;
constexpr uint64_t tick_ns = 1000;
// 2024-01-01 00:00 UTC in 100 ns units since 1601: any constant will do.
constexpr uint64_t epoch_100ns = 133485408000000000;

const char* name_of(point kind) noexcept {
    static constexpr const char* names[] = {"call",        "lock",  "unlock",  "wait", "wake",
                                            "interlocked", "spawn", "callout", "exit", "leave"};
    return names[static_cast<size_t>(kind)];
}

}  // namespace

void footprint::add(const volatile void* object) noexcept {
    uint64_t x = reinterpret_cast<uint64_t>(object);
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdu;
    x ^= x >> 29;
    bits_[(x >> 6) & 3] |= uint64_t{1} << (x & 63);
    remember(object);
}

void footprint::remember(const volatile void* object) noexcept {
    if (count_ > exact_max || std::find(objects_, objects_ + count_, object) != objects_ + count_) {
        return;
    }
    if (count_ < exact_max) {
        objects_[count_] = object;
    }
    ++count_;
}

void footprint::merge(const footprint& other) noexcept {
    for (int i = 0; i < 4; ++i) {
        bits_[i] |= other.bits_[i];
    }
    if (other.count_ > exact_max) {
        count_ = other.count_;
        return;
    }
    for (uint32_t i = 0; i < other.count_; ++i) {
        remember(other.objects_[i]);
    }
}

void footprint::clear() noexcept {
    for (uint64_t& word : bits_) {
        word = 0;
    }
    count_ = 0;
}

bool footprint::overlaps(const footprint& other) const noexcept {
    uint64_t common = 0;
    for (int i = 0; i < 4; ++i) {
        common |= bits_[i] & other.bits_[i];
    }
    if (common == 0 || count_ > exact_max || other.count_ > exact_max) {
        return common != 0;
    }
    return std::find_first_of(objects_, objects_ + count_, other.objects_,
                              other.objects_ + other.count_) != objects_ + count_;
}

sim::sim(const sim_options& options) noexcept
    : options_(options), prng_{{options.seed, 0}, {options.seed, 1}, {options.seed, 2},
                               {options.seed, 3}, {options.seed, 4}, {options.seed, 5}} {
    simulated_ = true;
    // It settles what light_fence does, so that the first run is like all others.
    (void)linux_host();
    openwsk_simulating = openwsk_simulating + 1;
}

sim::~sim() {
    openwsk_simulating = openwsk_simulating - 1;
    for (task* t : tasks_) {
        t->~task();
    }
}

run_result sim::run(strategy& s, void (*scenario)(void*), void* argument) noexcept {
    OPENWSK_ASSERT(running_ == nullptr && current_thread == nullptr);
    strategy_ = &s;
    result_ = run_result{};
    now_ns_ = 0;
    wait_order_ = 0;
    live_ = 0;
    touched_.clear();
    arena_.reset();
    if (options_.races_repeat) {
        forget_accesses();
    }
    for (uint64_t i = 0; i < 6; ++i) {
        prng_[i] = base::prng(options_.seed, i);
    }
    s.begin();
    last_ = nullptr;
    outside_limits_ = current_stack();
    outside_.adopt_current();
    running_ = &make_task(nullptr, scenario, argument);
    order_release(&running_->entry);
    set_ambient_host(this);
    set_stack_limits(limits_of(*running_));
    outside_.switch_to(running_->context);
    set_ambient_host(nullptr);
    order_acquire(&result_);
    s.end(result_.how);
    result_.time_ns = now_ns_;
    return std::move(result_);
}

uint64_t sim::now_ns() noexcept {
    if (strategy_ != nullptr && strategy_->time_moves()) {
        now_ns_ += tick_ns;
    }
    return now_ns_;
}

uint64_t sim::system_time_100ns() noexcept {
    return epoch_100ns + now_ns() / 100;
}

sim::task& sim::free_task() noexcept {
    if (live_ == tasks_.size()) {
        void* place = arena_.keep_pages(sizeof(task));
        void* stack = arena_.keep_pages(stack_bytes);
        OPENWSK_ASSERT(place != nullptr && stack != nullptr);
        tasks_.push_back(new (place) task);
        tasks_.back()->stack = stack;
    }
    task& t = *tasks_[live_];
    t.number = static_cast<uint32_t>(live_);
    ++live_;
    return t;
}

sim::task& sim::make_task(thread* t, void (*entry)(void*), void* argument) noexcept {
    task& made = free_task();
    made.owner = t;
    made.entry = entry;
    made.argument = argument;
    made.at = state::runnable;
    made.step = {point::spawn, &made};
    made.word = nullptr;
    made.deadline_ns = no_deadline;
    made.ended.store(0, std::memory_order_relaxed);
    made.frame = 0;
    // What the run before left there, as far as drivers reach: memory that was never written is the
    // same in every run.
    base::clear_raw(static_cast<char*>(made.stack) + stack_bytes - clean_stack_bytes,
                    clean_stack_bytes);
    made.context.prepare(made.stack, stack_bytes, enter, this);
    if (t != nullptr) {
        become_owner(made, *t);
    }
    return made;
}

bool sim::start(thread& t, const thread_options&, void (*entry)(void*), void* argument) noexcept {
    task* made = nullptr;
    {
        in_scheduler scope(*this);
        made = &make_task(&t, entry, argument);
    }
    order_release(&made->entry);
    schedule(point::spawn, made);
    return true;
}

void sim::enter(void* argument) noexcept {
    sim& me = *static_cast<sim*>(argument);
    task& t = *me.running_;
    t.context.become();
    order_acquire(&t.entry);
    t.entry(t.argument);
    order_release(&t.ended);
    if (!me.options_.races_repeat) {
        t.context.unwound();
    }
    me.finish(t);
}

void sim::finish(task& t) noexcept {
    in_scheduler scope(*this);
    if (t.number == 0) {
        stop(outcome::finished);
    }
    // A joiner waits on this word.
    t.ended.store(1, std::memory_order_release);
    wake(t.ended, UINT32_MAX);
    t.at = state::unused;
    t.owner = nullptr;
    pass_on(false);
    OPENWSK_UNREACHABLE("a finished fiber was resumed");
}

void sim::join(thread& t) noexcept {
    task& other = *reinterpret_cast<task*>(t.host_private[0]);
    schedule(point::wait, &other.ended);
    while (other.ended.load(std::memory_order_acquire) == 0) {
        wait(other.ended, 0, no_deadline);
    }
    order_acquire(&other.ended);
}

void sim::become_owner(task& made, thread& t) noexcept {
    made.owner = &t;
    t.run_on(*this);
    t.held_ranks = 0;
    t.unobserved = 0;
    t.host_private[0] = reinterpret_cast<uintptr_t>(&made);
    t.permit.store(0, std::memory_order_relaxed);
}

void sim::adopt(thread& t) noexcept {
    OPENWSK_ASSERT(current_thread == nullptr && running_ != nullptr && running_->owner == nullptr);
    become_owner(*running_, t);
    current_thread = &t;
}

void sim::abandon(thread& t) noexcept {
    OPENWSK_ASSERT(current_thread == &t && running_->owner == &t);
    running_->owner = nullptr;
    current_thread = nullptr;
}

bool sim::wait(std::atomic<uint32_t>& word, uint32_t expected, uint64_t deadline_ns) noexcept {
    in_scheduler scope(*this);
    step(point::wait, &word);
    if (word.load(std::memory_order_acquire) != expected) {
        return true;
    }
    if (deadline_ns <= now_ns_) {
        return false;
    }
    task& me = *running_;
    me.at = state::waiting;
    me.word = &word;
    me.deadline_ns = deadline_ns;
    me.timed_out = false;
    me.waits_since = ++wait_order_;
    me.step = {point::wait, &word};
    pass_on(false);
    touch(&word);
    return !me.timed_out;
}

void sim::wake(std::atomic<uint32_t>& word, uint32_t count) noexcept {
    touch(&word);
    for (; count > 0; --count) {
        task* oldest = nullptr;
        for (size_t i = 0; i < live_; ++i) {
            task& t = *tasks_[i];
            if (t.at == state::waiting && t.word == &word &&
                (oldest == nullptr || t.waits_since < oldest->waits_since)) {
                oldest = &t;
            }
        }
        if (oldest == nullptr) {
            break;
        }
        oldest->at = state::runnable;
        oldest->word = nullptr;
        oldest->deadline_ns = no_deadline;
    }
}

void sim::schedule(point kind, const volatile void* object) noexcept {
    in_scheduler scope(*this);
    step(kind, object);
}

void sim::step(point kind, const volatile void* object) noexcept {
    note(static_cast<uint64_t>(kind));
    if (++result_.steps > options_.steps_max) {
        stop(outcome::exhausted);
    }
    task& me = *running_;
    if (strategy_->preempts_at(kind)) {
        me.step = {kind, object};
        pass_on(false);
    }
    if (object != nullptr && kind != point::call) {
        touch(object);
    }
}

void sim::spin(unsigned) noexcept {
    in_scheduler scope(*this);
    now_ns_ += tick_ns;
    if (++result_.steps > options_.steps_max) {
        stop(outcome::exhausted);
    }
    running_->step = {point::interlocked, nullptr};
    pass_on(true);
}

// Chooses the next fiber and runs it; returns when the calling fiber is chosen again. The caller
// is runnable, waiting or unused.
__attribute__((noinline)) void sim::pass_on(bool must_yield) noexcept {
    running_->frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    task* next = nullptr;
    while ((next = pick(must_yield)) == nullptr) {
        if (!advance_clock()) {
            stop(outcome::deadlock);
        }
        if (now_ns_ > options_.time_max_ns) {
            stop(outcome::exhausted);
        }
    }
    resume(*next);
}

bool sim::blocked_on_mutex(const task& t) const noexcept {
    return t.step.kind == point::lock &&
           static_cast<const mutex*>(const_cast<const void*>(t.step.object))->held();
}

sim::task* sim::pick(bool must_yield) noexcept {
    candidates_.clear();
    for (size_t i = 0; i < live_; ++i) {
        task& t = *tasks_[i];
        if (t.at == state::runnable && !blocked_on_mutex(t)) {
            candidates_.push_back({t.number, t.step, &t == running_, t.owner});
        }
    }
    if (candidates_.empty()) {
        return nullptr;
    }
    strategy_->stepped(running_->number, touched_);
    touched_.clear();
    const int index = strategy_->choose(candidates_, must_yield);
    if (index < 0) {
        stop(outcome::redundant);
    }
    const uint32_t number = candidates_[static_cast<size_t>(index)].fiber;
    result_.trail.push_back(number);
    note(number + 1000u);
    return tasks_[number];
}

void sim::resume(task& next) noexcept {
    task& before = *running_;
    if (&next == &before) {
        return;
    }
    ++result_.switches;
    running_ = &next;
    current_thread = next.owner;
    set_stack_limits(limits_of(next));
    before.context.switch_to(next.context, before.at == state::unused);
}

bool sim::advance_clock() noexcept {
    uint64_t earliest = no_deadline;
    for (size_t i = 0; i < live_; ++i) {
        if (tasks_[i]->at == state::waiting && tasks_[i]->deadline_ns < earliest) {
            earliest = tasks_[i]->deadline_ns;
        }
    }
    if (earliest == no_deadline) {
        return false;
    }
    if (earliest > now_ns_) {
        now_ns_ = earliest;
    }
    for (size_t i = 0; i < live_; ++i) {
        task& t = *tasks_[i];
        if (t.at == state::waiting && t.deadline_ns <= now_ns_) {
            t.at = state::runnable;
            t.word = nullptr;
            t.deadline_ns = no_deadline;
            t.timed_out = true;
        }
    }
    return true;
}

// Ends the run: back to run()'s caller. The fibers stay as they are and are prepared anew when
// the next run needs them.
__attribute__((noinline)) void sim::stop(outcome how) noexcept {
    result_.how = how;
    running_->frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
    last_ = running_;
    strategy_->stepped(running_->number, touched_);
    if (how == outcome::deadlock) {
        result_.waiting = describe_waiters();
    }
    current_thread = nullptr;
    task& last = *running_;
    running_ = nullptr;
    set_stack_limits(outside_limits_);
    last.context.switch_to(outside_, true);
    OPENWSK_UNREACHABLE("a fiber of an ended run was resumed");
}

void sim::note(uint64_t value) noexcept {
    result_.hash = (result_.hash ^ value ^ (uint64_t{running_->number} << 32)) * 0x100000001b3u;
}

stack_limits sim::limits_of(const task& t) noexcept {
    const auto base = reinterpret_cast<uintptr_t>(t.stack);
    return {base, base + stack_bytes};
}

void sim::for_each_fiber(void (*visit)(const fiber_view& f, void* context),
                         void* context) noexcept {
    const task* last = running_ != nullptr ? running_ : last_;
    for (size_t i = 0; i < live_; ++i) {
        const task& t = *tasks_[i];
        if (t.at != state::unused) {
            visit({t.number, t.owner, &t == last, t.at == state::waiting, t.step, t.frame,
                   limits_of(t)},
                  context);
        }
    }
}

std::string sim::describe_waiters() const {
    std::string text;
    for (size_t i = 0; i < live_; ++i) {
        const task& t = *tasks_[i];
        if (t.at == state::unused) {
            continue;
        }
        char line[160];
        std::snprintf(line, sizeof line, "  thread %u: %s at %s\n", t.number,
                      t.at == state::waiting ? "waits" : "is blocked by a lock",
                      name_of(t.step.kind));
        text += line;
    }
    return text;
}

uint64_t sim::random(stream s) noexcept {
    return prng_[static_cast<size_t>(s)].next();
}

void* sim::allocate(size_t bytes) noexcept {
    return arena_.allocate(bytes);
}

void sim::deallocate(void* address, size_t bytes) noexcept {
    // Made before the simulation, by the real host.
    if (!arena::contains(address)) {
        linux_host().deallocate(address, bytes);
        return;
    }
    arena_.deallocate(address, bytes);
}

void* sim::map_pages(size_t bytes) noexcept {
    return linux_host().map_pages(bytes);
}

void sim::unmap_pages(void* address, size_t bytes) noexcept {
    linux_host().unmap_pages(address, bytes);
}

void sim::seal_pages(void* address, size_t bytes, bool sealed) noexcept {
    linux_host().seal_pages(address, bytes, sealed);
}

}  // namespace host
