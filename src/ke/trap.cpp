// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

#include "ke/trap.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>

#include <dlfcn.h>

#include "base/assert.hpp"
#include "host/signals.hpp"
#include "host/symbolize.hpp"
#include "ke/callout.hpp"
#include "ke/thread.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"
#include "wdk/abi/ntstatus.h"

namespace ke {
namespace {

constexpr int exit_bug_check = 3;
constexpr uint64_t null_page_bytes = 64 * 1024;
constexpr uint64_t double_fault = 8;
constexpr uint8_t dispatch = 2;

uint64_t number(const void* p) noexcept {
    return reinterpret_cast<uint64_t>(p);
}

bool in_image_of_driver(const void* p) noexcept {
    return module_of(p) != nullptr || host::in_driver(p);
}

// Code or constants of the runtime itself.
bool in_runtime(const void* p) noexcept {
    static const char here = 0;
    static const void* const base = [] {
        Dl_info ours{};
        return dladdr(&here, &ours) != 0 ? ours.dli_fbase : nullptr;
    }();
    Dl_info theirs{};
    return base != nullptr && !in_image_of_driver(p) && dladdr(p, &theirs) != 0 &&
           theirs.dli_fbase == base;
}

// A jump to what is no code (data, a wild address). A driver that is unloaded has had code there.
bool jumped_away(const host::fault& f) noexcept {
    const module* image = module_of(f.instruction);
    return f.execute && (image == nullptr || !image->unloaded.load(std::memory_order_acquire));
}

// The innermost place inside a driver: the instruction itself, or who called the runtime or the C
// library with what it faulted on, or jumped away.
const void* culprit(const host::fault& f) noexcept {
    if (in_image_of_driver(f.instruction) && !jumped_away(f)) {
        return f.instruction;
    }
    for (size_t i = 0; i < f.depth; ++i) {
        if (in_image_of_driver(f.frames[i])) {
            return f.frames[i];
        }
    }
    return nullptr;
}

// Where the driver entered the runtime or the C library: the code that it called at this place.
const void* called_at(const host::fault& f, const void* at) noexcept {
    const void* inner = f.instruction;
    for (size_t i = 0; i < f.depth && f.frames[i] != at; ++i) {
        inner = static_cast<const char*>(f.frames[i]) - 1;
    }
    return inner;
}

// True when the runtime was executing: itself, or the C library on its behalf.
bool inside_runtime(const host::fault& f) noexcept {
    if (f.execute) {
        return false;  // it was calling something, and what it calls are the driver's functions
    }
    const void* at = f.instruction;
    for (size_t i = 0;; ++i) {
        if (in_image_of_driver(at)) {
            return false;
        }
        if (in_runtime(at)) {
            return true;
        }
        if (i == f.depth) {
            return false;
        }
        at = f.frames[i];
    }
}

enum class blame : uint8_t {
    driver,
    runtime,
    open,  ///< the runtime followed a pointer; nothing tells whether it was one of the driver's
};

// Drivers pass addresses, and the runtime follows many of them (an IRP, an MDL, an event), so a bad
// address that it accessed may be either's. No argument makes it divide by zero, run into an
// invalid instruction or write to its own code and constants.
blame judge(const host::fault& f) noexcept {
    if (!inside_runtime(f) || f.stack_overflow) {
        return blame::driver;
    }
    const bool access = f.kind == host::fault_kind::access || f.kind == host::fault_kind::bus;
    return access && !(f.address_known && in_runtime(f.address)) ? blame::open : blame::runtime;
}

struct report {
    uint32_t code;
    uint64_t p[4];
    char text[400];
};

const char* access_name(const host::fault& f) noexcept {
    return f.execute ? "jumps to" : f.write ? "writes to" : "reads from";
}

void describe_access(const host::fault& f, uint8_t irql, report& r) noexcept {
    const uint64_t address = number(f.address);
    const bool null = f.address_known && address < null_page_bytes;
    const char* where = null              ? ", a NULL pointer"
                        : f.address_known ? ""
                                          : " an address that does not exist (not canonical)";
    if (f.address_known) {
        std::snprintf(r.text, sizeof r.text, "the driver %s %p%s", access_name(f), f.address,
                      where);
    } else {
        std::snprintf(r.text, sizeof r.text, "the driver %s%s", access_name(f), where);
    }
    const uint64_t how = f.execute ? 8 : f.write ? 1 : 0;
    if (irql >= dispatch) {
        r.code = DRIVER_IRQL_NOT_LESS_OR_EQUAL;
        const uint64_t p[] = {address, irql, how, number(f.instruction)};
        std::memcpy(r.p, p, sizeof p);
    } else if (null || !f.address_known) {
        r.code = SYSTEM_THREAD_EXCEPTION_NOT_HANDLED;
        const uint64_t p[] = {static_cast<uint32_t>(STATUS_ACCESS_VIOLATION), number(f.instruction),
                              0, 0};
        std::memcpy(r.p, p, sizeof p);
    } else {
        r.code = PAGE_FAULT_IN_NONPAGED_AREA;
        const uint64_t p[] = {address, how, number(f.instruction), 0};
        std::memcpy(r.p, p, sizeof p);
    }
}

void describe(const host::fault& f, uint8_t irql, report& r) noexcept {
    const module* image = module_of(f.instruction);
    if (f.execute && image != nullptr && image->unloaded.load(std::memory_order_acquire)) {
        r.code = DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS;
        r.p[0] = r.p[2] = number(f.address);
        r.p[1] = 8;
        std::snprintf(r.text, sizeof r.text, "code of %s, which is unloaded, was called",
                      image->name);
        return;
    }
    if (f.stack_overflow) {
        r.code = UNEXPECTED_KERNEL_MODE_TRAP;
        r.p[0] = double_fault;
        r.p[1] = number(f.address);
        std::snprintf(r.text, sizeof r.text,
                      "the stack of the thread overflowed (access to %p below it)", f.address);
        return;
    }
    if (f.kind == host::fault_kind::access) {
        describe_access(f, irql, r);
        return;
    }
    const bool divide = f.kind == host::fault_kind::arithmetic;
    const bool bus = f.kind == host::fault_kind::bus;
    r.code = SYSTEM_THREAD_EXCEPTION_NOT_HANDLED;
    r.p[0] = static_cast<uint32_t>(divide ? STATUS_INTEGER_DIVIDE_BY_ZERO
                                   : bus  ? STATUS_IN_PAGE_ERROR
                                          : STATUS_ILLEGAL_INSTRUCTION);
    r.p[1] = number(f.instruction);
    std::snprintf(r.text, sizeof r.text, "the driver %s",
                  divide ? "divides by zero, or a quotient does not fit"
                  : bus  ? "touches a page whose contents cannot be had"
                         : "executes an invalid instruction");
}

// The runtime's code is on the stack: a callback of it, a call into it, or itself.
bool concerns_runtime(const host::fault& f) noexcept {
    return in_runtime(f.instruction) || std::any_of(f.frames, f.frames + f.depth, in_runtime);
}

[[noreturn]] void end_as_internal(const host::fault& f, const void* caller) noexcept {
    char text[800];
    char place[300];
    host::describe_address(f.instruction, place, sizeof place);
    int n = std::snprintf(text, sizeof text, "fault at %p in %s", f.address, place);
    if (caller != nullptr) {
        host::describe_return(caller, place, sizeof place);
        std::snprintf(text + n, sizeof text - static_cast<size_t>(n), ", while it was called by %s",
                      place);
    }
    base::panic(text, __FILE__, __LINE__);
}

// A callback that the driver set, and that is no code.
[[noreturn]] void report_callback(const host::fault& f, const callout_frame& frame) noexcept {
    report r{};
    describe(f, frame.irql, r);
    std::snprintf(r.text, sizeof r.text, "the %s that the driver set, %p, is no code",
                  name_of(frame.kind), f.address);
    verify::fault_site site{};
    for (size_t i = 0; i < f.depth && i < verify::stack_depth; ++i) {
        site.frames[site.depth++] = f.frames[i];
    }
    verify::bug_check_at(r.code, r.p[0], r.p[1], r.p[2], r.p[3], site, r.text);
}

void on_fault(const host::fault& f) noexcept {
    const void* at = culprit(f);
    const auto* self = static_cast<const thread*>(host::self());
    const callout_frame* frame = self != nullptr ? self->frame : nullptr;
    if (f.execute && frame != nullptr && frame->target == f.address && jumped_away(f)) {
        report_callback(f, *frame);
    }
    if (at == nullptr && !concerns_runtime(f)) {
        return;  // the program that uses the runtime as a library
    }
    const blame whose = at != nullptr ? judge(f) : blame::runtime;
    if (whose == blame::runtime) {
        end_as_internal(f, at);
    }
    report r{};
    describe(f, self != nullptr ? self->irql : 0, r);
    if (at != f.instruction && !f.execute) {
        // The C library, for memcpy; or the runtime, with a bad argument.
        const size_t n = std::strlen(r.text);
        char place[200];
        host::describe_function(called_at(f, at), place, sizeof place);
        std::snprintf(r.text + n, sizeof r.text - n, ", inside %s%s", place,
                      whose == blame::open
                          ? ": it passed a bad pointer, or this is an error in openwsk"
                          : "");
    }
    verify::fault_site site{};
    site.instruction = jumped_away(f) ? nullptr : f.instruction;
    site.culprit = at;
    for (size_t i = 0; i < f.depth && i < verify::stack_depth; ++i) {
        site.frames[site.depth++] = f.frames[i];
    }
    verify::bug_check_at(r.code, r.p[0], r.p[1], r.p[2], r.p[3], site, r.text);
}

}  // namespace

void catch_traps() noexcept {
    host::catch_faults(on_fault, exit_bug_check);
}

}  // namespace ke
