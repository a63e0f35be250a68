// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// An event loop: ready list, timers, posted tasks and one source of kernel events (an epoll
// set). A loop is an object, not a thread: the io layer calls run() on it from any thread, one
// thread at a time.
//
// Handing a loop over. run() moves every event that the kernel reported into the shared ready list
// first and then, one at a time, takes a task off the list under the loop's lock and calls it with
// no lock held. Nothing of the batch lives on the runner's stack. So while a task is running for
// too long another thread may take the loop: hand_over() ends the role of the present runner,
// which then touches nothing of the loop when its task returns (run() answers handed_over), and
// the next caller of run() goes on with the next task of the list. A task may therefore run at the
// same time as the tasks that follow it; it must not rely on being the only one on the loop, only
// on what its own socket's strand gives. A buffer used inside a task belongs to the thread that
// runs it, never to the loop.
//
//   idle        -> polling     [run]            nothing ready: one thread waits for the kernel
//   idle        -> dispatching [run]            something ready
//   polling     -> dispatching [run]            events moved to the ready list
//   dispatching -> idle        [run returns]
//   dispatching -> idle        [hand_over]      only while a task is being called
//
//   idle         no runner; post() and timers only fill lists (the io layer must call run())
//   polling      the runner holds no lock and dispatches nothing; post() and wake() interrupt it.
//                Sockets whose last reference goes away now are buried, not freed: the kernel may
//                have reported events that name them
//   dispatching  the runner calls tasks; nothing posted needs an interrupt, because the runner
//                looks at the list again before it waits
//
// Locks: lock_ (net_loop). It is never held across a task or a wait.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "base/lock_rank.hpp"
#include "host/mutex.hpp"

namespace net {

/// Something a loop calls once. Embedded in its owner; the owner keeps it alive until called.
struct task {
    base::list_node node;  ///< the loop's while posted
    void (*call)(task& self) noexcept = nullptr;
};

/// A task called when its time has come. Intrusive pairing heap: arming and cancelling are
/// O(log n) amortised and never allocate.
struct timer : task {
    uint64_t deadline_ns = 0;
    // The loop's:
    timer* child = nullptr;
    timer* sibling = nullptr;
    timer* previous = nullptr;  ///< parent of a first child, else the left sibling
    bool armed = false;         ///< in the heap; when expired it is in the ready list instead
};

/// An object whose memory the loop returns when no kernel event can name it any more.
struct buried {
    base::list_node grave;
    void (*destroy)(buried& self) noexcept = nullptr;
};

enum class run_result : uint8_t {
    dispatched,   ///< called at least one task
    idle,         ///< the deadline passed with nothing to do
    woken,        ///< wake() was called and nothing was ready
    handed_over,  ///< the loop has another runner now; do not touch it before the next run()
};

class loop : public base::heap_object {
public:
    loop() noexcept = default;
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;
    /// No runner, no armed timer, no posted task, no open socket.
    virtual ~loop();

    /// Waits for events until deadline_ns (host clock; 0 = do not wait) unless something is ready,
    /// then calls the tasks that are ready, at most those present when it looked, and returns. So
    /// the io layer gets control between batches. One thread at a time.
    run_result run(uint64_t deadline_ns) noexcept;

    /// Makes the present or the next wait of run() end at once. Any thread.
    void wake() noexcept;

    /// Takes the loop from a runner that is inside a task. False when there is no such runner (it
    /// waits, is between tasks, or there is none): nothing to take over. After true another thread
    /// may call run(). Any thread.
    bool hand_over() noexcept;

    /// Odd while a task is being called, and different for every task: a monitor that reads the
    /// same odd number twice knows that one task has lasted that long. Any thread, lock-free.
    [[nodiscard]] uint64_t progress() const noexcept {
        return progress_.load(std::memory_order_relaxed);
    }

    /// Queues a task behind everything that is ready. Costs a system call only when the runner is
    /// waiting in the kernel. Any thread, also under locks of lower rank.
    void post(task& t) noexcept;
    /// Takes a posted task back; false when it is being called or was called.
    bool unpost(task& t) noexcept;

    /// (Re)arms a timer. The task is called once, by run(), not before deadline_ns. True when
    /// it was armed or ready before, for a call that will now not happen.
    bool arm(timer& t, uint64_t deadline_ns) noexcept;
    /// True when the timer was armed or ready and will not be called.
    bool disarm(timer& t) noexcept;

    /// Calls destroy when no kernel event can name the object: now, or when the present wait has
    /// ended. The caller has removed it from the kernel's interest set.
    void bury(buried& b) noexcept;

    [[nodiscard]] bool has_runner() noexcept;

protected:
    using task_list = base::list<task, &task::node>;

    /// Waits for kernel events until deadline_ns and appends what they make runnable to out.
    /// Called without the lock by the runner only; interrupt() ends it.
    virtual void poll(uint64_t deadline_ns, task_list& out) noexcept = 0;
    /// Ends a poll() in progress, or the next one. Called at most once per poll, with the lock
    /// held.
    virtual void interrupt() noexcept = 0;

private:
    enum class state : uint8_t { idle, polling, dispatching };

    /// Moves expired timers to the ready list; answers when the next one expires.
    uint64_t expire_timers_locked() noexcept OPENWSK_REQUIRES(lock_);
    bool wait_for_tasks(uint64_t deadline_ns) noexcept OPENWSK_REQUIRES(lock_);
    bool take_back_locked(timer& t) noexcept OPENWSK_REQUIRES(lock_);
    void push_ready_locked(task& t) noexcept OPENWSK_REQUIRES(lock_);
    void interrupt_locked() noexcept OPENWSK_REQUIRES(lock_);

    std::atomic<uint64_t> progress_{0};  // written under lock_, read by monitors without

    host::mutex lock_{base::lock_rank::net_loop};
    state state_ OPENWSK_GUARDED_BY(lock_) = state::idle;
    bool interruptible_ OPENWSK_GUARDED_BY(lock_) = false;  // waiting, and nobody interrupted it
    bool woken_ OPENWSK_GUARDED_BY(lock_) = false;
    uint64_t turn_ OPENWSK_GUARDED_BY(lock_) = 0;  // changes whenever the runner changes
    size_t ready_count_ OPENWSK_GUARDED_BY(lock_) = 0;
    task_list ready_ OPENWSK_GUARDED_BY(lock_);
    timer* timers_ OPENWSK_GUARDED_BY(lock_) = nullptr;  // root of the heap: the earliest
    size_t grave_count_ OPENWSK_GUARDED_BY(lock_) = 0;
    base::list<buried, &buried::grave> graves_ OPENWSK_GUARDED_BY(lock_);
};

}  // namespace net
