// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The kernel part of a machine: processors, IRQL, the list of threads.
//
// Threads and IRQL: spawn and reap below DISPATCH_LEVEL, everything else anywhere.
// Lock order: thread (the thread list) > leaf (the process's list of idle thread objects).
//
// An ended thread cannot join itself. It puts itself on a list; the next spawn, the next thread
// that ends, or reap joins it and releases its reference.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/list.hpp"
#include "base/machine.hpp"
#include "host/mutex.hpp"
#include "ke/dispatcher.hpp"
#include "ke/parking.hpp"
#include "ke/processor.hpp"
#include "ke/thread.hpp"
#include "ke/timer.hpp"

namespace ke {

struct spawn_options {
    const char* name = "openwsk";
    size_t stack_bytes = 256 * 1024;
    uint64_t affinity = UINT64_MAX;
    const void* start = nullptr;    ///< what to call the thread's routine in reports
    module* image = nullptr;        ///< stays loaded until the thread has ended
    const void* creator = nullptr;  ///< where the driver made it; then it is in the ledger
};

class kernel : public base::machine_part {
public:
    static constexpr base::part slot = base::part::ke;

    explicit kernel(base::machine& m) noexcept;
    ~kernel() override;

    [[nodiscard]] base::machine& machine() const noexcept { return *machine_; }
    [[nodiscard]] processor_set& processors() noexcept { return processors_; }
    /// System time when the machine was made.
    [[nodiscard]] uint64_t started_100ns() const noexcept { return started_100ns_; }
    [[nodiscard]] wait_table& waits() noexcept { return waits_; }
    [[nodiscard]] parking& parked() noexcept { return parked_; }
    [[nodiscard]] timer_queue& timers() noexcept { return timers_; }

    /// Starts a thread of the machine that runs entry(argument). Null when no thread can be had.
    base::ref_ptr<thread> spawn(const spawn_options& options, void (*entry)(void*),
                                void* argument) noexcept;

    /// Makes the calling OS thread one of the machine's.
    thread& attach() noexcept;

    /// Joins the threads that have ended.
    void reap() noexcept;

    /// Waits until a thread that the caller references has ended; for the runtime's own threads.
    void wait_ended(thread& t) noexcept;

    /// True once the machine goes away: its own threads end.
    [[nodiscard]] bool stopping() const noexcept {
        return stopping_.load(std::memory_order_acquire);
    }

    /// Calls visit(thread&) for every running thread, with the thread list locked.
    template <class Visit>
    void for_each_thread(Visit&& visit) noexcept {
        host::guard g(threads_lock_);
        for (thread* t = threads_.front(); t != nullptr; t = threads_.next(*t)) {
            visit(*t);
        }
    }

    /// The running thread with this id, or null.
    base::ref_ptr<thread> find_thread(uint32_t id) noexcept;

    /// The thread that a driver's PETHREAD names, null if it names none. One that has ended is
    /// found as long as somebody holds a reference.
    base::ref_ptr<thread> reference(const void* object) noexcept;

    void show(base::object_visitor& v) noexcept override;

    /// Threads on the list, attached ones included.
    [[nodiscard]] uint32_t thread_count() noexcept;

private:
    friend void detach() noexcept;
    friend struct thread;
    using thread_list = base::list<thread, &thread::link>;

    thread* prepare(const spawn_options& options) noexcept;
    static void main(void* argument) noexcept;
    void end(thread& t) noexcept;
    void signal_end(thread& t) noexcept;
    void forget(thread& t) noexcept;
    void unlist(thread& t, thread_list kernel::*to) noexcept;
    thread* pop(thread_list kernel::*list) noexcept;
    static void orphan(thread& t) noexcept;
    void retire(thread& t) noexcept;
    void stop_dpc_threads() noexcept;

    base::machine* const machine_;
    const uint64_t started_100ns_;
    processor_set processors_;
    wait_table waits_;
    parking parked_;
    timer_queue timers_{*this};
    std::atomic<bool> stopping_{false};

    host::mutex threads_lock_{base::lock_rank::thread};
    host::condition threads_changed_;
    thread_list threads_ OPENWSK_GUARDED_BY(threads_lock_);
    thread_list ended_ OPENWSK_GUARDED_BY(threads_lock_);  // and not joined
    thread_list held_ OPENWSK_GUARDED_BY(threads_lock_);   // joined, but referenced
    thread_list idle_ OPENWSK_GUARDED_BY(threads_lock_);
    uint32_t next_ordinal_ OPENWSK_GUARDED_BY(threads_lock_) = 1;
    uint32_t count_ OPENWSK_GUARDED_BY(threads_lock_) = 0;
};

}  // namespace ke
