// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Flights: IRPs that one driver has sent to another with IoCallDriver, and the dispatch routines
// that run for them. For verification only: whether an IRP is sent is what makes freeing or reusing
// it a bug, and what a dispatch routine did with it is judged when it returns, when the IRP itself
// may be gone.
//
//     none -> away   [sent: the first IoCallDriver]
//     away -> none   [arrived: completion reaches the level of the driver that sent it first]

#pragma once

#include <atomic>
#include <cstdint>

#include "base/heap.hpp"
#include "base/list.hpp"
#include "host/mutex.hpp"
#include "wdk/abi/io.h"

namespace io {

/// A dispatch routine that is running, on the stack of who called it.
struct dispatch_frame {
    base::list_node link;
    IRP* irp = nullptr;
    int level = 0;  ///< stack location of the routine
    bool completed = false;
    bool forwarded = false;
    bool marked = false;  ///< pending, when it was completed
    int32_t status = 0;   ///< it was completed with
};

class flight_table {
public:
    ~flight_table();

    /// IoCallDriver: the IRP leaves the level above f.level. Out of memory only loses evidence.
    void sent(dispatch_frame& f) noexcept;

    /// The IRP is passed on by whoever has it at this level.
    void forwarded(const IRP& irp, int level) noexcept;

    /// Completion leaves this level; called before the location is cleared.
    void completed(const IRP& irp, int level, bool marked, int32_t status) noexcept;

    /// The dispatch routine has returned. True: marked says whether the location is marked
    /// pending (when it was not completed, read now, which is safe as nobody completed it).
    void returned(dispatch_frame& f) noexcept;

    /// The IRP is below the driver that sent it first.
    [[nodiscard]] bool away(const IRP& irp) noexcept;

    /// The IRP's memory ends or starts a new life.
    void forget(const IRP& irp) noexcept;

    [[nodiscard]] bool busy() const noexcept {
        return interest_.load(std::memory_order_relaxed) != 0;
    }

private:
    struct flight : base::heap_object {
        flight(const IRP* i, int level) noexcept : irp(i), home(level) {}
        flight* next = nullptr;
        const IRP* irp;
        int home;  ///< level of the driver that sent it first
    };
    static constexpr size_t bucket_count = 256;

    flight** find_locked(const IRP& irp) noexcept OPENWSK_REQUIRES(lock_);
    void end_locked(flight** link) noexcept OPENWSK_REQUIRES(lock_);

    host::mutex lock_{base::lock_rank::irp};
    flight* buckets_[bucket_count] OPENWSK_GUARDED_BY(lock_) = {};
    base::list<dispatch_frame, &dispatch_frame::link> frames_ OPENWSK_GUARDED_BY(lock_);
    // Flights and frames. Read without the lock by those who pass through: an IRP that is
    // interesting was counted by a call that happened before.
    std::atomic<uint32_t> interest_{0};
};

}  // namespace io
