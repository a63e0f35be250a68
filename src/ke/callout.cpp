// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/callout.hpp"

#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "verify/violation.hpp"

namespace ke {
namespace {

constexpr uint32_t bug_unloaded = 0xCE;  // DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS

}  // namespace

void callout_scope::call_into_unloaded(const module& image, const void* target,
                                       callout_kind kind) noexcept {
    const auto address = reinterpret_cast<uint64_t>(target);
    // Reports show return addresses, which lie behind what they are about.
    verify::bug_check(bug_unloaded, address, 0, address, 0, static_cast<const char*>(target) + 1,
                      "a callback (%s) into %s, which is unloaded, at %p", name_of(kind),
                      image.name, target);
}

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

void callout_scope::abandon(thread& t) noexcept {
    leave(t, *t.frame);
}

void callout_scope::left_otherwise(const thread& t, const callout_frame& frame) noexcept {
    // A report takes what it is given for a return address and looks in front of it.
    const void* const inside = static_cast<const char*>(frame.target) + 1;
    if (t.irql != frame.irql) {
        verify::violation(verify::rule::irql_changed_by_callback, inside, nullptr,
                          "%s was entered at IRQL %u and returned at IRQL %u", name_of(frame.kind),
                          frame.irql, t.irql);
    }
    if (t.critical_regions + t.guarded_regions != frame.regions) {
        verify::violation(verify::rule::region_left_entered, inside, nullptr,
                          "%s was entered inside %u critical and guarded regions and returned "
                          "inside %u",
                          name_of(frame.kind), frame.regions,
                          t.critical_regions + t.guarded_regions);
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
