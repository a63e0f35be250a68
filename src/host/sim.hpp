// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The simulated host: a deterministic machine room on one OS thread.
//
// Every host::thread is a fiber. At each schedule point (each NT, NMR and WSK call, each wait and
// wake-up, each internal lock, each Interlocked operation of a driver) a strategy chooses who runs
// next. All choices come from the strategy; the clock is virtual; the same strategy decisions on
// the same program give the same run.
//
//   Time moves when nobody can run, to the earliest deadline. It also moves by 1 us at every time
//   query and every spin, unless the strategy forbids that (depth-first search does: a query would
//   make unrelated threads dependent).
//
//   Deadlock: the scenario (the fiber that called run) waits and nothing can wake it. Threads that
//   are still idle when the scenario returns are abandoned.
//
// Fiber states:
//
//                 start                    scheduled
//        unused ---------> runnable ------------------> running
//           ^                 ^  ^                       |  |  |
//           |                 |  +---- schedule point ---+  |  |
//           |                 +-- wake, deadline -- waiting <+  |
//           +--------------------- entry returned --------------+
//
//   runnable -> running   [pick]      exactly one fiber runs
//   running  -> waiting   [wait]      word still has the expected value
//   waiting  -> runnable  [wake, advance_clock]
//   running  -> unused    [finish]    the stack returns to the pool
//
// Threads: everything here runs on the OS thread that called run(). No lock.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/list.hpp"
#include "base/prng.hpp"
#include "host/arena.hpp"
#include "host/backtrace.hpp"
#include "host/fiber.hpp"
#include "host/host.hpp"

namespace host {

class mutex;

void set_ambient_host(host_interface* h) noexcept;

/// What a fiber is about to do when it is next scheduled.
struct pending_step {
    point kind = point::spawn;
    const volatile void* object = nullptr;
};

/// A set of objects: exact as long as they are few, which a step's are, so that how many orders a
/// search runs does not depend on where objects lie; a Bloom signature beyond. "May overlap" never
/// misses a true overlap, so treating the others as independent is sound.
class footprint {
public:
    void add(const volatile void* object) noexcept;
    void merge(const footprint& other) noexcept;
    void clear() noexcept;
    [[nodiscard]] bool overlaps(const footprint& other) const noexcept;

private:
    static constexpr uint32_t exact_max = 8;

    void remember(const volatile void* object) noexcept;

    uint64_t bits_[4] = {};
    uint32_t count_ = 0;  ///< of objects; more than exact_max: too many
    const volatile void* objects_[exact_max];
};

struct candidate {
    uint32_t fiber;  ///< number of the fiber in order of creation; the scenario is 0
    pending_step step;
    bool current;         ///< it is the one that ran last
    const thread* owner;  ///< null: nobody yet
};

/// A fiber when the run has ended; its stack is as it was.
struct fiber_view {
    uint32_t number;
    const thread* owner;  ///< null: nobody, or it has ended
    bool running;         ///< it ran when the run ended
    bool waits;           ///< else it could go on, or is blocked by a lock
    pending_step step;
    uintptr_t frame;  ///< for backtrace_from, within stack
    stack_limits stack;
};

enum class outcome : uint8_t {
    finished,   ///< the scenario returned
    deadlock,   ///< the scenario waits and nothing can wake it
    exhausted,  ///< the step or time bound was reached
    redundant,  ///< the strategy gave the run up
};

/// Chooses who runs next. Lives through one run or, for a search, through many.
class strategy {
public:
    virtual ~strategy() = default;
    /// Before each run.
    virtual void begin() noexcept = 0;
    /// Index into the candidates (at least one), or -1 to give this run up as redundant. The
    /// fiber that ran last is not a candidate when it waits or ended; with must_yield it asked to
    /// let others go first.
    virtual int choose(const std::vector<candidate>& candidates, bool must_yield) noexcept = 0;
    /// What the step just finished by a fiber touched: everything since it was last chosen.
    virtual void stepped(uint32_t, const footprint&) noexcept {}
    /// Whether a fiber may be preempted at a point of this kind.
    [[nodiscard]] virtual bool preempts_at(point) const noexcept { return true; }
    /// Whether time queries move the clock.
    [[nodiscard]] virtual bool time_moves() const noexcept { return true; }
    /// After each run.
    virtual void end(outcome) noexcept {}
};

struct sim_options {
    uint64_t seed = 1;
    uint64_t steps_max = 200000;
    uint64_t time_max_ns = 3600ull * 1000000000ull;
    uint32_t processors = 4;
    /// ThreadSanitizer keeps four accesses for each eight bytes, and which one a fifth replaces
    /// depends on how many steps its thread has taken. If each run is to show the races that it
    /// shows alone, the sanitizer must forget what was before, which takes milliseconds.
    bool races_repeat = false;
};

struct run_result {
    outcome how = outcome::finished;
    uint64_t steps = 0;
    uint64_t switches = 0;
    uint64_t time_ns = 0;
    uint64_t hash = 0;            ///< of all choices and steps: equal for equal runs
    std::string waiting;          ///< for a deadlock: who waits for what
    std::vector<uint32_t> trail;  ///< fiber chosen at each point
};

class sim final : public host_interface {
public:
    explicit sim(const sim_options& options) noexcept;
    ~sim() override;

