// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/kernel.hpp"

#include <algorithm>
#include <cstdio>
#include <new>

#include "ke/callout.hpp"
#include "ke/default_machine.hpp"
#include "ke/irql.hpp"
#include "mm/try_new.hpp"
#include "trace/event.hpp"
#include "trace/recorder.hpp"
#include "verify/ledger.hpp"

namespace ke {
namespace {

// Thread 0 is the idle thread and process 4 the system process, as on Windows.
constexpr uint32_t first_id = 8;

// Idle thread objects of machines that are gone, on the real host; a simulation's objects go with
// its arena. The lock also guards thread::home of attached threads against a machine that goes
// away first.
constinit host::mutex idle_lock{base::lock_rank::leaf};

base::list<thread, &thread::link>& idle_threads() noexcept {
    // Never destroyed: threads may end after the destructors of static objects have run.
    using list = base::list<thread, &thread::link>;
    alignas(list) static char storage[sizeof(list)];
    static list* const instance = new (storage) list;
    return *instance;
}

thread* take_idle() noexcept {
    host::guard g(idle_lock);
    return idle_threads().pop_front();
}

// Ends the attachment of an OS thread that exits.
struct attachment {
    bool active = false;
    ~attachment() {
        if (active && host::self() != nullptr) {
            detach();
        }
    }
};
thread_local attachment attachment_;

void show_references(const thread& t, base::object_visitor& v) noexcept {
    const uint32_t n = t.driver_references.load(std::memory_order_relaxed);
    if (n == 0) {
        return;
    }
    base::object_info info{};
    info.kind = base::object_kind::reference;
    info.address = t.object();
    info.site = t.referenced_by.load(std::memory_order_relaxed);
    std::snprintf(info.text, sizeof info.text, "thread %u, %u references", t.id, n);
    v.visit(info);
}

void reset(thread& t) noexcept {
    t.attached = false;
    t.start = nullptr;
    t.entry = nullptr;
    t.argument = nullptr;
    t.image = nullptr;
    t.cpu = nullptr;
    t.user_affinity = UINT64_MAX;
    t.system_affinity = 0;
    t.frame = nullptr;
    t.last_image = nullptr;
    t.depth = 0;
    t.seh_top = nullptr;
    t.critical_regions = 0;
    t.guarded_regions = 0;
    t.waits_for = nullptr;
    t.end_gate = nullptr;
    t.draining = false;
    t.held_ranks = 0;
    t.irql = 0;
    initialize_header(t.header, ThreadObject, sizeof t.header, 0);
    t.mutants.store(0, std::memory_order_relaxed);
    t.driver_references.store(0, std::memory_order_relaxed);
    t.exit_status.store(STATUS_PENDING, std::memory_order_relaxed);
    t.priority.store(default_priority, std::memory_order_relaxed);
    t.base_priority.store(default_priority, std::memory_order_relaxed);
}

}  // namespace

kernel::kernel(base::machine& m) noexcept
    : machine_(&m),
      started_100ns_(m.host().system_time_100ns()),
      processors_(m.options().processors != 0
                      ? std::min(m.options().processors, processor_set::count_max)
                      : 4) {}

kernel::~kernel() {
    stopping_.store(true, std::memory_order_release);
    timers_.stop();
    stop_dpc_threads();
    reap();
    if (host::self() != nullptr && host::self()->machine == machine_) {
        detach();
    }
    // Other OS threads that are still attached lose their machine; they notice when they end.
    while (thread* t = pop(&kernel::threads_)) {
        OPENWSK_ASSERT(t->attached);
        orphan(*t);
    }
    while (thread* t = pop(&kernel::held_)) {
        orphan(*t);
    }
    if (!machine_->host().simulated()) {
        host::guard g(idle_lock);
        idle_threads().splice(idle_);
    }
}

thread* kernel::pop(thread_list kernel::*list) noexcept {
    host::guard g(threads_lock_);
    return (this->*list).pop_front();
}

void kernel::orphan(thread& t) noexcept {
    host::guard g(idle_lock);
    t.home = nullptr;
    t.machine = nullptr;
}

// Makes a thread object and puts it on the list, with one reference, which the thread owns.
thread* kernel::prepare(const spawn_options& options) noexcept {
    thread* t = pop(&kernel::idle_);
    if (t == nullptr && !machine_->host().simulated()) {
        t = take_idle();
    }
    if (t == nullptr) {
        t = mm::try_new<thread>();
    }
    if (t == nullptr) {
        return nullptr;
    }
    reset(*t);
    t->machine = machine_;
    t->run_on(machine_->host());
    const auto* recorder = machine_->find<trace::recorder>();
    t->traced = recorder != nullptr && recorder->enabled();
    t->home = this;
    t->user_affinity = options.affinity & processors_.mask();
    t->start = options.start;
    t->name = options.name;
    t->routine = options.start;
    t->created_100ns = machine_->host().system_time_100ns();
    host::guard g(threads_lock_);
    t->ordinal = next_ordinal_++;
    t->id = first_id + 4 * (t->ordinal - 1);
    t->last_cpu = t->ordinal % processors_.count();
    t->state = thread_state::running;
    threads_.push_back(*t);
    ++count_;
    return t;
}

void kernel::unlist(thread& t, thread_list kernel::*to) noexcept {
    host::guard g(threads_lock_);
    OPENWSK_ASSERT(t.state == thread_state::running);
    thread_list::remove(t);
    t.state = thread_state::ended;
    --count_;
    (this->*to).push_back(t);
    threads_changed_.notify_all();
}

void kernel::wait_ended(thread& t) noexcept {
    host::guard g(threads_lock_);
    while (t.state == thread_state::running) {
        threads_changed_.wait(threads_lock_);
    }
}

base::ref_ptr<thread> kernel::spawn(const spawn_options& options, void (*entry)(void*),
                                    void* argument) noexcept {
    reap();
    thread* t = prepare(options);
    if (t == nullptr) {
        return {};
    }
    t->entry = entry;
    t->argument = argument;
    t->image = options.image;
    base::ref_ptr<thread> out = base::ref_ptr<thread>::share(t);
    auto* ledger = options.creator != nullptr ? machine_->find<verify::ledger>() : nullptr;
    if (ledger != nullptr) {
        ledger->add(base::object_kind::thread, t->object(), 0, t->id, options.creator);
    }
    if (t->image != nullptr) {
        keep_module(*t->image);
    }
    host::schedule_point(host::point::spawn, t);
    const host::thread_options how{options.stack_bytes, options.name};
    if (!machine_->host().start(*t, how, main, t)) {
        forget(*t);
        unlist(*t, &kernel::held_);
        base::ref_ptr<thread>::adopt(t).reset();
        return {};
    }
    return out;
}

void kernel::main(void* argument) noexcept {
    thread& t = *static_cast<thread*>(argument);
    trace::emit(trace::event::thread_start, t.ordinal, trace::value(t.start));
    t.entry(t.argument);
    t.home->end(t);
}

// Whoever waits for the thread goes on.
void kernel::signal_end(thread& t) noexcept {
    object_lock lock(t, t.header);
    store_state(t.header, 1);
    lock.satisfy();
}

// The calling thread t leaves; what it must not keep is an error of whoever wrote its entry.
void kernel::end(thread& t) noexcept {
    OPENWSK_ASSERT(t.held_ranks == 0 && t.frame == nullptr && t.irql == passive_level);
    drain_deferred(t);
    trace::emit(trace::event::thread_end, t.ordinal);
    reap();
    // Listed first: whoever has waited for the thread finds it among those to join. Until it is
    // joined, which is after the signal, its object cannot be reused.
    unlist(t, &kernel::ended_);
    signal_end(t);
    forget(t);
    host::leave_seat(t);
}

// The driver's image may go, and the thread is nothing that the driver left behind.
void kernel::forget(thread& t) noexcept {
    if (auto* ledger = machine_->find<verify::ledger>()) {
        ledger->remove(base::object_kind::thread, t.object());
    }
    if (t.image != nullptr) {
        let_module_go(*t.image);
    }
}

void kernel::reap() noexcept {
    for (;;) {
        thread* t = nullptr;
        {
            host::guard g(threads_lock_);
            t = ended_.pop_front();
            if (t == nullptr) {
                return;
            }
            held_.push_back(*t);
        }
        machine_->host().join(*t);
        base::ref_ptr<thread>::adopt(t).reset();
    }
}

base::ref_ptr<thread> kernel::find_thread(uint32_t id) noexcept {
    host::guard g(threads_lock_);
    for (thread* t = threads_.front(); t != nullptr; t = threads_.next(*t)) {
        if (t->id == id) {
            return base::ref_ptr<thread>::share(t);
        }
    }
    return {};
}

// Threads and timers that a driver made are in the ledger. Here: threads that it keeps from going
// by references it did not return, and DPCs that have not run.
void kernel::show(base::object_visitor& v) noexcept {
    {
        host::guard g(threads_lock_);
        for (thread_list* list : {&threads_, &ended_, &held_}) {
            for (thread* t = list->front(); t != nullptr; t = list->next(*t)) {
                show_references(*t, v);
            }
        }
    }
    for (uint32_t n = 0; n < processors_.count(); ++n) {
        for (dpc_queue* q : {&processors_.at(n).dpcs, &processors_.at(n).threaded_dpcs}) {
            q->for_each([&](KDPC& dpc) {
                base::object_info info{};
                info.kind = base::object_kind::dpc;
                info.address = &dpc;
                info.site = reinterpret_cast<const void*>(dpc.DeferredRoutine);
                std::snprintf(info.text, sizeof info.text, "queued on processor %u", n);
                v.visit(info);
            });
        }
    }
}

uint32_t kernel::thread_count() noexcept {
    host::guard g(threads_lock_);
    return count_;
}

thread& kernel::attach() noexcept {
    OPENWSK_ASSERT(host::self() == nullptr);
    thread* t = prepare(spawn_options{});
    OPENWSK_ASSERT(t != nullptr);
    t->attached = true;
    t->host->adopt(*t);
    attachment_.active = true;
    trace::emit(trace::event::thread_start, t->ordinal);
    return *t;
}

void thread::last_reference_released() noexcept {
    OPENWSK_ASSERT(state == thread_state::ended);
    // The next user of the object starts with one reference, as every new object does.
    new (&references) base::ref_count();
    if (home != nullptr) {
        home->retire(*this);
        return;
    }
    state = thread_state::idle;
    host::guard g(idle_lock);
    idle_threads().push_front(*this);
}

void kernel::retire(thread& t) noexcept {
    host::guard g(threads_lock_);
    thread_list::remove(t);
    t.state = thread_state::idle;
    idle_.push_front(t);
}

base::ref_ptr<thread> kernel::reference(const void* object) noexcept {
    host::guard g(threads_lock_);
    for (thread_list* list : {&threads_, &ended_, &held_}) {
        for (thread* t = list->front(); t != nullptr; t = list->next(*t)) {
            if (t->object() == object && t->references.try_acquire()) {
                return base::ref_ptr<thread>::adopt(t);
            }
        }
    }
    return {};
}

thread& attach(base::machine& m) noexcept {
    return m.get<kernel>().attach();
}

thread& attach_default() noexcept {
    return attach(default_machine());
}

void detach() noexcept {
    thread& t = *static_cast<thread*>(host::self());
    OPENWSK_ASSERT(t.attached && t.held_ranks == 0 && t.frame == nullptr &&
                   t.irql == passive_level);
    attachment_.active = false;
    kernel* home = nullptr;
    {
        host::guard g(idle_lock);
        home = t.home;
    }
    if (home != nullptr) {
        drain_deferred(t);
        trace::emit(trace::event::thread_end, t.ordinal);
        home->signal_end(t);
        home->unlist(t, &kernel::held_);
    }
    host::leave_seat(t);
    t.host->abandon(t);
    if (home == nullptr) {
        t.state = thread_state::ended;
    }
    base::ref_ptr<thread>::adopt(&t).reset();
}

}  // namespace ke
