// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A strand: what makes the callbacks and completions of one socket serial, in order, on any
// thread. It owns no thread and no queue. Its owner (a socket) derives from it, keeps its own
// queues under the strand's mutex and runs one piece of work in step(); the strand decides which
// thread calls step() and guarantees that only one does at a time.
//
//   idle    -> ready    [section::schedule]     a runner is scheduled: by the machine's policy
//   idle    -> running  [section::run_here]   the calling I/O thread runs it when the section ends
//   ready   -> running  [run]                 whichever thread comes first
//   running -> idle     [run: step() has nothing to do]
//   running -> ready    [run: too many steps] the rest goes behind whatever else its loop has
//
//   idle     nothing to do, nothing scheduled
//   ready    work waits and a runner is on its way: a task on the loop, or the deferred item on a
//            thread that will run it at its next wait, fall below DISPATCH_LEVEL or NT entry. A
//            runner that comes late finds another state and goes away
//   running  one thread is inside run(); work that others add now is found by its next step()
//
// Completion policies (machine option). deferred: the signalling thread runs the strand like a
// DPC after its call has returned; the monitor of the loop pool gives what is still queued after
// 100 us to an I/O thread. thread: always a task on the loop. inline_: the signalling thread, when
// the section ends, if it is below DISPATCH_LEVEL and not inside too many gates. mixed: one of
// them, drawn from the machine's stream "completion". A strand run from a deferred item does
// completions only: event callbacks may take locks that the interrupted thread holds, so they
// are left to the loop (step() is told by at_event_thread()).
//
// Locks: mutex() (rank socket), which guards the owner's state as well. step() is entered and left
// with it held and releases it around every call into the driver. ke::defer, net::loop::post and
// the monitor's lock (io_loop) are used under it.
//
// Lifetime: keep() when a runner is scheduled, drop() when that runner is through. The owner ends
// its life in a step that calls end_locked(): when that run has let go of everything, finished()
// is called, and the strand is not touched again by that run.

#pragma once

#include <cstdint>

#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "net/loop.hpp"

namespace io {

class loop_pool;

class strand {
public:
    strand(const strand&) = delete;
    strand& operator=(const strand&) = delete;

    [[nodiscard]] host::mutex& mutex() noexcept { return mutex_; }
    [[nodiscard]] loop_pool& pool() const noexcept { return *pool_; }
    /// The loop of the owner's transport; where its callbacks run.
    [[nodiscard]] net::loop& loop() const noexcept { return *loop_; }

    /// The critical section of a strand. What it signalled is scheduled, or run, when it ends. (The
    /// analysis does not see that strand_ is the strand whose mutex the section holds.)
    class OPENWSK_SCOPED_CAPABILITY section {
    public:
        explicit section(strand& s) noexcept OPENWSK_ACQUIRE(s.mutex_) : strand_(s) {
            s.mutex_.lock();
        }
        section(const section&) = delete;
        section& operator=(const section&) = delete;
        ~section() OPENWSK_RELEASE() { strand_.leave(run_); }

        /// There is work for step(); run it where the policy says.
        void schedule() noexcept OPENWSK_NO_TSA { run_ |= strand_.schedule_locked(); }
        /// There may be work for step(), and the caller is a task on a loop: run it here.
        void run_here() noexcept OPENWSK_NO_TSA { run_ |= strand_.claim_here_locked(); }
        /// There is an event for step(); run it on the loop, whatever the policy says.
        void post() noexcept OPENWSK_NO_TSA { strand_.post_ready_locked(); }

    private:
        strand& strand_;
        bool run_ = false;
    };

    /// Signal for code that already holds the mutex for another reason (inside step()).
    /// True: the caller must call run_claimed() after it has released the mutex.
    [[nodiscard]] bool schedule_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void run_claimed() noexcept OPENWSK_EXCLUDES(mutex_);

    /// Nobody runs it and nobody is about to: what is added now must be signalled.
    [[nodiscard]] bool idle_locked() const noexcept OPENWSK_REQUIRES(mutex_) {
        return state_ == state::idle;
    }
    [[nodiscard]] bool running_locked() const noexcept OPENWSK_REQUIRES(mutex_) {
        return state_ == state::running;
    }
    /// The thread that is inside run(), for reports and for close from a callback.
    [[nodiscard]] const ke::thread* runner_locked() const noexcept OPENWSK_REQUIRES(mutex_) {
        return runner_;
    }

protected:
    strand() noexcept;
    virtual ~strand() = default;

    /// Before the first signal, and again when the owner starts another life.
    void place(loop_pool& p, net::loop& l) noexcept;

    /// Does one piece of work. Mutex held on entry and return. False: nothing to do now. May
    /// be told false by at_event_thread() and then leaves event callbacks alone.
    virtual bool step() noexcept OPENWSK_REQUIRES(mutex_) = 0;
    /// Event callbacks are waiting that step() did not do because of at_event_thread().
    [[nodiscard]] virtual bool events_waiting() noexcept OPENWSK_REQUIRES(mutex_) = 0;
    virtual void keep() noexcept = 0;
    virtual void drop() noexcept = 0;
    virtual void finished() noexcept = 0;

    /// Called by step(), as its last act: the owner's life is over.
    void end_locked() noexcept OPENWSK_REQUIRES(mutex_) { ended_ = true; }

    /// True when the present runner may call event callbacks (it is not a deferred item).
    [[nodiscard]] bool at_event_thread() const noexcept OPENWSK_REQUIRES(mutex_) {
        return !deferred_run_;
    }
    void post_ready_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void post_locked() noexcept OPENWSK_REQUIRES(mutex_);

    host::mutex mutex_{base::lock_rank::socket};

private:
    friend class section;
    enum class state : uint8_t { idle, ready, running };

    enum class runner : uint8_t { claimed, task, deferred };

    void leave(bool run) noexcept OPENWSK_RELEASE(mutex_);
    [[nodiscard]] bool claim_here_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void defer_locked() noexcept OPENWSK_REQUIRES(mutex_);
    void run(runner who) noexcept OPENWSK_EXCLUDES(mutex_);
    void run_locked(runner who) noexcept OPENWSK_RELEASE(mutex_);
    void run_steps() noexcept OPENWSK_REQUIRES(mutex_);

    struct deferred_item : ke::deferred {
        strand* owner;
    };
    struct loop_task : net::task {
        strand* owner;
    };
    static void run_deferred(ke::deferred& d) noexcept;
    static void run_task(net::task& t) noexcept;

    loop_pool* pool_ = nullptr;
    net::loop* loop_ = nullptr;
    deferred_item deferred_;
    loop_task task_;
    const ke::thread* runner_ OPENWSK_GUARDED_BY(mutex_) = nullptr;
    state state_ OPENWSK_GUARDED_BY(mutex_) = state::idle;
    bool deferred_linked_ OPENWSK_GUARDED_BY(mutex_) = false;  // on some thread's list
    bool task_posted_ OPENWSK_GUARDED_BY(mutex_) = false;      // on the loop's ready list
    bool deferred_run_ OPENWSK_GUARDED_BY(mutex_) = false;
    bool ended_ OPENWSK_GUARDED_BY(mutex_) = false;
};

}  // namespace io
