// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/callout.hpp"

#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"

namespace ke {
namespace {

constexpr uint32_t bug_unloaded = 0xCE;  // DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS

[[noreturn]] void call_into_unloaded(const module& image, const void* target,
                                     callout_kind kind) noexcept {
    const auto address = reinterpret_cast<uint64_t>(target);
    // Reports show return addresses, which lie behind what they are about.
    verify::bug_check(bug_unloaded, address, 0, address, 0, static_cast<const char*>(target) + 1,
                      "a callback (%s) into %s, which is unloaded, at %p", name_of(kind),
                      image.name, target);
}

}  // namespace

const char* name_of(callout_kind kind) noexcept {
    switch (kind) {
        case callout_kind::driver_entry:
            return "DriverEntry";
        case callout_kind::driver_unload:
            return "DriverUnload";
        case callout_kind::dispatch:
            return "dispatch routine";
        case callout_kind::thread_start:
            return "system thread routine";
        case callout_kind::dpc:
            return "DPC routine";
        case callout_kind::timer_dpc:
            return "timer DPC routine";
        case callout_kind::work_item:
            return "work item routine";
        case callout_kind::completion_routine:
            return "I/O completion routine";
        case callout_kind::cancel_routine:
            return "cancel routine";
        case callout_kind::nmr_attach_provider:
            return "ClientAttachProvider";
        case callout_kind::nmr_attach_client:
            return "ProviderAttachClient";
        case callout_kind::nmr_detach:
            return "NMR detach callback";
        case callout_kind::nmr_cleanup:
            return "NMR cleanup callback";
        case callout_kind::wsk_client_event:
            return "WskClientEvent";
        case callout_kind::wsk_event:
            return "WSK event callback";
        case callout_kind::registry_query:
            return "registry query routine";
        case callout_kind::allocator:
            return "allocation routine";
        case callout_kind::compare:
            return "comparison routine";
        case callout_kind::other:
            break;
    }
    return "callback";
}

callout_scope::callout_scope(callout_kind kind, const void* target) noexcept : thread_(&current()) {
    thread& t = *thread_;
    OPENWSK_ASSERT(t.held_ranks == 0);
    frame_.outer = t.frame;
    frame_.target = target;
    frame_.stack = __builtin_frame_address(0);
    frame_.seh_top = nullptr;
    frame_.entered_ns = 0;
    frame_.irql = t.irql;
    frame_.regions = t.critical_regions + t.guarded_regions;
    frame_.kind = kind;
    // Consecutive callouts of a thread mostly go into one driver.
    module* image = t.frame != nullptr ? t.frame->image : nullptr;
    if (image == nullptr ||
        reinterpret_cast<uintptr_t>(target) - reinterpret_cast<uintptr_t>(image->base) >=
            image->size) {
        image = module_of(target);
    }
    frame_.image = image;
    if (image != nullptr) {
        // Counted before the mark is read, as unload marks before it reads the counts.
        enter_module(*image, t);
        if (OPENWSK_UNLIKELY(image->unloaded.load(std::memory_order_seq_cst))) {
            call_into_unloaded(*image, target, kind);
        }
    }
    t.frame = &frame_;
    ++t.depth;
    host::schedule_point(host::point::callout, target);
    trace::emit(trace::event::callout_enter, trace::value(target), static_cast<uint64_t>(kind),
                t.irql);
}

callout_scope::~callout_scope() {
    OPENWSK_ASSERT(thread_->frame == &frame_);
    leave(*thread_, frame_);
}

void callout_scope::abandon(thread& t) noexcept {
    leave(t, *t.frame);
}

void callout_scope::leave(thread& t, callout_frame& frame) noexcept {
    trace::emit(trace::event::callout_leave, trace::value(frame.target),
                static_cast<uint64_t>(frame.kind));
    OPENWSK_ASSERT(t.held_ranks == 0);
    if (OPENWSK_UNLIKELY(t.irql != frame.irql)) {
        verify::violation(verify::rule::irql_changed_by_callback, frame.target, nullptr,
                          "%s was entered at IRQL %u and returned at IRQL %u", name_of(frame.kind),
                          frame.irql, t.irql);
    }
    if (OPENWSK_UNLIKELY(t.critical_regions + t.guarded_regions != frame.regions)) {
        verify::violation(verify::rule::region_left_entered, frame.target, nullptr,
                          "%s was entered inside %u critical and guarded regions and returned "
                          "inside %u",
                          name_of(frame.kind), frame.regions,
                          t.critical_regions + t.guarded_regions);
    }
    t.frame = frame.outer;
    --t.depth;
    if (module* image = frame.image) {
        leave_module(*image, t);
    }
}

void edge::stack_exceeded(const ke::thread& t, const api& info, const void* caller,
                          size_t used) noexcept {
    verify::violation(verify::rule::stack_budget, caller, nullptr,
                      "%s was called with %zu bytes of stack used since the driver's %s began; a "
                      "kernel stack has 24 KB in all",
                      info.name, used, name_of(t.frame->kind));
}

void edge::wrong_irql(const ke::thread& t, const api& info, const void* caller) noexcept {
    const bool high = t.irql > info.irql_max;
    verify::violation(high ? verify::rule::irql_too_high : verify::rule::irql_too_low, caller,
                      nullptr, "%s was called at IRQL %u; it needs IRQL %s %u", info.name, t.irql,
                      high ? "<=" : ">=", high ? info.irql_max : info.irql_min);
}

}  // namespace ke
