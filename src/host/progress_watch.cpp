// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "host/progress_watch.hpp"

#include <csignal>

#include <sys/time.h>
#include <ucontext.h>

#include "host/backtrace.hpp"
#include "host/host.hpp"

namespace host {
namespace {

constexpr size_t frames_max = 32;

// Set before the timer starts; the handler runs on the same thread.
const std::atomic<uint64_t>* counter_ = nullptr;
hung_handler hung_ = nullptr;
uint32_t patience_ = 0;
uint64_t seen_ = 0;
uint32_t idle_ticks_ = 0;

void set_timer(time_t seconds) noexcept {
    const itimerval every{{seconds, 0}, {seconds, 0}};
    setitimer(ITIMER_PROF, &every, nullptr);
}

void on_tick(int, siginfo_t*, void* context) noexcept {
    const uint64_t now = counter_->load(std::memory_order_relaxed);
    if (now != seen_) {
        seen_ = now;
        idle_ticks_ = 0;
        return;
    }
    if (++idle_ticks_ < patience_) {
        return;
    }
    set_timer(0);
    if (thread* t = self()) {
        t->held_ranks = 0;
        ++t->unobserved;
    }
    const auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const void* frames[frames_max];
    frames[0] = reinterpret_cast<const char*>(registers[REG_RIP]) + 1;
    const size_t more =
        backtrace_from(static_cast<uintptr_t>(registers[REG_RBP]), frames + 1, frames_max - 1);
    hung_(frames, more + 1);
}

}  // namespace

void watch_progress(const std::atomic<uint64_t>& counter, uint32_t seconds,
                    hung_handler hung) noexcept {
    counter_ = &counter;
    hung_ = hung;
    patience_ = seconds;
    seen_ = counter.load(std::memory_order_relaxed);
    idle_ticks_ = 0;
    struct sigaction action {};
    action.sa_sigaction = on_tick;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGPROF, &action, nullptr);
    set_timer(1);
}

void end_progress_watch() noexcept {
    set_timer(0);
}

}  // namespace host
