// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Timers that the system allocates.
//
// Windows documents: the pages of wdm.h with these names.

#include "ex/timer.hpp"
#include "ke/edge.hpp"
#include "verify/ledger.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ex.h"

namespace {

void misused(const ke::edge& e, const void* timer, const char* how) noexcept {
    verify::violation(verify::rule::executive_timer_misuse, e.caller(), timer, "%s: %s", e.name(),
                      how);
}

ex::timer& timer_of(const ke::edge& e, PEX_TIMER timer) noexcept {
    const auto* ledger = e.machine().find<verify::ledger>();
    if (OPENWSK_UNLIKELY(ledger != nullptr && ledger->complete() &&
                         !ledger->knows(base::object_kind::executive_timer, timer))) {
        misused(e, timer, "this is no timer, or no longer");
    }
    return *reinterpret_cast<ex::timer*>(timer);
}

}  // namespace

extern "C" {

OPENWSK_EXPORT PEX_TIMER ExAllocateTimer(PEXT_CALLBACK Callback, PVOID CallbackContext,
                                         ULONG Attributes) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    constexpr ULONG both = EX_TIMER_HIGH_RESOLUTION | EX_TIMER_NO_WAKE;
    if ((Attributes & both) == both) {
        misused(e, nullptr, "EX_TIMER_HIGH_RESOLUTION and EX_TIMER_NO_WAKE exclude each other");
    }
    return reinterpret_cast<PEX_TIMER>(
        ex::timer::make(e.thread(), Callback, CallbackContext, Attributes, e.caller()));
}

// A timer that may be late (NoWakeTolerance) fires on time.
OPENWSK_EXPORT BOOLEAN ExSetTimer(PEX_TIMER Timer, LONGLONG DueTime, LONGLONG Period,
                                  PEXT_SET_PARAMETERS) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    ex::timer& t = timer_of(e, Timer);
    if (t.high_resolution() && DueTime >= 0) {
        misused(e, Timer, "the due time of a timer of high resolution must be relative");
    }
    if (Period < 0 || Period > MAXLONG) {
        misused(e, Timer, "the period is negative or greater than MAXLONG");
    }
    return t.set(e.thread(), DueTime, Period, e.caller()) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN ExCancelTimer(PEX_TIMER Timer, PVOID) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return timer_of(e, Timer).cancel(e.thread()) ? TRUE : FALSE;
}

OPENWSK_EXPORT BOOLEAN ExDeleteTimer(PEX_TIMER Timer, BOOLEAN Cancel, BOOLEAN Wait,
                                     PEXT_DELETE_PARAMETERS Parameters) {
    static constexpr ke::api waits{"ExDeleteTimer", APC_LEVEL};
    static constexpr ke::api returns{"ExDeleteTimer", DISPATCH_LEVEL};
    const ke::edge e(Wait ? waits : returns, __builtin_return_address(0));
    ex::timer& t = timer_of(e, Timer);
    if (Wait && !Cancel) {
        misused(e, Timer, "Wait is TRUE, but Cancel is FALSE");
    }
    ex::timer::end then{};
    if (Parameters != nullptr) {
        then = {Parameters->DeleteCallback, Parameters->DeleteContext};
    }
    return t.remove(e.thread(), Cancel != FALSE, Wait != FALSE, then) ? TRUE : FALSE;
}

}  // extern "C"
