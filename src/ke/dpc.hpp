// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Deferred procedure calls.
//
// Documents: "DPC Objects and DPCs", "Threaded DPCs", KeInsertQueueDpc, KeSetTargetProcessorDpc.
//
// Each processor has two queues. Ordinary DPCs run at DISPATCH_LEVEL on their processor: whoever
// holds it runs them on the way down, and where nobody does, the queue's own thread takes the
// processor. So a DPC that is queued below DISPATCH_LEVEL without a target runs before
// KeInsertQueueDpc returns, as on Windows. Threaded DPCs run at PASSIVE_LEVEL on the queue's
// thread. Both kinds of threads start with the first DPC that needs them.
//
// The object holds its documented bytes; DpcListEntry links it while it is queued, and DpcData
// names the queue. From the moment it is taken off the queue nobody touches it any more, so a
// routine may free or queue it again.
//
// Any IRQL up to DISPATCH_LEVEL, where not said otherwise. Lock: the queue's (rank processor).

#pragma once

#include <atomic>
#include <cstdint>

#include "base/status.hpp"
#include "host/mutex.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/ke.h"

namespace ke {

class dpc_queue {
public:
    /// Queued DPCs that have not started.
    [[nodiscard]] bool pending() const noexcept {
        return count_.load(std::memory_order_seq_cst) != 0;
    }

    /// Queues the DPC with its arguments unless it is on some queue already.
    bool insert(KDPC& dpc, void* argument1, void* argument2) noexcept;
    bool remove(KDPC& dpc) noexcept;

    /// Runs DPCs, at the caller's IRQL, until none is left.
    void run(thread& self, uint32_t processor) noexcept;

    /// Calls visit(KDPC&) for every queued DPC, with the queue locked.
    template <class Visit>
    void for_each(Visit&& visit) noexcept {
        host::guard g(lock_);
        for (SINGLE_LIST_ENTRY* e = first_; e != nullptr; e = e->Next) {
            visit(*CONTAINING_RECORD(e, KDPC, DpcListEntry));
        }
    }

    /// The thread of the queue, once it has been started.
    base::ref_ptr<thread> helper;
    std::atomic<uint32_t> helper_wakes{0};
    std::atomic<bool> helper_started{false};

private:
    host::mutex lock_{base::lock_rank::processor};
    SINGLE_LIST_ENTRY* first_ OPENWSK_GUARDED_BY(lock_) = nullptr;
    SINGLE_LIST_ENTRY* last_ OPENWSK_GUARDED_BY(lock_) = nullptr;
    std::atomic<uint32_t> count_{0};
};

void initialize(KDPC& dpc, PKDEFERRED_ROUTINE routine, void* context, bool threaded) noexcept;
/// Binds the DPC to a processor.
void set_target(KDPC& dpc, uint32_t processor) noexcept;
void set_importance(KDPC& dpc, KDPC_IMPORTANCE importance) noexcept;

/// Queues the DPC; false if it is queued already. Runs it before the return where Windows would.
bool queue_dpc(KDPC& dpc, void* argument1, void* argument2) noexcept;
/// Queues whose threads must be woken, by processor.
struct dpc_wakes {
    uint64_t dpcs = 0;
    uint64_t threaded_dpcs = 0;
};
/// Queues the DPC from DISPATCH_LEVEL, perhaps with a lock held: nothing runs before the return,
/// and the caller calls wake_dpc_threads when it holds no lock any more.
bool queue_dpc_later(thread& self, KDPC& dpc, void* argument1, void* argument2,
                     dpc_wakes& wakes) noexcept;
void wake_dpc_threads(thread& self, const dpc_wakes& wakes) noexcept;

/// Takes it off its queue; false if it was on none.
bool remove_dpc(KDPC& dpc) noexcept;

/// Waits until every DPC queued before the call has run. IRQL < DISPATCH_LEVEL.
void flush_dpcs(thread& self) noexcept;

/// Runs routine(nullptr, context, done, barrier) on every processor at once, at DISPATCH_LEVEL, and
/// waits until each has called call_dpc_done(done). IRQL < DISPATCH_LEVEL.
void call_on_all_processors(thread& self, PKDEFERRED_ROUTINE routine, void* context) noexcept;
void call_dpc_done(void* done) noexcept;
/// Waits for all the processors of the call; true on exactly one of them.
bool call_dpc_synchronize(void* barrier) noexcept;

}  // namespace ke
