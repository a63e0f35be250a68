// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/dpc.hpp"

#include "ke/callout.hpp"
#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"

namespace ke {
namespace {

constexpr uint32_t bug_invalid = 0xC7;  // TIMER_OR_DPC_INVALID
// KDPC::Number: below, no target; from here on, a target.
constexpr USHORT target_base = 0x800;

bool threaded(const KDPC& dpc) noexcept {
    return dpc.Type == ThreadedDpcObject;
}

void check_type(const KDPC& dpc) noexcept {
    if (OPENWSK_UNLIKELY(dpc.Type != DpcObject && dpc.Type != ThreadedDpcObject)) {
        verify::bug_check(bug_invalid, 1, trace::value(&dpc), 0, 0, nullptr,
                          "the DPC object at %p was never initialized, or overwritten",
                          static_cast<const void*>(&dpc));
    }
}

std::atomic_ref<void*> owner_of(KDPC& dpc) noexcept {
    return std::atomic_ref<void*>(dpc.DpcData);
}

// The thread of one queue. It may use its processor only, so rising to DISPATCH_LEVEL waits for
// that one, and the way down runs what is queued there.
void serve_queue(thread& self, dpc_queue& queue, bool at_dispatch, uint32_t processor) noexcept {
    for (;;) {
        const uint32_t seen = queue.helper_wakes.load(std::memory_order_acquire);
        if (queue.pending()) {
            if (at_dispatch) {
                dispatch_scope at(self);
            } else {
                queue.run(self, processor);
            }
            continue;
        }
        if (self.home->stopping()) {
            return;
        }
        self.host->wait(queue.helper_wakes, seen, host::no_deadline);
    }
}

void helper_main(void* argument) noexcept {
    thread& self = current();
    auto& p = *static_cast<processor*>(argument);
    serve_queue(self, p.dpcs, true, p.number());
}

void threaded_helper_main(void* argument) noexcept {
    thread& self = current();
    auto& p = *static_cast<processor*>(argument);
    serve_queue(self, p.threaded_dpcs, false, p.number());
}

// Makes the queue's thread run. Without a thread, whoever takes the processor next runs the DPCs.
void wake_helper(kernel& k, processor& p, dpc_queue& queue, bool at_dispatch) noexcept {
    if (!queue.helper_started.load(std::memory_order_acquire) &&
        !queue.helper_started.exchange(true, std::memory_order_acq_rel)) {
        spawn_options options;
        options.name = at_dispatch ? "dpc" : "threaded dpc";
        options.affinity = uint64_t{1} << p.number();
        queue.helper = k.spawn(options, at_dispatch ? helper_main : threaded_helper_main, &p);
        if (!queue.helper) {
            queue.helper_started.store(false, std::memory_order_release);
        }
        return;
    }
    queue.helper_wakes.fetch_add(1, std::memory_order_release);
    host::current().wake(queue.helper_wakes, 1);
}

processor& target_of(thread& self, const KDPC& dpc) noexcept {
    processor_set& set = self.home->processors();
    const USHORT number = dpc.Number;
    if (number >= target_base) {
        return set.at((number - target_base) % set.count());
    }
    return self.cpu != nullptr ? *self.cpu : set.at(self.last_cpu);
}

}  // namespace

bool dpc_queue::insert(KDPC& dpc, void* argument1, void* argument2) noexcept {
    host::guard g(lock_);
    void* none = nullptr;
    if (!owner_of(dpc).compare_exchange_strong(none, this, std::memory_order_acq_rel)) {
        return false;
    }
    dpc.SystemArgument1 = argument1;
    dpc.SystemArgument2 = argument2;
    SINGLE_LIST_ENTRY* e = &dpc.DpcListEntry;
    if (first_ == nullptr) {
        e->Next = nullptr;
        first_ = last_ = e;
    } else if (dpc.Importance == HighImportance) {
        e->Next = first_;
        first_ = e;
    } else {
        e->Next = nullptr;
        last_->Next = e;
        last_ = e;
    }
    count_.fetch_add(1, std::memory_order_seq_cst);
    return true;
}

bool dpc_queue::remove(KDPC& dpc) noexcept {
    host::guard g(lock_);
    if (owner_of(dpc).load(std::memory_order_acquire) != this) {
        return false;
    }
    SINGLE_LIST_ENTRY* previous = nullptr;
    SINGLE_LIST_ENTRY* e = first_;
    while (e != nullptr && e != &dpc.DpcListEntry) {
        previous = e;
        e = e->Next;
    }
    if (e == nullptr) {
        return false;
    }
    (previous != nullptr ? previous->Next : first_) = e->Next;
    if (last_ == e) {
        last_ = previous;
    }
    count_.fetch_sub(1, std::memory_order_seq_cst);
    owner_of(dpc).store(nullptr, std::memory_order_release);
    return true;
}

void dpc_queue::run(thread& self, uint32_t processor) noexcept {
    while (pending()) {
        KDPC* dpc = nullptr;
        PKDEFERRED_ROUTINE routine = nullptr;
        void* context = nullptr;
        void* argument1 = nullptr;
        void* argument2 = nullptr;
        {
            host::guard g(lock_);
            if (first_ == nullptr) {
                return;
            }
            dpc = CONTAINING_RECORD(first_, KDPC, DpcListEntry);
            first_ = first_->Next;
            if (first_ == nullptr) {
                last_ = nullptr;
            }
            routine = dpc->DeferredRoutine;
            context = dpc->DeferredContext;
            argument1 = dpc->SystemArgument1;
            argument2 = dpc->SystemArgument2;
            count_.fetch_sub(1, std::memory_order_seq_cst);
            owner_of(*dpc).store(nullptr, std::memory_order_release);
        }
        trace::emit(trace::event::dpc_run, trace::value(dpc),
                    trace::value(reinterpret_cast<const void*>(routine)), processor);
        OPENWSK_ASSERT(self.held_ranks == 0);
        callout(callout_kind::dpc, routine, dpc, context, argument1, argument2);
    }
}

void initialize(KDPC& dpc, PKDEFERRED_ROUTINE routine, void* context, bool is_threaded) noexcept {
    dpc.Type = static_cast<UCHAR>(is_threaded ? ThreadedDpcObject : DpcObject);
    dpc.Importance = MediumImportance;
    dpc.Number = 0;
    dpc.DpcListEntry.Next = nullptr;
    dpc.ProcessorHistory = 0;
    dpc.DeferredRoutine = routine;
    dpc.DeferredContext = context;
    dpc.SystemArgument1 = dpc.SystemArgument2 = nullptr;
    owner_of(dpc).store(nullptr, std::memory_order_release);
}

void set_target(KDPC& dpc, uint32_t processor) noexcept {
    dpc.Number = static_cast<USHORT>(target_base + processor);
}

void set_importance(KDPC& dpc, KDPC_IMPORTANCE importance) noexcept {
    dpc.Importance = static_cast<UCHAR>(importance);
}

bool queue_dpc_later(thread& self, KDPC& dpc, void* argument1, void* argument2,
                     dpc_wakes& wakes) noexcept {
    OPENWSK_ASSERT(self.irql >= dispatch_level);
    check_type(dpc);
    const bool at_passive = threaded(dpc);
    processor& p = target_of(self, dpc);
    dpc_queue& queue = at_passive ? p.threaded_dpcs : p.dpcs;
    if (!queue.insert(dpc, argument1, argument2)) {
        return false;
    }
    const uint64_t bit = uint64_t{1} << p.number();
    if (at_passive) {
        wakes.threaded_dpcs |= bit;
    } else if (&p != self.cpu && p.free()) {
        wakes.dpcs |= bit;
    }
    return true;
}

void wake_dpc_threads(thread& self, const dpc_wakes& wakes) noexcept {
    processor_set& set = self.home->processors();
    for (uint64_t rest = wakes.dpcs; rest != 0; rest &= rest - 1) {
        processor& p = set.at(static_cast<uint32_t>(__builtin_ctzll(rest)));
        wake_helper(*self.home, p, p.dpcs, true);
    }
    for (uint64_t rest = wakes.threaded_dpcs; rest != 0; rest &= rest - 1) {
        processor& p = set.at(static_cast<uint32_t>(__builtin_ctzll(rest)));
        wake_helper(*self.home, p, p.threaded_dpcs, false);
    }
}

bool queue_dpc(KDPC& dpc, void* argument1, void* argument2) noexcept {
    thread& self = current();
    dispatch_scope at(self);
    dpc_wakes wakes;
    const bool queued = queue_dpc_later(self, dpc, argument1, argument2, wakes);
    wake_dpc_threads(self, wakes);
    return queued;
}

bool remove_dpc(KDPC& dpc) noexcept {
    check_type(dpc);
    auto* queue = static_cast<dpc_queue*>(owner_of(dpc).load(std::memory_order_acquire));
    if (queue == nullptr) {
        return false;
    }
    // Not trusted until it is found among the machine's own queues.
    processor_set& set = current().home->processors();
    for (uint32_t n = 0; n < set.count(); ++n) {
        if (queue == &set.at(n).dpcs || queue == &set.at(n).threaded_dpcs) {
            return queue->remove(dpc);
        }
    }
    return false;
}

// ---- flush and generic calls ----------------------------------------------------------------

namespace {

// Counts down; whoever waits sleeps on the counter itself, which outlives the last user because
// the waiter owns it and leaves only when it is zero, after the last access.
struct countdown {
    std::atomic<uint32_t> left;

