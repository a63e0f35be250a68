// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Timers that the system allocates.
//
// Documents: ExAllocateTimer, ExSetTimer, ExCancelTimer, ExDeleteTimer, "Deleting a
// System-Allocated Timer Object".
//
// What PEX_TIMER points at begins with a kernel timer, as drivers wait for it, and brings the DPC
// that calls the driver. Deleting disarms it; its memory goes when no DPC can refer to it any more:
// before the call returns if it waits, else by a worker thread.
//
//     live -> ending    [remove; without cancel, an armed timer ends at its next expiry]
//     ending -> gone    [after the DPCs queued so far: the driver's delete callback, then free]
//
// IRQL <= DISPATCH_LEVEL; remove with wait: <= APC_LEVEL.

#pragma once

#include <atomic>

#include "base/heap.hpp"
#include "ke/thread.hpp"
#include "wdk/abi/ex.h"
#include "wdk/abi/ke.h"

namespace ex {

class timer : public base::heap_object {
public:
    /// A timer that is not armed; null without memory. callback may be null; it and context are
    /// the driver's. attributes as of ExAllocateTimer. It lives until remove.
    static timer* make(ke::thread& self, PEXT_CALLBACK callback, void* context, ULONG attributes,
                       const void* caller) noexcept;

    /// Arms it; true if it was armed. due in 100 ns, negative from now, else system time; period in
    /// 100 ns, 0: once.
    bool set(ke::thread& self, LONGLONG due, LONGLONG period, const void* caller) noexcept;
    /// True if it was armed.
    bool cancel(ke::thread& self) noexcept;

    struct end {
        PEXT_DELETE_CALLBACK callback;
        void* context;
    };
    /// Deletes it; true if that disarmed it. wait: returns when its callback has ended and then was
    /// called; else then runs later, on a worker thread. The caller does not use it any more.
    bool remove(ke::thread& self, bool cancel, bool wait, const end& then) noexcept;

    [[nodiscard]] bool high_resolution() const noexcept { return high_resolution_; }

private:
    timer(PEXT_CALLBACK callback, void* context, ULONG attributes) noexcept;
    static void expired(KDPC* dpc, void* context, void*, void*) noexcept;
    static void finish(void* context) noexcept;
    void finish_later(ke::thread& self) noexcept;

    KTIMER timer_;  // first
    KDPC dpc_;
    WORK_QUEUE_ITEM finisher_{};
    const PEXT_CALLBACK callback_;
    void* const context_;
    const bool high_resolution_;
    end then_{};
    std::atomic<bool> ending_{false};
    std::atomic<bool> finishing_{false};
};

}  // namespace ex
