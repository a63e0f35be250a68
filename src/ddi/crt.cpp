// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The C runtime functions of drivers that depend on 16-bit characters or on NT's formats. Drivers
// reach them through include/wdk/crt under their usual names.
//
// Documents: "Run-time libraries used in kernel mode", the CRT's alphabetical function reference.
//
// Threads and IRQL: any. These are no calls into the system: nothing is recorded or checked, as for
// memcpy.

#include "wdk/abi/crt.h"

#include <climits>

#include "base/annotate.hpp"
#include "rtl/format.hpp"
#include "rtl/wide.hpp"

namespace ddi {
namespace {

namespace wide = rtl::wide;

WCHAR* writable(const WCHAR* found) noexcept {
    return const_cast<WCHAR*>(found);
}

// The rule of _snprintf: a terminator only where there is room for it, -1 for a text that was cut.
template <typename Char>
int print_legacy(Char* buffer, size_t count, const Char* format, va_list arguments) noexcept {
    const size_t length = rtl::format(buffer, count, format, arguments);
    if (length < count) {
        buffer[length] = 0;
    } else if (length > count && (buffer != nullptr || count != 0)) {
        return -1;
    }
    return static_cast<int>(length);
}

// The rule of the C standard: always a terminator, the length that the whole text has.
template <typename Char>
int print_standard(Char* buffer, size_t count, const Char* format, va_list arguments) noexcept {
    const size_t length = rtl::format(buffer, count == 0 ? 0 : count - 1, format, arguments);
    if (count != 0) {
        buffer[length < count ? length : count - 1] = 0;
    }
    return static_cast<int>(length);
}

// No room is given: the caller vouches for it.
template <typename Char>
int print_unbounded(Char* buffer, const Char* format, va_list arguments) noexcept {
    const size_t length = rtl::format(buffer, INT_MAX, format, arguments);
    buffer[length] = 0;
    return static_cast<int>(length);
}

}  // namespace
}  // namespace ddi

#define OPENWSK_PRINT(Print, ...)                             \
    va_list arguments;                                        \
    va_start(arguments, Format);                              \
    const int length = Print(__VA_ARGS__, Format, arguments); \
    va_end(arguments);                                        \
    return length

