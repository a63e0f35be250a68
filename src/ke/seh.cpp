// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/seh.hpp"

#include "ke/callout.hpp"
#include "trace/event.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"

#if OPENWSK_ASAN
extern "C" void __asan_handle_no_return();
#endif

namespace ke {
namespace {

void*& top_of(thread& t) noexcept {
    return t.frame != nullptr ? t.frame->seh_top : t.seh_top;
}

}  // namespace

void push_try(thread& t, OPENWSK_SEH_FRAME& frame) noexcept {
    void*& top = top_of(t);
    frame.Previous = static_cast<OPENWSK_SEH_FRAME*>(top);
    top = &frame;
}

void pop_try(thread& t, OPENWSK_SEH_FRAME& frame, const void* caller) noexcept {
    void*& top = top_of(t);
    if (OPENWSK_UNLIKELY(top != &frame)) {
        verify::bug_check(KMODE_EXCEPTION_NOT_HANDLED, 0, trace::value(&frame), 0, 0, caller,
                          "a __try block was left by a jump that skipped its end");
    }
    top = frame.Previous;
}

void raise_status(thread& t, NTSTATUS status, const void* caller) noexcept {
    OPENWSK_ASSERT(t.held_ranks == 0);
    void*& top = top_of(t);
    auto* frame = static_cast<OPENWSK_SEH_FRAME*>(top);
    if (frame == nullptr) {
        verify::bug_check(KMODE_EXCEPTION_NOT_HANDLED, static_cast<uint32_t>(status),
                          trace::value(caller), 0, 0, caller,
                          "status 0x%08X was raised outside every __try of this callback",
                          static_cast<unsigned>(status));
    }
    top = frame->Previous;
    frame->Status = status;
    frame->State = OPENWSK_SEH_RAISED;
#if OPENWSK_ASAN
    __asan_handle_no_return();
#endif
    __builtin_longjmp(frame->Resume, 1);
}

void defer_status(thread& t, NTSTATUS status) noexcept {
    t.seh_deferred = status;
    t.seh_is_deferred = true;
}

bool take_status(thread& t, NTSTATUS& status) noexcept {
    const bool was = t.seh_is_deferred;
    status = t.seh_deferred;
    t.seh_is_deferred = false;
    return was;
}

}  // namespace ke
