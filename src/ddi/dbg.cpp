// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Debug output: DbgPrint and its family, filters, break points, RtlAssert.
//
// Windows documents: "DbgPrintEx function", "vDbgPrintExWithPrefix function", "Reading and
// Filtering Debugging Messages", "DbgBreakPoint function".
//
// Threads and IRQL: any. Text is formatted on the stack of the caller and handed to the recorder; a
// message is cut after 512 bytes, as on Windows.

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "ke/edge.hpp"
#include "rtl/format.hpp"
#include "trace/recorder.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"
#include "wdk/abi/dbg.h"
#include "wdk/abi/ntstatus.h"

namespace ddi {
namespace {

constexpr size_t message_max = 512;
constexpr uint8_t high_level = 15;

constexpr BOOLEAN debugger_enabled = FALSE;
constexpr BOOLEAN debugger_not_present = TRUE;

ULONG print(const ke::edge& e, const char* prefix, ULONG component, ULONG level, const char* format,
            va_list arguments) noexcept {
    auto& recorder = e.machine().get<trace::recorder>();
    if (!recorder.filter().allows(component, level)) {
        return static_cast<ULONG>(STATUS_SUCCESS);
    }
    char text[message_max];
    size_t length = strnlen(prefix, sizeof text);
    std::memcpy(text, prefix, length);
    length += rtl::format(text + length, sizeof text - length, format, arguments);
    recorder.text(component, level, text, length < sizeof text ? length : sizeof text);
    return static_cast<ULONG>(STATUS_SUCCESS);
}

// True while a debugger controls the process: then a break point is for it.
bool traced() noexcept {
    char text[4096];
    const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0) {
        close(fd);
    }
    text[n > 0 ? n : 0] = 0;
    const char* tracer = std::strstr(text, "TracerPid:");
    return tracer != nullptr && std::strtol(tracer + 10, nullptr, 10) != 0;
}

void break_point(const ke::edge& e, const char* what) noexcept {
    if (traced()) {
        __asm__ volatile("int3");
        return;
    }
    verify::bug_check(KMODE_EXCEPTION_NOT_HANDLED, static_cast<uint32_t>(STATUS_BREAKPOINT),
                      reinterpret_cast<uint64_t>(e.caller()), 0, 0, e.caller(),
                      "%s, and no debugger is attached", what);
}

}  // namespace
}  // namespace ddi

extern "C" {

OPENWSK_EXPORT const BOOLEAN* KdDebuggerEnabled = &ddi::debugger_enabled;
OPENWSK_EXPORT const BOOLEAN* KdDebuggerNotPresent = &ddi::debugger_not_present;

OPENWSK_EXPORT ULONG DbgPrint(PCSTR Format, ...) {
    OPENWSK_EDGE(ddi::high_level);
    va_list arguments;
    va_start(arguments, Format);
    const ULONG status = ddi::print(e, "", DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, arguments);
    va_end(arguments);
    return status;
}

OPENWSK_EXPORT ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...) {
    OPENWSK_EDGE(ddi::high_level);
    va_list arguments;
    va_start(arguments, Format);
    const ULONG status = ddi::print(e, "", ComponentId, Level, Format, arguments);
    va_end(arguments);
    return status;
}

OPENWSK_EXPORT ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist) {
    OPENWSK_EDGE(ddi::high_level);
    return ddi::print(e, "", ComponentId, Level, Format, arglist);
}

OPENWSK_EXPORT ULONG vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                           va_list arglist) {
    OPENWSK_EDGE(ddi::high_level);
    return ddi::print(e, Prefix, ComponentId, Level, Format, arglist);
}

OPENWSK_EXPORT NTSTATUS DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level) {
    OPENWSK_EDGE(ddi::high_level);
    return e.machine().get<trace::recorder>().filter().allows(ComponentId, Level) ? TRUE : FALSE;
}

OPENWSK_EXPORT NTSTATUS DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State) {
    OPENWSK_EDGE(ddi::high_level);
    if (ComponentId >= DPFLTR_ENDOFTABLE_ID) {
        return STATUS_INVALID_PARAMETER_1;
    }
    trace::text_filter& filter = e.machine().get<trace::recorder>().filter();
    const uint32_t bits = trace::text_filter::bits_of(Level);
    const uint32_t mask = filter.mask(ComponentId);
    filter.set(ComponentId, State ? mask | bits : mask & ~bits);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT VOID DbgBreakPoint(void) {
    OPENWSK_EDGE(ddi::high_level);
    ddi::break_point(e, "break point");
}

OPENWSK_EXPORT VOID DbgBreakPointWithStatus(ULONG Status) {
    OPENWSK_EDGE(ddi::high_level);
    char what[64];
    std::snprintf(what, sizeof what, "break point with status 0x%08X", Status);
    ddi::break_point(e, what);
}

OPENWSK_EXPORT VOID RtlAssert(PVOID VoidFailedAssertion, PVOID VoidFileName, ULONG LineNumber,
                              PSTR MutableMessage) {
    OPENWSK_EDGE(ddi::high_level);
    char what[400];
    std::snprintf(what, sizeof what, "assertion failed: %s%s%s (%s:%u)",
                  static_cast<const char*>(VoidFailedAssertion),
                  MutableMessage != nullptr ? ": " : "",
                  MutableMessage != nullptr ? MutableMessage : "",
                  static_cast<const char*>(VoidFileName), LineNumber);
    ddi::break_point(e, what);
}

}  // extern "C"