    void done(host::host_interface& h) noexcept {
        // The waiter may return, and the counter die, as soon as it is zero: nothing but a wake of
        // its address, which touches no memory, may follow.
        if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            h.wake(left, UINT32_MAX);
        }
    }
    void wait(host::host_interface& h) noexcept {
        for (;;) {
            const uint32_t seen = left.load(std::memory_order_acquire);
            if (seen == 0) {
                return;
            }
            h.wait(left, seen, host::no_deadline);
        }
    }
};

void flush_routine(KDPC*, void* context, void*, void*) noexcept {
    static_cast<countdown*>(context)->done(host::current());
}

struct generic_call {
    countdown done;
    uint32_t processors;
    std::atomic<uint32_t> arrived{0};
    std::atomic<uint32_t> round{0};
};

}  // namespace

void flush_dpcs(thread& self) noexcept {
    processor_set& set = self.home->processors();
    KDPC markers[processor_set::count_max];
    for (const bool is_threaded : {false, true}) {
        countdown left{{set.count()}};
        for (uint32_t n = 0; n < set.count(); ++n) {
            processor& p = set.at(n);
            dpc_queue& queue = is_threaded ? p.threaded_dpcs : p.dpcs;
            // Nothing was ever queued where no thread serves threaded DPCs.
            if (is_threaded && !queue.helper_started.load(std::memory_order_acquire)) {
                left.left.fetch_sub(1, std::memory_order_relaxed);
                continue;
            }
            initialize(markers[n], flush_routine, &left, is_threaded);
            set_target(markers[n], n);
            queue_dpc(markers[n], nullptr, nullptr);
        }
        left.wait(*self.host);
    }
}

