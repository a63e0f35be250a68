// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/operation_pool.hpp"

#include "verify/fault.hpp"

namespace io {

void operation_pool::start_locked(operation& op, const use& u) noexcept {
    op.irp_ = u.irp;
    op.caller_ = u.caller;
    op.function_ = u.function;
    op.ordinal_ = ++created_ * pools_ - (pools_ - 1 - number_);
    op.hook_ = nullptr;
    op.pending_ = false;
    op.pins_ = 0;
    op.over_ = false;
    ++live_;
}

/// Without an IRP the operation is left as it rests in the slab: over.
operation* operation_pool::obtain(const use& u) noexcept {
    for (;;) {
        uint32_t wanted = 0;
        {
            host::guard g(lock_);
            if (slab_.free_count() != 0) {
                operation* op = slab_.take();
                if (op != nullptr) {
                    op->home_ = this;
                    if (u.irp != nullptr) {
                        start_locked(*op, u);
                    }
                }
                return op;
            }
            wanted = slab_.next_chunk_objects();
        }
        operation* chunk = wanted != 0 ? mm::slab<operation>::allocate(wanted) : nullptr;
        if (chunk == nullptr) {
            return nullptr;
        }
        host::guard g(lock_);
        if (slab_.next_chunk_objects() == wanted) {
            slab_.add(chunk);
        } else {
            mm::slab<operation>::discard(chunk);  // somebody else was faster
        }
    }
}

void operation_pool::retire(operation& op) noexcept {
    host::guard g(lock_);
    OPENWSK_ASSERT(!op.over_);
    op.over_ = true;
    --live_;
    if (op.pins_ == 0) {
        slab_.put(op);
    }
}

operation* operation_pool::find_locked(mm::handle_value h, const IRP& irp) noexcept {
    operation* op = mm::is_kind(h, mm::handle_kind::operation) ? slab_.find(h) : nullptr;
    return op != nullptr && !op->over_ && op->irp_ == &irp ? op : nullptr;
}

operation* operation_pool::pin(mm::handle_value h, const IRP& irp) noexcept {
    host::guard g(lock_);
    operation* op = find_locked(h, irp);
    if (op != nullptr) {
        ++op->pins_;
    }
    return op;
}

void operation_pool::unpin(operation& op) noexcept {
    host::guard g(lock_);
    OPENWSK_ASSERT(op.pins_ > 0);
    if (--op.pins_ == 0 && op.over_) {
        slab_.put(op);
    }
}

bool operation_pool::owns(mm::handle_value h, const IRP& irp, operation** found) noexcept {
    host::guard g(lock_);
    *found = find_locked(h, irp);
    return *found != nullptr;
}

uint64_t operation_pool::live() noexcept {
    host::guard g(lock_);
    return live_;
}

}  // namespace io
