// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ex/executive.hpp"

#include <utility>

#include "ke/callout.hpp"
#include "ke/irql.hpp"
#include "ke/kernel.hpp"
#include "trace/event.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"

namespace ex {
namespace {

uint32_t level_of(WORK_QUEUE_TYPE type) noexcept {
    return type == HyperCriticalWorkQueue || type == SuperCriticalWorkQueue ||
                   type == RealTimeWorkQueue
               ? 0
           : type == CriticalWorkQueue ? 1
                                       : 2;
}

// Runs in the runtime's own image; the driver's routine gets a gate of its own.
void run_io_item(void* parameter) noexcept {
    auto& w = *static_cast<io_work_item*>(parameter);
    ke::module* image = w.image;
    if (w.extended) {
        ke::callout(ke::callout_kind::work_item,
                    reinterpret_cast<PIO_WORKITEM_ROUTINE_EX>(w.routine), w.io_object, w.context,
                    reinterpret_cast<PIO_WORKITEM>(&w));
    } else {
        ke::callout(ke::callout_kind::work_item, reinterpret_cast<PIO_WORKITEM_ROUTINE>(w.routine),
                    static_cast<PDEVICE_OBJECT>(w.io_object), w.context);
    }
    if (image != nullptr) {
        ke::let_module_go(*image);
    }
}

std::atomic_ref<LIST_ENTRY*> mark_of(WORK_QUEUE_ITEM& item) noexcept {
    return std::atomic_ref<LIST_ENTRY*>(item.List.Flink);
}

}  // namespace

executive::executive(base::machine& m) noexcept : machine_(&m) {
    for (LIST_ENTRY& head : heads_) {
        head.Flink = head.Blink = &head;
    }
}

executive::~executive() {
    {
        host::guard g(lock_);
        stopping_ = true;
    }
    queued_.notify_all();
    // A thread that another is starting is in the pool before the other ends, so whoever still runs
    // is behind somebody who is in the pool already: there is no gap before the end.
    auto& kernel = machine_->get<ke::kernel>();
    for (uint32_t i = 0; i < threads_max; ++i) {
        base::ref_ptr<ke::thread> t;
        {
            host::guard g(lock_);
            t = std::move(pool_[i]);
        }
        if (!t) {
            return;
        }
        kernel.wait_ended(*t);
    }
}

bool executive::queue(WORK_QUEUE_ITEM& item, WORK_QUEUE_TYPE type) noexcept {
    host::schedule_point(host::point::wake, &item);
    bool more_threads = false;
    {
        host::guard g(lock_);
        LIST_ENTRY& head = heads_[level_of(type)];
        LIST_ENTRY* none = nullptr;
        if (!mark_of(item).compare_exchange_strong(none, &head, std::memory_order_acq_rel)) {
            return false;
        }
        item.List.Blink = head.Blink;
        head.Blink->Flink = &item.List;
        head.Blink = &item.List;
        more_threads = ++waiting_ > idle_ && threads_ + starting_ < threads_max;
        starting_ += more_threads ? 1 : 0;
    }
    queued_.notify_one();
    if (more_threads) {
        add_thread();
    }
    return true;
}

// Without memory for another thread those that are there do the work; the first one is tried again
// with the next item.
void executive::add_thread() noexcept {
    ke::spawn_options options;
    options.name = "worker";
    base::ref_ptr<ke::thread> t = machine_->get<ke::kernel>().spawn(options, main, this);
    host::guard g(lock_);
    --starting_;
    if (t) {
        pool_[threads_++] = std::move(t);
    }
}

WORK_QUEUE_ITEM* executive::take_locked() noexcept {
    for (LIST_ENTRY& head : heads_) {
        LIST_ENTRY* e = head.Flink;
        if (e == &head) {
            continue;
        }
        if (OPENWSK_UNLIKELY(e->Flink == nullptr || e->Flink->Blink != e || e->Blink != &head)) {
            ke::current().held_ranks = 0;  // the process ends here
            verify::violation(verify::rule::work_item_queued, nullptr, e,
                              "the work item at %p was freed, initialized or overwritten while it "
                              "was queued",
                              static_cast<void*>(e));
        }
        head.Flink = e->Flink;
        e->Flink->Blink = &head;
        --waiting_;
        auto* item = CONTAINING_RECORD(e, WORK_QUEUE_ITEM, List);
        return item;
    }
    return nullptr;
}

void executive::main(void* argument) noexcept {
    static_cast<executive*>(argument)->serve(ke::current());
}

void executive::serve(ke::thread& self) noexcept {
    verify::ledger* ledger = machine_->find<verify::ledger>();
    for (;;) {
        WORK_QUEUE_ITEM* item = nullptr;
        PWORKER_THREAD_ROUTINE routine = nullptr;
        void* parameter = nullptr;
        {
            host::guard g(lock_);
            while ((item = take_locked()) == nullptr) {
                if (stopping_) {
                    return;
                }
                ++idle_;
                queued_.wait(lock_);
                --idle_;
            }
            routine = item->WorkerRoutine;
            parameter = item->Parameter;
            // An I/O work item is in the ledger from its allocation to its end.
            if (ledger != nullptr && routine != run_io_item) {
                ledger->remove(base::object_kind::work_item, item);
            }
            // The last access: the item may be queued again or freed from here on.
            mark_of(*item).store(nullptr, std::memory_order_release);
        }
        trace::emit(trace::event::work_item_run, trace::value(item),
                    trace::value(reinterpret_cast<const void*>(routine)));
        ke::callout(ke::callout_kind::work_item, routine, parameter);
        ke::drain_deferred(self);
        ke::set_system_affinity(self, 0);
    }
}

void initialize(io_work_item& w, void* io_object) noexcept {
    w = io_work_item{};
    w.item.WorkerRoutine = run_io_item;
    w.item.Parameter = &w;
    w.io_object = io_object;
}

bool is_queued(const io_work_item& w) noexcept {
    return mark_of(const_cast<WORK_QUEUE_ITEM&>(w.item)).load(std::memory_order_acquire) != nullptr;
}

bool queue(ke::thread& self, io_work_item& w, void* routine, bool extended, WORK_QUEUE_TYPE type,
           void* context) noexcept {
    if (is_queued(w)) {
        return false;
    }
    w.routine = routine;
    w.context = context;
    w.extended = extended;
    w.image = ke::module_of(routine);
    if (w.image != nullptr) {
        ke::keep_module(*w.image);
    }
    if (self.machine->get<executive>().queue(w.item, type)) {
        return true;
    }
    if (w.image != nullptr) {
        ke::let_module_go(*w.image);
    }
    return false;
}

}  // namespace ex