void call_on_all_processors(thread& self, PKDEFERRED_ROUTINE routine, void* context) noexcept {
    processor_set& set = self.home->processors();
    generic_call call{{{set.count()}}, set.count()};
    KDPC dpcs[processor_set::count_max];
    {
        // The routines wait for each other: all are queued before the one on the caller's own
        // processor runs, on the way down.
        dispatch_scope at(self);
        for (uint32_t n = 0; n < set.count(); ++n) {
            initialize(dpcs[n], routine, context, false);
            set_target(dpcs[n], n);
            processor& p = set.at(n);
            p.dpcs.insert(dpcs[n], &call.done, &call);
            if (&p != self.cpu) {
                wake_helper(*self.home, p, p.dpcs, true);
            }
        }
    }
    call.done.wait(*self.host);
}

void call_dpc_done(void* done) noexcept {
    static_cast<countdown*>(done)->done(host::current());
}

bool call_dpc_synchronize(void* barrier) noexcept {
    auto& call = *static_cast<generic_call*>(barrier);
    host::host_interface& h = host::current();
    const uint32_t round = call.round.load(std::memory_order_acquire);
    if (call.arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == call.processors) {
        call.arrived.store(0, std::memory_order_relaxed);
        call.round.fetch_add(1, std::memory_order_release);
        h.wake(call.round, UINT32_MAX);
        return true;
    }
    while (call.round.load(std::memory_order_acquire) == round) {
        h.wait(call.round, round, host::no_deadline);
    }
    return false;
}

void kernel::stop_dpc_threads() noexcept {
    for (uint32_t n = 0; n < processors_.count(); ++n) {
        for (dpc_queue* q : {&processors_.at(n).dpcs, &processors_.at(n).threaded_dpcs}) {
            q->helper_wakes.fetch_add(1, std::memory_order_release);
            machine_->host().wake(q->helper_wakes, 1);
            if (q->helper) {
                wait_ended(*q->helper);
                q->helper.reset();
            }
        }
    }
}

}  // namespace ke
