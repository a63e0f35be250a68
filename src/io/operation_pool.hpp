// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Where operations live: a few slabs, chosen by the thread that begins, so that threads do not meet
// on one lock. An operation goes back to the slab it came from.

#pragma once

#include <cstdint>

#include "host/mutex.hpp"
#include "io/irp.hpp"
#include "mm/slab.hpp"

namespace io {

class operation_pool {
public:
    operation_pool() = default;

    /// Before the first use: which pool this is among how many, for ordinals.
    void place(uint32_t number, uint32_t pools) noexcept {
        number_ = number;
        pools_ = pools;
    }
    [[nodiscard]] uint32_t number() const noexcept { return number_; }

    /// An operation, not over, without pins; null when memory is out.
    operation* take(IRP& irp, const void* caller, const char* function) noexcept {
        return obtain({&irp, caller, function});
    }

    /// An operation that stands for no IRP yet; null when memory is out. For start or give_back.
    operation* reserve() noexcept { return obtain({}); }
    void start(operation& reserved, IRP& irp, const void* caller, const char* function) noexcept {
        host::guard g(lock_);
        start_locked(reserved, {&irp, caller, function});
    }
    void give_back(operation& reserved) noexcept {
        host::guard g(lock_);
        slab_.put(reserved);
    }

    /// The operation is over: its handle is dead. The object stays while it is pinned.
    void retire(operation& op) noexcept;

    /// The operation h names, if it is not over and stands for this IRP; pinned until unpin.
    operation* pin(mm::handle_value h, const IRP& irp) noexcept;
    void unpin(operation& op) noexcept;

    /// True when h names an operation of this IRP that is not over.
    [[nodiscard]] bool owns(mm::handle_value h, const IRP& irp, operation** found) noexcept;

    [[nodiscard]] uint64_t live() noexcept;

    template <class Visit>
    void for_each(Visit&& visit) noexcept {
        host::guard g(lock_);
        slab_.for_each([&](operation& op) {
            if (!op.over_) {
                visit(op);
            }
        });
    }

private:
    struct use {
        IRP* irp = nullptr;
        const void* caller = nullptr;
        const char* function = nullptr;
    };

    operation* obtain(const use& u) noexcept;
    void start_locked(operation& op, const use& u) noexcept OPENWSK_REQUIRES(lock_);
    operation* find_locked(mm::handle_value h, const IRP& irp) noexcept OPENWSK_REQUIRES(lock_);

    host::mutex lock_{base::lock_rank::irp};
    mm::slab<operation> slab_ OPENWSK_GUARDED_BY(lock_);
    uint64_t created_ OPENWSK_GUARDED_BY(lock_) = 0;
    uint64_t live_ OPENWSK_GUARDED_BY(lock_) = 0;
    uint32_t number_ = 0;
    uint32_t pools_ = 1;
};

}  // namespace io
