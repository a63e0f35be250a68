// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// System worker threads and the items they run.
//
// Documents: "System Worker Threads", ExQueueWorkItem, IoQueueWorkItem.
//
// Three queues (hyper-critical, critical, all others) are served by one pool of threads, in this
// order. A thread is added when an item is queued and none is idle, up to a limit, so routines may
// wait for each other as on Windows; the first starts with the first item. Threads stay until the
// machine goes.
//
//     idle -> queued    [queue: WORK_QUEUE_ITEM.List links it]
//     queued -> idle    [a worker takes it off: from here on nobody touches the item]
//   The routine runs after that, so it may queue or free its own item.
//
// An I/O work item keeps its driver loaded from queueing until the routine has returned.
//
// Queueing: IRQL <= DISPATCH_LEVEL. Routines run at PASSIVE_LEVEL. Lock: one (rank thread); a
// thread is started outside it.

#pragma once

#include <cstdint>

#include "base/machine.hpp"
#include "base/ref_ptr.hpp"
#include "ex/resource.hpp"
#include "host/mutex.hpp"
#include "ke/module.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/ex.h"
#include "wdk/abi/io.h"

namespace ex {

/// The executive part of a machine: worker threads, and the table of resources.
class executive : public base::machine_part {
public:
    static constexpr base::part slot = base::part::ex;

    explicit executive(base::machine& m) noexcept;
    ~executive() override;

    [[nodiscard]] resource_table& resources() noexcept { return resources_; }

    /// Queues an item of the driver's. False if it is queued already.
    bool queue(WORK_QUEUE_ITEM& item, WORK_QUEUE_TYPE type) noexcept;

private:
    static constexpr uint32_t levels = 3;
    static constexpr uint32_t threads_max = 64;

    void add_thread() noexcept;
    WORK_QUEUE_ITEM* take_locked() noexcept OPENWSK_REQUIRES(lock_);
    void serve(ke::thread& self) noexcept;
    static void main(void* argument) noexcept;

    base::machine* const machine_;
    resource_table resources_;
    host::mutex lock_{base::lock_rank::thread};
    host::condition queued_;
    LIST_ENTRY heads_[levels] OPENWSK_GUARDED_BY(lock_);
    uint32_t waiting_ OPENWSK_GUARDED_BY(lock_) = 0;  // items that no thread has taken
    uint32_t idle_ OPENWSK_GUARDED_BY(lock_) = 0;
    uint32_t threads_ OPENWSK_GUARDED_BY(lock_) = 0;
    uint32_t starting_ OPENWSK_GUARDED_BY(lock_) = 0;  // threads about to be in the pool
    bool stopping_ OPENWSK_GUARDED_BY(lock_) = false;
    base::ref_ptr<ke::thread> pool_[threads_max] OPENWSK_GUARDED_BY(lock_);
};

/// What PIO_WORKITEM points at: allocated by the runtime, or by a driver that embeds it.
struct io_work_item {
    WORK_QUEUE_ITEM item;
    void* io_object;
    void* routine;
    void* context;
    ke::module* image;  ///< kept loaded while queued
    bool extended;      ///< the routine takes (object, context, item)
};

struct allocated_work_item : base::heap_object, io_work_item {};

/// Makes it idle. io_object, a device or driver object, is handed to the routine.
void initialize(io_work_item& w, void* io_object) noexcept;
/// From queue until a worker has taken it off.
[[nodiscard]] bool is_queued(const io_work_item& w) noexcept;

/// Queues; false if it is queued already. The routine, IO_WORKITEM_ROUTINE or with extended
/// IO_WORKITEM_ROUTINE_EX, keeps its driver loaded until it has returned. IRQL <= DISPATCH_LEVEL.
bool queue(ke::thread& self, io_work_item& w, void* routine, bool extended, WORK_QUEUE_TYPE type,
           void* context) noexcept;

}  // namespace ex
