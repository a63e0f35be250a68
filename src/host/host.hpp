// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The host: the only source of time, threads, waiting, randomness and pages. Two implementations:
// linux (real threads, futexes) and sim (fibers on one OS thread, virtual time, seeded choices).
//
// Everything that blocks in the runtime blocks in exactly one primitive, wait() on a 32-bit word
// with futex semantics, so that the simulated host sees every wait and every wake-up. park/unpark,
// host::mutex and host::condition are built on it.
//
// A host::thread is one schedulable entity: an OS thread or a fiber. Thread objects are
// type-stable: their memory is reused for other threads but never returned while the process
// lives, so a late unpark of a thread that has ended is a spurious wake-up, not a use after free.
// Hence every wait in the runtime re-checks its condition.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/annotate.hpp"
#include "base/assert.hpp"
#include "base/heap.hpp"
#include "base/lock_rank.hpp"

namespace base {
class machine;
}

namespace host {

class host_interface;

inline constexpr uint64_t no_deadline = UINT64_MAX;

/// Where the simulated host may switch fibers, and what for. A point stands before the operation
/// it announces. Code whose atomics race on purpose (counters of a fast path, generation checks)
/// announces them as interlocked; what happens under a mutex needs no point of its own.
/// leave stands behind a call of a driver, so that what the driver does next without announcing it
/// is not one step with what the call did.
enum class point : uint8_t {
    call,
    lock,
    unlock,
    wait,
    wake,
    interlocked,
    spawn,
    callout,
    exit,
    leave,
};

/// Independent random streams of a machine's seed.
enum class stream : uint32_t { schedule = 1, completion, fault, network, driver };

class thread : public base::heap_object {
public:
    static constexpr uint32_t no_seat = UINT32_MAX;       ///< it has not asked for one yet
    static constexpr uint32_t standing = UINT32_MAX - 1;  ///< all seats were taken

    thread() = default;
    thread(const thread&) = delete;
    thread& operator=(const thread&) = delete;

    // Set before the thread starts, constant while it runs.
    base::machine* machine = nullptr;
    host_interface* host = nullptr;
    bool simulated = false;         ///< what host says: every schedule point asks
    uint32_t ordinal = 0;           ///< number in its machine, for traces and reports
    const char* name = "";          ///< what it is for, for reports
    const void* routine = nullptr;  ///< the driver's function it runs, for reports
    bool traced = true;             ///< false: events of the thread are not recorded

    // Owned by the thread itself.
    uint64_t held_ranks = 0;  ///< bit r: a lock of rank r is held
    uint8_t irql = 0;
    void* trace_ring = nullptr;     ///< where trace::emit writes, valid for recorder trace_recorder
    uint64_t trace_recorder = 0;    ///< 0: no ring yet
    uint32_t seat = no_seat;        ///< see take_seat
    uint32_t plain_seat = no_seat;  ///< the seat, if neither schedule points nor events matter

    // Private to the host that runs it.
    std::atomic<uint32_t> permit{0};  ///< 0 empty, 1 permit, 2 parked (see park)
    uint32_t unobserved = 0;          ///< > 0: schedule points are skipped
    uintptr_t host_private[4] = {};

    // Written by the thread on the real host, read by others for reports (host/backtrace.hpp).
    std::atomic<uintptr_t> wait_frame{0};  ///< frame address of the wait it is in; 0 while it runs
    std::atomic<uintptr_t> stack_high{0};  ///< one past the stack that wait_frame lies on

    void run_on(host_interface& h) noexcept;
};

/// Seats: small numbers that choose a thread's own place in tables of counts (host/rundown.hpp,
/// ke/module.hpp). On the real host no two threads have the same one at the same time, and whoever
/// sits down sees what the one before him wrote. In a simulation, where a thread is not interrupted
/// between two schedule points and may well share, the seat is a function of the ordinal, so that
/// nothing that happened in an earlier run matters.
inline constexpr uint32_t seat_count = 16;

/// Gives the calling thread t a seat, kept until leave_seat; standing when there is none left.
uint32_t take_seat(thread& t) noexcept;
void leave_seat(thread& t) noexcept;

/// The calling thread, or null on an OS thread that no machine knows.
extern constinit thread_local thread* current_thread __attribute__((tls_model("initial-exec")));
inline thread* self() noexcept {
    return current_thread;
}

struct thread_options {
    size_t stack_bytes = 256 * 1024;
    const char* name = "openwsk";
};

class host_interface {
public:
    host_interface() = default;
    host_interface(const host_interface&) = delete;
    host_interface& operator=(const host_interface&) = delete;
    virtual ~host_interface() = default;

    /// Monotonic time in nanoseconds; never goes back.
    virtual uint64_t now_ns() noexcept = 0;
    /// Wall-clock time in 100 ns units since 1601-01-01 UTC.
    virtual uint64_t system_time_100ns() noexcept = 0;

