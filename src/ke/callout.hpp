// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The gate: the only way into driver code.
//
//     NTSTATUS s = ke::callout(ke::callout_kind::nmr_attach_client, fn, handle, context, instance);
//
// Before the call: asserts that no internal lock is held, refuses a target inside an unloaded
// image (bug check 0xCE, by name), counts the thread into the image (unload waits for it), records
// the event. After it: IRQL must be what it was (rule irql-changed-by-callback). Nothing unwinds
// through the gate: a C++ exception is a bug check there (ke/unwind.hpp), a raise ends at the
// innermost __try of the same callout, and PsTerminateSystemThread at the gate the thread started
// with.

#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include "ke/module.hpp"
#include "ke/thread.hpp"
#include "ke/unwind.hpp"
#include "trace/event.hpp"

namespace ke {

enum class callout_kind : uint8_t {
    driver_entry,
    driver_unload,
    dispatch,
    thread_start,
    dpc,
    timer_dpc,
    work_item,
    completion_routine,
    cancel_routine,
    nmr_attach_provider,
    nmr_attach_client,
    nmr_detach,
    nmr_cleanup,
    wsk_client_event,
    wsk_event,
    registry_query,
    allocator,
    compare,
    other,
};

/// What reports call a callback of this kind.
const char* name_of(callout_kind kind) noexcept;

/// One gate on the stack of a thread.
struct callout_frame {
    callout_frame* outer;
    const void* target;
    module* image;        ///< null when the target is not a driver (tests)
    const void* stack;    ///< frame address at entry, for the stack budget
    void* seh_top;        ///< innermost __try of this callout
    uint64_t entered_ns;  ///< set only where somebody watches the time
    uint32_t regions;     ///< critical and guarded regions at entry
    uint8_t irql;
    callout_kind kind;
};

class callout_scope {
public:
    __attribute__((always_inline)) callout_scope(callout_kind kind, const void* target) noexcept
        : thread_(&current()) {
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
        // Consecutive callouts of a thread mostly go into one driver. Another one may lie by now
        // where one that is unloaded lay.
        module* image = t.last_image;
        if (OPENWSK_UNLIKELY(image == nullptr ||
                             reinterpret_cast<uintptr_t>(target) -
                                     reinterpret_cast<uintptr_t>(image->base) >=
                                 image->size ||
                             image->unloaded.load(std::memory_order_relaxed))) {
            image = module_of(target);
            t.last_image = image;
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
        host::schedule_point(t, host::point::callout, target);
        trace::emit(trace::event::callout_enter, trace::value(target), static_cast<uint64_t>(kind),
                    t.irql);
    }
    callout_scope(const callout_scope&) = delete;
    callout_scope& operator=(const callout_scope&) = delete;
    __attribute__((always_inline)) ~callout_scope() {
        OPENWSK_ASSERT(thread_->frame == &frame_);
        leave(*thread_, frame_);
    }

    /// The IRQL that the routine must return at, if not the one it is entered at (a cancel routine
    /// releases the lock it is called with).
    void leave_at(uint8_t irql) noexcept { frame_.irql = irql; }

    /// Ends the calling thread's innermost callout without returning to its target, which must not
    /// run any more (PsTerminateSystemThread).
    static void abandon(thread& t) noexcept;

private:
    __attribute__((always_inline)) static void leave(thread& t, callout_frame& frame) noexcept {
        trace::emit(trace::event::callout_leave, trace::value(frame.target),
                    static_cast<uint64_t>(frame.kind));
        OPENWSK_ASSERT(t.held_ranks == 0);
        if (OPENWSK_UNLIKELY(t.irql != frame.irql) ||
            OPENWSK_UNLIKELY(t.critical_regions + t.guarded_regions != frame.regions)) {
            left_otherwise(t, frame);
        }
        t.frame = frame.outer;
        --t.depth;
        if (module* image = frame.image) {
            leave_module(*image, t);
        }
    }

    /// Reports what the target changed and did not restore.
    static void left_otherwise(const thread& t, const callout_frame& frame) noexcept;
    [[noreturn]] static void call_into_unloaded(const module& image, const void* target,
                                                callout_kind kind) noexcept;

    callout_frame frame_;
    thread* thread_;
};

template <class R, class... P, class... A>
R callout(callout_kind kind, R (*target)(P...), A&&... arguments) noexcept {
    callout_scope scope(kind, reinterpret_cast<const void*>(target));
    stop_exceptions();
    return target(std::forward<A>(arguments)...);
}

}  // namespace ke
