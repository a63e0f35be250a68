// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "io/flight.hpp"

#include "io/irp_bytes.hpp"
#include "mm/try_new.hpp"

namespace io {

flight_table::~flight_table() {
    for (flight*& head : buckets_) {
        while (flight* f = head) {
            head = f->next;
            delete f;
        }
    }
}

flight_table::flight** flight_table::find_locked(const IRP& irp) noexcept {
    const auto hash = (reinterpret_cast<uintptr_t>(&irp) >> 4) * 0x9e3779b97f4a7c15u;
    flight** link = &buckets_[(hash >> 32) % bucket_count];
    while (*link != nullptr && (*link)->irp != &irp) {
        link = &(*link)->next;
    }
    return link;
}

void flight_table::end_locked(flight** link) noexcept {
    flight* f = *link;
    *link = f->next;
    delete f;
    interest_.fetch_sub(1, std::memory_order_relaxed);
}

void flight_table::sent(dispatch_frame& f) noexcept {
    flight* fresh = mm::try_new<flight>(f.irp, f.level + 1);
    host::guard g(lock_);
    frames_.push_back(f);
    interest_.fetch_add(1, std::memory_order_relaxed);
    flight** link = find_locked(*f.irp);
    if (*link != nullptr && (*link)->home <= f.level) {
        end_locked(link);  // memory in a new life
        link = find_locked(*f.irp);
    }
    if (*link == nullptr && fresh != nullptr) {
        *link = fresh;
        fresh = nullptr;
        interest_.fetch_add(1, std::memory_order_relaxed);
    }
    delete fresh;
}

void flight_table::forwarded(const IRP& irp, int level) noexcept {
    host::guard g(lock_);
    for (dispatch_frame* f = frames_.front(); f != nullptr; f = frames_.next(*f)) {
        if (f->irp == &irp && f->level == level && !f->completed) {
            f->forwarded = true;
        }
    }
}

void flight_table::completed(const IRP& irp, int level, bool marked, int32_t status) noexcept {
    host::guard g(lock_);
    for (dispatch_frame* f = frames_.front(); f != nullptr; f = frames_.next(*f)) {
        if (f->irp == &irp && f->level == level && !f->completed) {
            f->completed = true;
            f->marked = marked;
            f->status = status;
        }
    }
    flight** link = find_locked(irp);
    if (*link != nullptr && level + 1 >= (*link)->home) {
        end_locked(link);
    }
}

void flight_table::returned(dispatch_frame& f) noexcept {
    host::guard g(lock_);
    if (!f.completed && !f.forwarded) {
        f.marked = (location(*f.irp, f.level)->Control & SL_PENDING_RETURNED) != 0;
    }
    f.link.unlink();
    interest_.fetch_sub(1, std::memory_order_relaxed);
}

bool flight_table::away(const IRP& irp) noexcept {
    if (!busy()) {
        return false;
    }
    host::guard g(lock_);
    flight* f = *find_locked(irp);
    return f != nullptr && irp.CurrentLocation < f->home;
}

void flight_table::forget(const IRP& irp) noexcept {
    if (!busy()) {
        return;
    }
    host::guard g(lock_);
    flight** link = find_locked(irp);
    if (*link != nullptr) {
        end_locked(link);
    }
}

}  // namespace io