    /// Starts entry(argument) on a new thread that is t. False when no thread can be had.
    virtual bool start(thread& t, const thread_options& options, void (*entry)(void*),
                       void* argument) noexcept = 0;
    /// Waits until a started thread has left its entry function. Once per started thread.
    virtual void join(thread& t) noexcept = 0;
    /// Makes the calling OS thread t (a thread that the runtime did not start) and back. In a
    /// simulation: the scenario's fiber, which starts as nobody.
    virtual void adopt(thread& t) noexcept = 0;
    virtual void abandon(thread& t) noexcept = 0;

    /// Sleeps while word == expected, until wake(word), the deadline (now_ns scale) or
    /// spuriously. False only when the deadline passed.
    virtual bool wait(std::atomic<uint32_t>& word, uint32_t expected,
                      uint64_t deadline_ns) noexcept = 0;
    virtual void wake(std::atomic<uint32_t>& word, uint32_t count) noexcept = 0;

    /// Every other thread of the process that runs right now has executed a full memory barrier
    /// when this returns; costs 0.3 to 10 us. The slow half of light_fence().
    virtual void heavy_fence() noexcept = 0;

    /// A place where the simulated host may run somebody else; nothing on the real host.
    virtual void schedule(point kind, const volatile void* object) noexcept = 0;
    /// One turn of a spin loop; round counts from zero.
    virtual void spin(unsigned round) noexcept = 0;

    virtual uint64_t random(stream s) noexcept = 0;

    /// Memory for runtime objects and for drivers, aligned to 16, not zeroed; null when there is
    /// none. On the simulated host the address depends on the schedule alone.
    virtual void* allocate(size_t bytes) noexcept = 0;
    virtual void deallocate(void* address, size_t bytes) noexcept = 0;

    /// Page-granular memory, zeroed; null when there is none. A guard page lies on both sides.
    virtual void* map_pages(size_t bytes) noexcept = 0;
    virtual void unmap_pages(void* address, size_t bytes) noexcept = 0;
    /// Makes pages inaccessible (true) or readable and writable (false).
    virtual void seal_pages(void* address, size_t bytes, bool sealed) noexcept = 0;

    virtual uint32_t processor_count() noexcept = 0;

    [[nodiscard]] bool simulated() const noexcept { return simulated_; }

protected:
    bool simulated_ = false;
};

inline void thread::run_on(host_interface& h) noexcept {
    host = &h;
    simulated = h.simulated();
    seat = plain_seat = no_seat;
}

/// True when heavy_fence reaches all threads, so that light_fence need not be a barrier itself.
/// Set once, before the first heavy_fence; relaxed, because either value is right on the fast side.
extern std::atomic<bool> asymmetric_fences;

/// Orders what the caller wrote before against what it reads after, with respect to a thread that
/// calls heavy_fence between its own write and read. Free where the host can do that.
inline void light_fence(std::atomic<uint32_t>& own_line) noexcept {
    if (OPENWSK_LIKELY(asymmetric_fences.load(std::memory_order_relaxed))) {
        std::atomic_signal_fence(std::memory_order_seq_cst);
    } else {
        own_line.fetch_add(0, std::memory_order_seq_cst);
    }
}

/// The real host; lives as long as the process.
host_interface& linux_host() noexcept;

/// Runs entry(argument) on a thread that no machine knows and nobody waits for: for calls into the
/// C library that may block for long. It may still run when the process ends. Real host only. False
/// when no thread can be had.
bool run_detached(void (*entry)(void*), void* argument) noexcept;

/// The host of OS threads that no machine knows: the real one, except inside a simulation before
/// the scenario has attached to its machine.
host_interface& ambient_host() noexcept;

/// The host of the calling thread.
inline host_interface& current() noexcept {
    thread* t = self();
    return t != nullptr && t->host != nullptr ? *t->host : ambient_host();
}

/// Blocks the calling thread until somebody unparks it, the deadline passes (false) or
/// spuriously. An unpark that comes first is remembered, once.
bool park(uint64_t deadline_ns = no_deadline) noexcept;
void unpark(thread& t) noexcept;

/// True where schedule points matter: the calling thread is a fiber of a simulation.
inline bool in_simulation() noexcept {
    const thread* t = self();
    return OPENWSK_UNLIKELY(t != nullptr && t->simulated);
}

/// A schedule point of the calling thread; costs two loads on the real host.
inline void schedule_point(point kind, const volatile void* object) noexcept {
    if (in_simulation() && self()->unobserved == 0) {
        self()->host->schedule(kind, object);
    }
}

/// The same for callers that have the calling thread t at hand; one load.
inline void schedule_point(const thread& t, point kind, const volatile void* object) noexcept {
    if (OPENWSK_UNLIKELY(t.simulated) && t.unobserved == 0) {
        t.host->schedule(kind, object);
    }
}

/// Bookkeeping of the runtime that no schedule depends on (reports, ledgers, traces): a scope
/// without schedule points, so that it neither lengthens a search nor changes it when it does more
/// the first time.
class unobserved {
public:
    unobserved() noexcept : thread_(self()) {
        if (thread_ != nullptr) {
            ++thread_->unobserved;
        }
    }
    unobserved(const unobserved&) = delete;
    unobserved& operator=(const unobserved&) = delete;
    ~unobserved() {
        if (thread_ != nullptr) {
            --thread_->unobserved;
        }
    }

private:
    thread* thread_;
};

}  // namespace host