extern "C" {

// ---- strings ------------------------------------------------------------------------------------

OPENWSK_EXPORT SIZE_T openwsk_wcslen(const WCHAR* String) {
    return ddi::wide::length(String);
}

OPENWSK_EXPORT SIZE_T openwsk_wcsnlen(const WCHAR* String, SIZE_T MaximumLength) {
    return ddi::wide::length(String, MaximumLength);
}

OPENWSK_EXPORT WCHAR* openwsk_wcscpy(WCHAR* Destination, const WCHAR* Source) {
    ddi::wide::copy(Destination, Source, SIZE_MAX);
    return Destination;
}

OPENWSK_EXPORT WCHAR* openwsk_wcsncpy(WCHAR* Destination, const WCHAR* Source, SIZE_T Count) {
    ddi::wide::copy_padded(Destination, Source, Count);
    return Destination;
}

OPENWSK_EXPORT WCHAR* openwsk_wcscat(WCHAR* Destination, const WCHAR* Source) {
    ddi::wide::copy(Destination + ddi::wide::length(Destination), Source, SIZE_MAX);
    return Destination;
}

OPENWSK_EXPORT WCHAR* openwsk_wcsncat(WCHAR* Destination, const WCHAR* Source, SIZE_T Count) {
    ddi::wide::copy(Destination + ddi::wide::length(Destination), Source, Count);
    return Destination;
}

OPENWSK_EXPORT int openwsk_wcscmp(const WCHAR* String1, const WCHAR* String2) {
    return ddi::wide::compare(String1, String2, SIZE_MAX);
}

OPENWSK_EXPORT int openwsk_wcsncmp(const WCHAR* String1, const WCHAR* String2, SIZE_T Count) {
    return ddi::wide::compare(String1, String2, Count);
}

OPENWSK_EXPORT int openwsk__wcsicmp(const WCHAR* String1, const WCHAR* String2) {
    return ddi::wide::compare_ignoring_case(String1, String2, SIZE_MAX);
}

OPENWSK_EXPORT int openwsk__wcsnicmp(const WCHAR* String1, const WCHAR* String2, SIZE_T Count) {
    return ddi::wide::compare_ignoring_case(String1, String2, Count);
}

OPENWSK_EXPORT WCHAR* openwsk_wcschr(const WCHAR* String, WCHAR Character) {
    return ddi::writable(ddi::wide::find(String, Character));
}

OPENWSK_EXPORT WCHAR* openwsk_wcsrchr(const WCHAR* String, WCHAR Character) {
    return ddi::writable(ddi::wide::find_last(String, Character));
}

OPENWSK_EXPORT WCHAR* openwsk_wcsstr(const WCHAR* String, const WCHAR* Search) {
    return ddi::writable(ddi::wide::find(String, Search));
}

OPENWSK_EXPORT WCHAR* openwsk_wcspbrk(const WCHAR* String, const WCHAR* Set) {
    const WCHAR* found = String + ddi::wide::span(String, Set, false);
    return *found == 0 ? nullptr : ddi::writable(found);
}

OPENWSK_EXPORT SIZE_T openwsk_wcsspn(const WCHAR* String, const WCHAR* Set) {
    return ddi::wide::span(String, Set, true);
}

OPENWSK_EXPORT SIZE_T openwsk_wcscspn(const WCHAR* String, const WCHAR* Set) {
    return ddi::wide::span(String, Set, false);
}

OPENWSK_EXPORT WCHAR* openwsk__wcslwr(WCHAR* String) {
    for (WCHAR* c = String; *c != 0; ++c) {
        *c = ddi::wide::lower(*c);
    }
    return String;
}

OPENWSK_EXPORT WCHAR* openwsk__wcsupr(WCHAR* String) {
    for (WCHAR* c = String; *c != 0; ++c) {
        *c = ddi::wide::upper(*c);
    }
    return String;
}

OPENWSK_EXPORT USHORT openwsk_towlower(USHORT Character) {
    return ddi::wide::lower(static_cast<char16_t>(Character));
}

OPENWSK_EXPORT USHORT openwsk_towupper(USHORT Character) {
    return ddi::wide::upper(static_cast<char16_t>(Character));
}

// ---- numbers ------------------------------------------------------------------------------------

OPENWSK_EXPORT LONGLONG openwsk__wtoi64(const WCHAR* String) {
    const auto n = ddi::wide::read_number(String, 10);
    if (n.negative) {
        return n.magnitude > INT64_MAX ? INT64_MIN : -static_cast<LONGLONG>(n.magnitude);
    }
    return n.magnitude > INT64_MAX ? INT64_MAX : static_cast<LONGLONG>(n.magnitude);
}

OPENWSK_EXPORT int openwsk__wtoi(const WCHAR* String) {
    const auto n = ddi::wide::read_number(String, 10);
    if (n.negative) {
        return n.magnitude > INT_MAX ? INT_MIN : -static_cast<int>(n.magnitude);
    }
    return n.magnitude > INT_MAX ? INT_MAX : static_cast<int>(n.magnitude);
}

OPENWSK_EXPORT unsigned int openwsk_wcstoul(const WCHAR* String, WCHAR** End, int Base) {
    const auto n = ddi::wide::read_number(String, Base);
    if (End != nullptr) {
        *End = ddi::writable(n.end);
    }
    if (n.magnitude > UINT_MAX) {
        return UINT_MAX;
    }
    const auto value = static_cast<unsigned>(n.magnitude);
    return n.negative ? 0U - value : value;
}

// ---- formatted output ---------------------------------------------------------------------------

OPENWSK_EXPORT int openwsk_vsprintf(char* Buffer, const char* Format, va_list Arguments) {
    return ddi::print_unbounded(Buffer, Format, Arguments);
}

OPENWSK_EXPORT int openwsk_sprintf(char* Buffer, const char* Format, ...) {
    OPENWSK_PRINT(ddi::print_unbounded, Buffer);
}

OPENWSK_EXPORT int openwsk__vsnprintf(char* Buffer, SIZE_T Count, const char* Format,
                                      va_list Arguments) {
    return ddi::print_legacy(Buffer, Count, Format, Arguments);
}

OPENWSK_EXPORT int openwsk__snprintf(char* Buffer, SIZE_T Count, const char* Format, ...) {
    OPENWSK_PRINT(ddi::print_legacy, Buffer, Count);
}

OPENWSK_EXPORT int openwsk_vsnprintf(char* Buffer, SIZE_T Count, const char* Format,
                                     va_list Arguments) {
    return ddi::print_standard(Buffer, Count, Format, Arguments);
}

OPENWSK_EXPORT int openwsk_snprintf(char* Buffer, SIZE_T Count, const char* Format, ...) {
    OPENWSK_PRINT(ddi::print_standard, Buffer, Count);
}

OPENWSK_EXPORT int openwsk__vscprintf(const char* Format, va_list Arguments) {
    return ddi::print_standard<char>(nullptr, 0, Format, Arguments);
}

OPENWSK_EXPORT int openwsk_vswprintf(WCHAR* Buffer, const WCHAR* Format, va_list Arguments) {
    return ddi::print_unbounded(Buffer, Format, Arguments);
}

OPENWSK_EXPORT int openwsk_swprintf(WCHAR* Buffer, const WCHAR* Format, ...) {
    OPENWSK_PRINT(ddi::print_unbounded, Buffer);
}

OPENWSK_EXPORT int openwsk__vsnwprintf(WCHAR* Buffer, SIZE_T Count, const WCHAR* Format,
                                       va_list Arguments) {
    return ddi::print_legacy(Buffer, Count, Format, Arguments);
}

OPENWSK_EXPORT int openwsk__snwprintf(WCHAR* Buffer, SIZE_T Count, const WCHAR* Format, ...) {
    OPENWSK_PRINT(ddi::print_legacy, Buffer, Count);
}

OPENWSK_EXPORT int openwsk__vscwprintf(const WCHAR* Format, va_list Arguments) {
    return ddi::print_standard<WCHAR>(nullptr, 0, Format, Arguments);
}

}  // extern "C"
