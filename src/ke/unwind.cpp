// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/unwind.hpp"

#include <cstdio>

#include <unwind.h>

#include "host/symbolize.hpp"
#include "ke/callout.hpp"
#include "ke/thread.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"

namespace {

constexpr uint64_t cxx_exception = 0xE06D7363;  // the code of C++ exceptions on Windows

// The stack from the throw on. Found by unwind tables, as the unwinder itself, which is on the
// stack, has no frame pointers.
struct throw_stack {
    const ke::module* image;
    verify::fault_site site;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* argument) noexcept {
    auto& found = *static_cast<throw_stack*>(argument);
    const char* address = reinterpret_cast<const char*>(_Unwind_GetIP(context));
    if (address == nullptr) {
        return _URC_NO_REASON;  // behind the first function of the thread
    }
    if (found.site.instruction == nullptr) {
        // What lies further in is the unwinder, the C++ library and us.
        if (found.image != nullptr && ke::module_of(address) == found.image) {
            found.site.instruction = found.site.culprit = address - 1;  // inside the call
        }
        return _URC_NO_REASON;
    }
    found.site.frames[found.site.depth++] = address;
    return found.site.depth < verify::stack_depth ? _URC_NO_REASON : _URC_END_OF_STACK;
}

[[noreturn]] void exception_left_driver(const ke::callout_frame& frame) noexcept {
    throw_stack found{};
    found.image = frame.image;
    _Unwind_Backtrace(add_frame, &found);
    if (found.site.instruction == nullptr) {
        found.site.instruction = found.site.culprit = frame.target;
    }
    char place[300];
    char text[400];
    host::describe_address(frame.target, place, sizeof place);
    std::snprintf(text, sizeof text, "a C++ exception left the %s %s", ke::name_of(frame.kind),
                  place);
    verify::bug_check_at(KMODE_EXCEPTION_NOT_HANDLED, cxx_exception,
                         reinterpret_cast<uint64_t>(frame.target), 0, 0, found.site, text);
}

}  // namespace

// Asked while the unwinder looks for a handler: nothing has been unwound yet, so the innermost
// gate of the thread is the one that the exception has reached. A forced unwinding, as of
// a thread that is cancelled, looks for none.
extern "C" __attribute__((visibility("hidden"), used)) _Unwind_Reason_Code openwsk_gate_personality(
    int, _Unwind_Action actions, _Unwind_Exception_Class, _Unwind_Exception*,
    _Unwind_Context*) noexcept {
    const ke::callout_frame* frame = ke::current().frame;
    if ((actions & _UA_SEARCH_PHASE) != 0 && frame != nullptr) {
        exception_left_driver(*frame);
    }
    return _URC_CONTINUE_UNWIND;
}