    /// Runs scenario(argument) as fiber 0 under the strategy. The scenario starts as nobody (self()
    /// is null) and attaches to the machine it makes.
    run_result run(strategy& s, void (*scenario)(void*), void* argument) noexcept;

    /// The choices of the run so far: for whoever reports a fault in the middle of one.
    [[nodiscard]] const std::vector<uint32_t>& trail() const noexcept { return result_.trail; }

    /// Of the random streams of the runs to come.
    void seed(uint64_t seed) noexcept { options_.seed = seed; }

    /// The fibers of the run that has just ended and did not come to their ends. Also in the midst
    /// of a run that ends the process.
    void for_each_fiber(void (*visit)(const fiber_view& f, void* context), void* context) noexcept;

    /// Allocations of the run so far that were not given back.
    [[nodiscard]] size_t allocations_live() const noexcept { return arena_.live(); }

    uint64_t now_ns() noexcept override;
    uint64_t system_time_100ns() noexcept override;
    bool start(thread& t, const thread_options& options, void (*entry)(void*),
               void* argument) noexcept override;
    void join(thread& t) noexcept override;
    void adopt(thread& t) noexcept override;
    void abandon(thread& t) noexcept override;
    bool wait(std::atomic<uint32_t>& word, uint32_t expected,
              uint64_t deadline_ns) noexcept override;
    void wake(std::atomic<uint32_t>& word, uint32_t count) noexcept override;
    void heavy_fence() noexcept override {}  // one OS thread
    void schedule(point kind, const volatile void* object) noexcept override;
    void spin(unsigned round) noexcept override;
    uint64_t random(stream s) noexcept override;
    void* allocate(size_t bytes) noexcept override;
    void deallocate(void* address, size_t bytes) noexcept override;
    void* map_pages(size_t bytes) noexcept override;
    void unmap_pages(void* address, size_t bytes) noexcept override;
    void seal_pages(void* address, size_t bytes, bool sealed) noexcept override;
    uint32_t processor_count() noexcept override { return options_.processors; }

private:
    enum class state : uint8_t { unused, runnable, waiting };

    struct task {
        fiber context;
        void* stack = nullptr;
        thread* owner = nullptr;
        void (*entry)(void*) = nullptr;
        void* argument = nullptr;
        state at = state::unused;
        pending_step step;
        std::atomic<uint32_t>* word = nullptr;
        uint64_t deadline_ns = no_deadline;
        bool timed_out = false;
        std::atomic<uint32_t> ended{0};
        uint32_t number = 0;
        uint64_t waits_since = 0;  ///< order among the waiters of a word
        uintptr_t frame = 0;       ///< where the stack was left
    };

    /// The scheduler's own code runs in the name of the outside fiber (see fiber::become).
    class in_scheduler {
    public:
        explicit in_scheduler(sim& s) noexcept : sim_(s) {
            // What a fiber did so far happens before run() returns, also if it is abandoned.
            order_release(&s.result_);
            s.outside_.become();
        }
        in_scheduler(const in_scheduler&) = delete;
        in_scheduler& operator=(const in_scheduler&) = delete;
        ~in_scheduler() {
            if (sim_.running_ != nullptr) {
                sim_.running_->context.become();
            }
        }

    private:
        sim& sim_;
    };

    static void enter(void* argument) noexcept;
    task& make_task(thread* t, void (*entry)(void*), void* argument) noexcept;
    void become_owner(task& made, thread& t) noexcept;
    void step(point kind, const volatile void* object) noexcept;
    void finish(task& t) noexcept;
    void pass_on(bool must_yield) noexcept;
    void resume(task& next) noexcept;
    task* pick(bool must_yield) noexcept;
    bool advance_clock() noexcept;
    [[noreturn]] void stop(outcome how) noexcept;
    void touch(const volatile void* object) noexcept { touched_.add(object); }
    void note(uint64_t value) noexcept;
    static stack_limits limits_of(const task& t) noexcept;
    [[nodiscard]] bool blocked_on_mutex(const task& t) const noexcept;
    [[nodiscard]] std::string describe_waiters() const;
    task& free_task() noexcept;

    sim_options options_;
    strategy* strategy_ = nullptr;
    arena arena_;
    std::vector<task*> tasks_;  ///< in kept pages, beside their stacks
    size_t live_ = 0;           ///< tasks_[0, live_) take part in this run
    task* running_ = nullptr;
    fiber outside_;  ///< the stack of run()'s caller
    stack_limits outside_limits_{};
    const task* last_ = nullptr;  ///< who ran when the run ended
    uint64_t now_ns_ = 0;
    uint64_t wait_order_ = 0;
    footprint touched_;
    std::vector<candidate> candidates_;
    base::prng prng_[6];
    run_result result_;
};

}  // namespace host
