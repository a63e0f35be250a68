// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Random numbers, time fields, version, stack traces, fail fast.
//
// Windows documents: the pages of wdm.h and ntifs.h with these names; docs/ddi/rtl.md says what
// differs.

#include <algorithm>
#include <cstring>

#include "host/backtrace.hpp"
#include "ke/edge.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/rtl.h"

namespace {

constexpr int64_t ticks_per_ms = 10000;
constexpr int64_t ms_per_day = 86400000;
constexpr int64_t days_to_1970 = 134774;  // from 1601-01-01

struct civil_date {
    int64_t year;
    int64_t month;
    int64_t day;
};

// Days since 1970-01-01 and back, for the Gregorian calendar (Howard Hinnant's algorithms).
int64_t days_from_civil(int64_t y, int64_t m, int64_t d) noexcept {
    y -= m <= 2 ? 1 : 0;
    const int64_t era = (y >= 0 ? y : y - 399) / 400;
    const int64_t yoe = y - era * 400;
    const int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

civil_date civil_from_days(int64_t z) noexcept {
    z += 719468;
    const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    const int64_t doe = z - era * 146097;
    const int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    const int64_t mp = (5 * doy + 2) / 153;
    const int64_t m = mp < 10 ? mp + 3 : mp - 9;
    return {yoe + era * 400 + (m <= 2 ? 1 : 0), m, doy - (153 * mp + 2) / 5 + 1};
}

// Lehmer's generator modulo 2^31 - 1, the one the page of RtlUniform describes.
ULONG next_random(ULONG* seed) noexcept {
    constexpr uint64_t modulus = 0x7fffffff;
    *seed = static_cast<ULONG>((uint64_t{*seed} * 0x7fffffed + 0x7fffffc3) % modulus);
    return *seed;
}

}  // namespace

extern "C" {

OPENWSK_EXPORT ULONG RtlUniform(PULONG Seed) {
    OPENWSK_EDGE(APC_LEVEL);
    return next_random(Seed);
}

OPENWSK_EXPORT ULONG RtlRandom(PULONG Seed) {
    OPENWSK_EDGE(APC_LEVEL);
    return next_random(Seed);
}

OPENWSK_EXPORT ULONG RtlRandomEx(PULONG Seed) {
    OPENWSK_EDGE(APC_LEVEL);
    return next_random(Seed);
}

OPENWSK_EXPORT VOID RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const int64_t ms = Time->QuadPart / ticks_per_ms;
    const int64_t days = ms / ms_per_day;
    const int64_t in_day = ms % ms_per_day;
    const civil_date date = civil_from_days(days - days_to_1970);
    TimeFields->Year = static_cast<CSHORT>(date.year);
    TimeFields->Month = static_cast<CSHORT>(date.month);
    TimeFields->Day = static_cast<CSHORT>(date.day);
    TimeFields->Hour = static_cast<CSHORT>(in_day / 3600000);
    TimeFields->Minute = static_cast<CSHORT>(in_day / 60000 % 60);
    TimeFields->Second = static_cast<CSHORT>(in_day / 1000 % 60);
    TimeFields->Milliseconds = static_cast<CSHORT>(in_day % 1000);
    TimeFields->Weekday = static_cast<CSHORT>((days + 1) % 7);  // 1601-01-01 was a Monday
}

OPENWSK_EXPORT BOOLEAN RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const TIME_FIELDS& f = *TimeFields;
    if (f.Year < 1601 || f.Month < 1 || f.Month > 12 || f.Day < 1 || f.Hour < 0 || f.Hour > 23 ||
        f.Minute < 0 || f.Minute > 59 || f.Second < 0 || f.Second > 59 || f.Milliseconds < 0 ||
        f.Milliseconds > 999) {
        return 0;
    }
    const int64_t days = days_from_civil(f.Year, f.Month, f.Day);
    if (civil_from_days(days).month != f.Month) {
        return 0;  // the month has not so many days
    }
    const int64_t in_day =
        f.Hour * 3600000LL + f.Minute * 60000LL + f.Second * 1000LL + f.Milliseconds;
    Time->QuadPart = ((days + days_to_1970) * ms_per_day + in_day) * ticks_per_ms;
    return 1;
}

OPENWSK_EXPORT NTSTATUS RtlGetVersion(PRTL_OSVERSIONINFOW VersionInformation) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const ULONG size = VersionInformation->dwOSVersionInfoSize;
    if (size != sizeof(RTL_OSVERSIONINFOW) && size != sizeof(RTL_OSVERSIONINFOEXW)) {
        return STATUS_INVALID_PARAMETER;
    }
    std::memset(VersionInformation, 0, size);
    VersionInformation->dwOSVersionInfoSize = size;
    VersionInformation->dwMajorVersion = 10;
    VersionInformation->dwMinorVersion = 0;
    VersionInformation->dwBuildNumber = 20348;  // Windows Server 2022, the model of the documents
    VersionInformation->dwPlatformId = 2;
    if (size == sizeof(RTL_OSVERSIONINFOEXW)) {
        reinterpret_cast<RTL_OSVERSIONINFOEXW*>(VersionInformation)->wProductType = VER_NT_SERVER;
    }
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT USHORT RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture,
                                               PVOID* BackTrace, PULONG BackTraceHash) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    constexpr size_t frames_max = 64;
    const void* frames[frames_max];
    const size_t found = host::backtrace(frames, frames_max);
    // The frame of this function is not the driver's.
    const size_t skipped = std::min(found, size_t{FramesToSkip} + 1);
    const size_t kept = std::min(found - skipped, size_t{FramesToCapture});
    ULONG hash = 0;
    for (size_t i = 0; i < kept; ++i) {
        BackTrace[i] = const_cast<PVOID>(frames[skipped + i]);
        hash += static_cast<ULONG>(reinterpret_cast<uintptr_t>(frames[skipped + i]));
    }
    if (BackTraceHash != nullptr) {
        *BackTraceHash = hash;
    }
    return static_cast<USHORT>(kept);
}

OPENWSK_EXPORT VOID RtlFailFast(ULONG Code) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    constexpr uint32_t kernel_security_check_failure = 0x139;
    verify::bug_check(kernel_security_check_failure, Code, 0, 0, 0, e.caller(),
                      "the driver failed fast with code %u", static_cast<unsigned>(Code));
}

}  // extern "C"
