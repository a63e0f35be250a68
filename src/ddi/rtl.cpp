// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// One-time initialisation, random numbers, time fields, version, stack traces, fail-fast.
//
// Windows documents: the pages of wdm.h, ntddk.h and ntifs.h with these names.

#include <algorithm>

#include "ex/run_once.hpp"
#include "host/backtrace.hpp"
#include "ke/callout.hpp"
#include "ke/edge.hpp"
#include "ke/seh.hpp"
#include "ps/version.hpp"
#include "rtl/random.hpp"
#include "rtl/time_fields.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"
#include "wdk/abi/rtl.h"

extern "C" {

// ---- one-time initialisation --------------------------------------------------------------------

OPENWSK_EXPORT VOID RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce) {
    RunOnce->Ptr = nullptr;
}

OPENWSK_EXPORT NTSTATUS RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags,
                                                  PVOID* Context) {
    OPENWSK_EDGE(APC_LEVEL);
    return ex::begin(e.thread(), *RunOnce, Flags, Context).code();
}

OPENWSK_EXPORT NTSTATUS RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context) {
    OPENWSK_EDGE(APC_LEVEL);
    return ex::complete(e.thread(), *RunOnce, Flags, Context).code();
}

OPENWSK_EXPORT NTSTATUS RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN InitFn,
                                              PVOID Parameter, PVOID* Context) {
    OPENWSK_EDGE(APC_LEVEL);
    void* made = nullptr;
    base::status s = ex::begin(e.thread(), *RunOnce, 0, &made);
    if (s == STATUS_PENDING) {
        const bool good =
            ke::callout(ke::callout_kind::other, InitFn, RunOnce, Parameter, &made) != 0;
        const base::status done = ex::complete(
            e.thread(), *RunOnce, good ? 0 : RTL_RUN_ONCE_INIT_FAILED, good ? made : nullptr);
        s = good ? done : base::status(STATUS_UNSUCCESSFUL);
    }
    if (s.ok() && Context != nullptr) {
        *Context = made;
    }
    return s.code();
}

// ---- random numbers, time -----------------------------------------------------------------------

OPENWSK_EXPORT ULONG RtlUniform(PULONG Seed) {
    return rtl::uniform(*Seed);
}

OPENWSK_EXPORT ULONG RtlRandom(PULONG Seed) {
    return rtl::random(*Seed);
}

OPENWSK_EXPORT ULONG RtlRandomEx(PULONG Seed) {
    return rtl::random(*Seed);
}

OPENWSK_EXPORT VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields) {
    rtl::to_fields(Time->QuadPart, *TimeFields);
}

OPENWSK_EXPORT BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time) {
    int64_t time = 0;
    if (!rtl::from_fields(*TimeFields, time)) {
        return FALSE;
    }
    Time->QuadPart = time;
    return TRUE;
}

// ---- version ------------------------------------------------------------------------------------

OPENWSK_EXPORT NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation) {
    OPENWSK_EDGE(APC_LEVEL);
    if (VersionInformation == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    constexpr ULONG platform_nt = 2;
    VersionInformation->dwMajorVersion = ps::major_version;
    VersionInformation->dwMinorVersion = ps::minor_version;
    VersionInformation->dwBuildNumber = ps::build_number;
    VersionInformation->dwPlatformId = platform_nt;
    VersionInformation->szCSDVersion[0] = 0;
    if (VersionInformation->dwOSVersionInfoSize == sizeof(RTL_OSVERSIONINFOEXW)) {
        auto* more = reinterpret_cast<PRTL_OSVERSIONINFOEXW>(VersionInformation);
        more->wServicePackMajor = 0;
        more->wServicePackMinor = 0;
        more->wSuiteMask = 0;
        more->wProductType = VER_NT_SERVER;
        more->wReserved = 0;
    }
    return STATUS_SUCCESS;
}

// ---- stacks -------------------------------------------------------------------------------------

OPENWSK_EXPORT USHORT RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture,
                                               PVOID* BackTrace, PULONG BackTraceHash) {
    constexpr size_t frames_max = 64;
    const void* all[frames_max];
    // The first frame is this function.
    const size_t n = host::backtrace(all, frames_max);
    const size_t skip = std::min<size_t>(size_t{FramesToSkip} + 1, n);
    const size_t count = std::min<size_t>(n - skip, FramesToCapture);
    ULONG hash = 0;
    for (size_t i = 0; i < count; ++i) {
        BackTrace[i] = const_cast<void*>(all[skip + i]);
        hash += static_cast<ULONG>(reinterpret_cast<uintptr_t>(all[skip + i]));
    }
    if (BackTraceHash != nullptr) {
        *BackTraceHash = hash;
    }
    return static_cast<USHORT>(count);
}

// The routine that called the driver's function, and what called that.
OPENWSK_EXPORT PVOID RtlGetCallersAddress(PVOID* CallersAddress, PVOID* CallersCaller) {
    const void* all[4] = {};
    host::backtrace(all, 4);
    if (CallersAddress != nullptr) {
        *CallersAddress = const_cast<void*>(all[2]);
    }
    if (CallersCaller != nullptr) {
        *CallersCaller = const_cast<void*>(all[3]);
    }
    return const_cast<void*>(all[2]);
}

// ---- failures -----------------------------------------------------------------------------------

OPENWSK_EXPORT VOID RtlFailFast(ULONG Code) {
    verify::bug_check(KERNEL_SECURITY_CHECK_FAILURE, Code, 0, 0, 0, __builtin_return_address(0),
                      Code == 3 ? "a LIST_ENTRY is corrupt: never initialized, linked twice, or "
                                  "freed while it was linked"
                                : "the driver called RtlFailFast(%u)",
                      Code);
}

// An exception record begins with its code.
OPENWSK_EXPORT VOID RtlRaiseException(PVOID ExceptionRecord) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    NTSTATUS status = STATUS_SUCCESS;
    __builtin_memcpy(&status, ExceptionRecord, sizeof status);
    ke::raise_status(e.thread(), status, e.caller());
}

}  // extern "C"
