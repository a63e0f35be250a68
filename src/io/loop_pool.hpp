// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The I/O threads of a machine and the loops they run.
//
// A loop (net/loop.hpp) is an object that one thread runs at a time. There are as many loops as
// the machine option io_threads says, at most half of its processors, so that I/O threads that
// rise to DISPATCH_LEVEL leave processors to the driver's own threads. Threads and loops come
// with the first socket.
//
// The monitor, one more thread, does two things:
//
//   - completions that a thread owes (policy "deferred") for more than 100 us are taken from that
//     thread and given to an I/O thread;
//   - a loop whose runner has been inside one task for more than 2 ms is handed over to a spare
//     thread, so that a callback that blocks holds up its own socket and no other.
//
// It looks every 100 us while completions are owed, every 2 ms while loops are busy, and sleeps
// when neither has been the case for a while; watch() wakes it then, and costs one load otherwise.
//
//   worker:  idle -> running  [takes a loop that has no runner]
//            running -> idle  [its loop was handed over while it was inside a task]
//
// Locks: mutex_ (io_loop); below it only ke's thread list and the loop's own lock.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/machine.hpp"
#include "base/prng.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "net/backend.hpp"

namespace io {

class loop_pool final : public base::machine_part {
public:
    static constexpr base::part slot = base::part::io_loops;

    explicit loop_pool(base::machine& m) noexcept;
    /// Every socket is closed and gone. Ends the threads.
    ~loop_pool() override;

    /// Starts loops and threads if that has not happened. False when none could be had.
    bool start() noexcept;

    /// The loop for the next socket. start() has succeeded.
    net::loop& next_loop() noexcept;

    /// Something that the monitor looks after has begun.
    void watch() noexcept {
        if (OPENWSK_UNLIKELY(asleep_.load(std::memory_order_relaxed) != 0)) {
            wake_monitor();
        }
    }

    /// The machine's completion policy; one of the others when it is "mixed".
    base::completion_policy choose_policy() noexcept {
        return OPENWSK_LIKELY(policy_ != base::completion_policy::mixed) ? policy_ : draw_policy();
    }

    [[nodiscard]] base::machine& machine() const noexcept { return machine_; }

    /// True when loops were asked for on a simulated machine, which has no network.
    [[nodiscard]] bool lacked_network() const noexcept {
        return lacked_network_.load(std::memory_order_relaxed);
    }

    struct counts {
        uint32_t loops;
        uint32_t workers;
        uint64_t handed_over;  ///< loops taken from a thread that was inside a long callout
        uint64_t stolen;       ///< owed completions given to an I/O thread
    };
    [[nodiscard]] counts figures() noexcept;

private:
    static constexpr uint32_t loops_max = 32;
    static constexpr uint32_t workers_max = 128;

    struct seen {
        uint64_t progress = 0;
        uint64_t since_ns = 0;
    };

    static void worker_main(void* pool) noexcept;
    static void monitor_main(void* pool) noexcept;
    static void run_stolen(net::task& t) noexcept;

    bool make_loops() noexcept;
    bool start_monitor() noexcept;
    bool add_worker() noexcept;
    net::loop* take_loop() noexcept;
    void monitor() noexcept;
    /// Both return whether there is something to look after.
    bool look_at_threads(uint64_t now) noexcept;
    bool look_at_loops(uint64_t now) noexcept;
    void give(ke::deferred* list) noexcept;
    void replace_runner(net::loop& l) noexcept;
    void wake_monitor() noexcept;
    base::completion_policy draw_policy() noexcept;

    struct stolen_task : net::task {
        loop_pool* pool;
    };

    base::machine& machine_;
    const base::completion_policy policy_;

    // Constant once started_ is true.
    std::unique_ptr<net::loop> loops_[loops_max];
    uint32_t loop_count_ = 0;

    std::atomic<bool> started_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<bool> lacked_network_{false};
    std::atomic<uint32_t> next_{0};
    std::atomic<uint32_t> asleep_{0};  // the monitor waits on it: 1 asleep
    std::atomic<uint64_t> stolen_count_{0};
    std::atomic<uint64_t> handed_over_{0};

    // Whoever starts threads: start(), then the monitor, then the destructor.
    base::ref_ptr<ke::thread> monitor_thread_;
    base::ref_ptr<ke::thread> worker_threads_[workers_max];
    uint32_t started_workers_ = 0;

    // The monitor's own.
    seen seen_[loops_max];

    host::mutex mutex_{base::lock_rank::io_loop};
    host::condition changed_;
    bool starting_ OPENWSK_GUARDED_BY(mutex_) = false;
    uint32_t idle_ OPENWSK_GUARDED_BY(mutex_) = 0;                   // waiting for a loop
    net::loop* waiting_[loops_max] OPENWSK_GUARDED_BY(mutex_) = {};  // loops without a runner
    uint32_t waiting_count_ OPENWSK_GUARDED_BY(mutex_) = 0;
    ke::deferred* stolen_head_ OPENWSK_GUARDED_BY(mutex_) = nullptr;
    ke::deferred* stolen_tail_ OPENWSK_GUARDED_BY(mutex_) = nullptr;
    bool stolen_posted_ OPENWSK_GUARDED_BY(mutex_) = false;
    stolen_task stolen_;
};

}  // namespace io
