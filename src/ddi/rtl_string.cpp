// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Counted strings.
//
// Windows documents: the Rtl...String pages of wdm.h, ntddk.h and ntifs.h; docs/ddi/rtl.md says
// what differs.

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "ke/edge.hpp"
#include "mm/pool.hpp"
#include "rtl/string.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/rtl.h"

namespace {

constexpr uint32_t string_tag = 0x53726e75;  // "unrS": strings that RtlFree...String frees
constexpr size_t bytes_max = 0xffff;
constexpr size_t unicode_bytes_max = 0xfffe;

std::u16string_view view(PCUNICODE_STRING s) noexcept {
    return {reinterpret_cast<const char16_t*>(s->Buffer), s->Length / sizeof(WCHAR)};
}

std::string_view view(const STRING* s) noexcept {
    return {s->Buffer, s->Length};
}

char16_t* units(PUNICODE_STRING s) noexcept {
    return reinterpret_cast<char16_t*>(s->Buffer);
}

size_t length_of(PCWSTR s) noexcept {
    size_t n = 0;
    while (s[n] != 0) {
        ++n;
    }
    return n;
}

void* allocate(const ke::edge& e, size_t bytes) noexcept {
    return e.machine().get<mm::pool>().allocate({bytes, string_tag, true, false, false},
                                                e.caller());
}

template <class String>
void free_string(const ke::edge& e, String* s) noexcept {
    if (s->Buffer != nullptr) {
        e.machine().get<mm::pool>().free(s->Buffer, 0, e.caller());
    }
    *s = String{};
}

// Narrow initialisers; a text that is too long keeps what the count can say.
NTSTATUS init(STRING* out, PCSZ text) noexcept {
    *out = STRING{};
    if (text == nullptr) {
        return STATUS_SUCCESS;
    }
    const size_t n = std::strlen(text);
    const size_t kept = std::min(n, bytes_max - 1);
    out->Buffer = const_cast<PCHAR>(text);
    out->Length = static_cast<USHORT>(kept);
    out->MaximumLength = static_cast<USHORT>(kept + 1);
    return kept == n ? STATUS_SUCCESS : STATUS_NAME_TOO_LONG;
}

NTSTATUS init(UNICODE_STRING* out, PCWSTR text) noexcept {
    *out = UNICODE_STRING{};
    if (text == nullptr) {
        return STATUS_SUCCESS;
    }
    const size_t n = length_of(text) * sizeof(WCHAR);
    const size_t kept = std::min(n, unicode_bytes_max - sizeof(WCHAR));
    out->Buffer = const_cast<PWCH>(text);
    out->Length = static_cast<USHORT>(kept);
    out->MaximumLength = static_cast<USHORT>(kept + sizeof(WCHAR));
    return kept == n ? STATUS_SUCCESS : STATUS_NAME_TOO_LONG;
}

// The destination always gets a terminating zero (NT's own rule for these four functions).
NTSTATUS widen(const ke::edge& e, UNICODE_STRING* out, const STRING* in, bool make) noexcept {
    const std::string_view text = view(in);
    const size_t bytes = (rtl::to_utf16(text, nullptr, 0).needed + 1) * sizeof(WCHAR);
    if (bytes > unicode_bytes_max) {
        return STATUS_INVALID_PARAMETER_2;
    }
    if (make) {
        void* p = allocate(e, bytes);
        if (p == nullptr) {
            return STATUS_NO_MEMORY;
        }
        *out = {0, static_cast<USHORT>(bytes), static_cast<PWCH>(p)};
    } else if (bytes > out->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    const rtl::converted c = rtl::to_utf16(text, units(out), bytes / sizeof(WCHAR) - 1);
    out->Length = static_cast<USHORT>(c.units * sizeof(WCHAR));
    out->Buffer[c.units] = 0;
    return STATUS_SUCCESS;
}

// A destination that is too small gets what fits, as NT does.
NTSTATUS narrow(const ke::edge& e, STRING* out, PCUNICODE_STRING in, bool make) noexcept {
    const std::u16string_view text = view(in);
    const size_t bytes = rtl::to_utf8(text, nullptr, 0).needed + 1;
    if (bytes > bytes_max) {
        return STATUS_INVALID_PARAMETER_2;
    }
    NTSTATUS s = STATUS_SUCCESS;
    if (make) {
        void* p = allocate(e, bytes);
        if (p == nullptr) {
            return STATUS_NO_MEMORY;
        }
        *out = {0, static_cast<USHORT>(bytes), static_cast<PCHAR>(p)};
    } else if (bytes > out->MaximumLength) {
        if (out->MaximumLength == 0) {
            return STATUS_BUFFER_OVERFLOW;
        }
        s = STATUS_BUFFER_OVERFLOW;
    }
    const size_t room = std::min<size_t>(bytes, out->MaximumLength) - 1;
    const rtl::converted c = rtl::to_utf8(text, out->Buffer, room);
    out->Length = static_cast<USHORT>(c.units);
    out->Buffer[c.units] = 0;
    return s;
}

// ...N: no terminating zero; what does not fit is left out.
NTSTATUS answer(const rtl::converted& c, size_t unit, PULONG bytes, bool strict) noexcept {
    if (bytes != nullptr) {
        *bytes = static_cast<ULONG>(c.units * unit);
    }
    if (strict && c.units < c.needed) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    return strict && c.ill_formed ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

NTSTATUS widen_n(PWCH out, ULONG room, PULONG bytes, const CHAR* in, ULONG length,
                 bool strict) noexcept {
    if (out == nullptr) {
        if (bytes == nullptr || !strict) {
            return STATUS_INVALID_PARAMETER;
        }
        const rtl::converted c = rtl::to_utf16({in, length}, nullptr, 0);
        *bytes = static_cast<ULONG>(c.needed * sizeof(WCHAR));
        return c.ill_formed ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
    }
    return answer(
        rtl::to_utf16({in, length}, reinterpret_cast<char16_t*>(out), room / sizeof(WCHAR)),
        sizeof(WCHAR), bytes, strict);
}

NTSTATUS narrow_n(PCHAR out, ULONG room, PULONG bytes, PCWCH in, ULONG length,
                  bool strict) noexcept {
    const std::u16string_view text{reinterpret_cast<const char16_t*>(in), length / sizeof(WCHAR)};
    if (out == nullptr) {
        if (bytes == nullptr || !strict) {
            return STATUS_INVALID_PARAMETER;
        }
        const rtl::converted c = rtl::to_utf8(text, nullptr, 0);
        *bytes = static_cast<ULONG>(c.needed);
        return c.ill_formed ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
    }
    return answer(rtl::to_utf8(text, out, room), 1, bytes, strict);
}

NTSTATUS append(UNICODE_STRING* out, std::u16string_view text) noexcept {
    const size_t bytes = text.size() * sizeof(WCHAR);
    if (out->Length + bytes > out->MaximumLength) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    std::memmove(reinterpret_cast<char*>(out->Buffer) + out->Length, text.data(), bytes);
    out->Length = static_cast<USHORT>(out->Length + bytes);
    if (out->Length + sizeof(WCHAR) <= out->MaximumLength) {
        out->Buffer[out->Length / sizeof(WCHAR)] = 0;
    }
    return STATUS_SUCCESS;
}

NTSTATUS change_case(const ke::edge& e, UNICODE_STRING* out, PCUNICODE_STRING in, bool make,
                     char16_t (*change)(char16_t) noexcept) noexcept {
    if (make) {
        void* p = allocate(e, in->Length == 0 ? sizeof(WCHAR) : in->Length);
        if (p == nullptr) {
            return STATUS_NO_MEMORY;
        }
        *out = {0, in->Length, static_cast<PWCH>(p)};
    } else if (in->Length > out->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    const std::u16string_view text = view(in);
    std::transform(text.begin(), text.end(), units(out), change);
    out->Length = in->Length;
    return STATUS_SUCCESS;
}

NTSTATUS put_digits(uint64_t value, ULONG base, UNICODE_STRING* out) noexcept {
    char digits[64];
    const size_t n = rtl::to_digits(value, base, digits);
    if (n == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((n + 1) * sizeof(WCHAR) > out->MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    std::copy(digits, digits + n, units(out));
    out->Buffer[n] = 0;
    out->Length = static_cast<USHORT>(n * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

OPENWSK_EXPORT VOID RtlInitString(PSTRING DestinationString, PCSZ SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    (void)init(DestinationString, SourceString);
}

OPENWSK_EXPORT VOID RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    (void)init(DestinationString, SourceString);
}

OPENWSK_EXPORT NTSTATUS RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return init(DestinationString, SourceString);
}

OPENWSK_EXPORT VOID RtlInitUTF8String(PUTF8_STRING DestinationString, PCSZ SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    (void)init(DestinationString, SourceString);
}

OPENWSK_EXPORT NTSTATUS RtlInitUTF8StringEx(PUTF8_STRING DestinationString, PCSZ SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return init(DestinationString, SourceString);
}

OPENWSK_EXPORT VOID RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    (void)init(DestinationString, SourceString);
}

OPENWSK_EXPORT NTSTATUS RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString,
                                               PCWSTR SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return init(DestinationString, SourceString);
}

OPENWSK_EXPORT NTSTATUS RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                                     PCANSI_STRING SourceString,
                                                     BOOLEAN AllocateDestinationString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return widen(e, DestinationString, SourceString, AllocateDestinationString != 0);
}

OPENWSK_EXPORT NTSTATUS RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                                     PCUNICODE_STRING SourceString,
                                                     BOOLEAN AllocateDestinationString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return narrow(e, DestinationString, SourceString, AllocateDestinationString != 0);
}

OPENWSK_EXPORT NTSTATUS RtlUTF8StringToUnicodeString(PUNICODE_STRING DestinationString,
                                                     PUTF8_STRING SourceString,
                                                     BOOLEAN AllocateDestinationString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return widen(e, DestinationString, SourceString, AllocateDestinationString != 0);
}

OPENWSK_EXPORT NTSTATUS RtlUnicodeStringToUTF8String(PUTF8_STRING DestinationString,
                                                     PCUNICODE_STRING SourceString,
                                                     BOOLEAN AllocateDestinationString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return narrow(e, DestinationString, SourceString, AllocateDestinationString != 0);
}

OPENWSK_EXPORT ULONG RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return static_cast<ULONG>((rtl::to_utf16(view(AnsiString), nullptr, 0).needed + 1) *
                              sizeof(WCHAR));
}

OPENWSK_EXPORT ULONG RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return static_cast<ULONG>(rtl::to_utf8(view(UnicodeString), nullptr, 0).needed + 1);
}

OPENWSK_EXPORT NTSTATUS RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination,
                                          ULONG UnicodeStringMaxByteCount,
                                          PULONG UnicodeStringActualByteCount,
                                          PCCH UTF8StringSource, ULONG UTF8StringByteCount) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (UTF8StringSource == nullptr) {
        return STATUS_INVALID_PARAMETER_4;
    }
    return widen_n(UnicodeStringDestination, UnicodeStringMaxByteCount,
                   UnicodeStringActualByteCount, UTF8StringSource, UTF8StringByteCount, true);
}

OPENWSK_EXPORT NTSTATUS RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                          PULONG UTF8StringActualByteCount,
                                          PCWCH UnicodeStringSource, ULONG UnicodeStringByteCount) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    if (UnicodeStringSource == nullptr) {
        return STATUS_INVALID_PARAMETER_4;
    }
    return narrow_n(UTF8StringDestination, UTF8StringMaxByteCount, UTF8StringActualByteCount,
                    UnicodeStringSource, UnicodeStringByteCount, true);
}

OPENWSK_EXPORT NTSTATUS RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                               PULONG BytesInUnicodeString,
                                               const CHAR* MultiByteString,
                                               ULONG BytesInMultiByteString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return widen_n(UnicodeString, MaxBytesInUnicodeString, BytesInUnicodeString, MultiByteString,
                   BytesInMultiByteString, false);
}

OPENWSK_EXPORT NTSTATUS RtlUnicodeToMultiByteN(PCHAR MultiByteString,
                                               ULONG MaxBytesInMultiByteString,
                                               PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                               ULONG BytesInUnicodeString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return narrow_n(MultiByteString, MaxBytesInMultiByteString, BytesInMultiByteString,
                    UnicodeString, BytesInUnicodeString, false);
}

OPENWSK_EXPORT VOID RtlFreeAnsiString(PANSI_STRING AnsiString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    free_string(e, AnsiString);
}

OPENWSK_EXPORT VOID RtlFreeUTF8String(PUTF8_STRING Utf8String) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    free_string(e, Utf8String);
}

OPENWSK_EXPORT VOID RtlFreeUnicodeString(PUNICODE_STRING UnicodeString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    free_string(e, UnicodeString);
}

OPENWSK_EXPORT VOID RtlCopyString(PSTRING DestinationString, const STRING* SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    if (SourceString == nullptr) {
        DestinationString->Length = 0;
        return;
    }
    const USHORT n = std::min(SourceString->Length, DestinationString->MaximumLength);
    std::memmove(DestinationString->Buffer, SourceString->Buffer, n);
    DestinationString->Length = n;
}

OPENWSK_EXPORT VOID RtlCopyUnicodeString(PUNICODE_STRING DestinationString,
                                         PCUNICODE_STRING SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    DestinationString->Length = 0;
    if (SourceString != nullptr) {
        const size_t room = DestinationString->MaximumLength / sizeof(WCHAR);
        (void)append(DestinationString, view(SourceString).substr(0, room));
    }
}

OPENWSK_EXPORT NTSTATUS RtlAppendUnicodeStringToString(PUNICODE_STRING Destination,
                                                       PCUNICODE_STRING Source) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return append(Destination, view(Source));
}

OPENWSK_EXPORT NTSTATUS RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    if (Source == nullptr) {
        return STATUS_SUCCESS;
    }
    return append(Destination, {reinterpret_cast<const char16_t*>(Source), length_of(Source)});
}

OPENWSK_EXPORT LONG RtlCompareString(const STRING* String1, const STRING* String2,
                                     BOOLEAN CaseInSensitive) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return rtl::compare(view(String1), view(String2), CaseInSensitive != 0);
}

OPENWSK_EXPORT BOOLEAN RtlEqualString(const STRING* String1, const STRING* String2,
                                      BOOLEAN CaseInSensitive) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return String1->Length == String2->Length &&
           rtl::compare(view(String1), view(String2), CaseInSensitive != 0) == 0;
}

OPENWSK_EXPORT LONG RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                            BOOLEAN CaseInSensitive) {
    OPENWSK_EDGE(APC_LEVEL);
    return rtl::compare(view(String1), view(String2), CaseInSensitive != 0);
}

OPENWSK_EXPORT BOOLEAN RtlEqualUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                             BOOLEAN CaseInSensitive) {
    OPENWSK_EDGE(APC_LEVEL);
    return String1->Length == String2->Length &&
           rtl::compare(view(String1), view(String2), CaseInSensitive != 0) == 0;
}

OPENWSK_EXPORT BOOLEAN RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                              BOOLEAN CaseInSensitive) {
    OPENWSK_EDGE(APC_LEVEL);
    return rtl::starts_with(view(String2), view(String1), CaseInSensitive != 0);
}

OPENWSK_EXPORT BOOLEAN RtlSuffixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                              BOOLEAN CaseInSensitive) {
    OPENWSK_EDGE(APC_LEVEL);
    const std::u16string_view suffix = view(String1);
    const std::u16string_view text = view(String2);
    return suffix.size() <= text.size() && rtl::compare(text.substr(text.size() - suffix.size()),
                                                        suffix, CaseInSensitive != 0) == 0;
}

OPENWSK_EXPORT NTSTATUS RtlHashUnicodeString(PCUNICODE_STRING String, BOOLEAN CaseInSensitive,
                                             ULONG HashAlgorithm, PULONG HashValue) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    if (String == nullptr || HashValue == nullptr || HashAlgorithm > HASH_STRING_ALGORITHM_X65599) {
        return STATUS_INVALID_PARAMETER;
    }
    ULONG hash = 0;
    for (const char16_t c : view(String)) {
        hash = hash * 65599 + (CaseInSensitive != 0 ? rtl::upcase(c) : c);
    }
    *HashValue = hash;
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                               PCUNICODE_STRING SourceString,
                                               BOOLEAN AllocateDestinationString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return change_case(e, DestinationString, SourceString, AllocateDestinationString != 0,
                       rtl::upcase);
}

OPENWSK_EXPORT NTSTATUS RtlDowncaseUnicodeString(PUNICODE_STRING DestinationString,
                                                 PCUNICODE_STRING SourceString,
                                                 BOOLEAN AllocateDestinationString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return change_case(e, DestinationString, SourceString, AllocateDestinationString != 0,
                       rtl::downcase);
}

OPENWSK_EXPORT WCHAR RtlUpcaseUnicodeChar(WCHAR SourceCharacter) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return rtl::upcase(SourceCharacter);
}

OPENWSK_EXPORT WCHAR RtlDowncaseUnicodeChar(WCHAR SourceCharacter) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return rtl::downcase(SourceCharacter);
}

OPENWSK_EXPORT CHAR RtlUpperChar(CHAR Character) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    return Character >= 'a' && Character <= 'z' ? static_cast<CHAR>(Character - 32) : Character;
}

OPENWSK_EXPORT VOID RtlUpperString(PSTRING DestinationString, const STRING* SourceString) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const USHORT n = std::min(SourceString->Length, DestinationString->MaximumLength);
    std::transform(SourceString->Buffer, SourceString->Buffer + n, DestinationString->Buffer,
                   [](CHAR c) { return c >= 'a' && c <= 'z' ? static_cast<CHAR>(c - 32) : c; });
    DestinationString->Length = n;
}

OPENWSK_EXPORT NTSTATUS RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING StringIn,
                                                  PUNICODE_STRING StringOut) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    constexpr ULONG known = RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE |
                            RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING;
    if (StringIn == nullptr || StringOut == nullptr || (Flags & ~known) != 0 ||
        (Flags & known) == RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) {
        return STATUS_INVALID_PARAMETER;
    }
    const size_t zero =
        (Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE) != 0 ? sizeof(WCHAR) : 0;
    if (StringIn->Length + zero > unicode_bytes_max) {
        return STATUS_NAME_TOO_LONG;
    }
    *StringOut = UNICODE_STRING{};
    if (StringIn->Length == 0 && Flags != known) {
        return STATUS_SUCCESS;
    }
    const size_t bytes = StringIn->Length + zero;
    void* p = allocate(e, bytes);
    if (p == nullptr) {
        return STATUS_NO_MEMORY;
    }
    *StringOut = {0, static_cast<USHORT>(bytes), static_cast<PWCH>(p)};
    return append(StringOut, view(StringIn));
}

OPENWSK_EXPORT NTSTATUS RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return put_digits(Value, Base, String);
}

OPENWSK_EXPORT NTSTATUS RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base,
                                                PUNICODE_STRING String) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    return put_digits(Value, Base, String);
}

OPENWSK_EXPORT NTSTATUS RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base,
                                                  PULONG Value) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const rtl::parsed_number n = rtl::parse_number(view(String), Base);
    if (!n.valid) {
        return STATUS_INVALID_PARAMETER;
    }
    *Value = static_cast<ULONG>(n.value);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS RtlUnicodeStringToInt64(PCUNICODE_STRING String, ULONG Base, PLONG64 Number,
                                                PWSTR* EndPointer) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    const rtl::parsed_number n = rtl::parse_number(view(String), Base);
    if (!n.valid || Number == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    *Number = static_cast<LONG64>(n.value);
    if (EndPointer != nullptr) {
        *EndPointer = String->Buffer + n.used;
    }
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    char16_t text[72];
    size_t n = 0;
    for (; n < 72 && String[n] != 0; ++n) {
        text[n] = static_cast<unsigned char>(String[n]);
    }
    const rtl::parsed_number parsed = rtl::parse_number({text, n}, Base);
    if (!parsed.valid) {
        return STATUS_INVALID_PARAMETER;
    }
    *Value = static_cast<ULONG>(parsed.value);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS RtlStringFromGUID(const GUID* Guid, PUNICODE_STRING GuidString) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    constexpr size_t length = 38;
    char text[length + 1];
    std::snprintf(text, sizeof text, "{%08X-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
                  static_cast<unsigned>(Guid->Data1), Guid->Data2, Guid->Data3, Guid->Data4[0],
                  Guid->Data4[1], Guid->Data4[2], Guid->Data4[3], Guid->Data4[4], Guid->Data4[5],
                  Guid->Data4[6], Guid->Data4[7]);
    void* p = allocate(e, sizeof text * sizeof(WCHAR));
    if (p == nullptr) {
        return STATUS_NO_MEMORY;
    }
    *GuidString = {length * sizeof(WCHAR), sizeof text * sizeof(WCHAR), static_cast<PWCH>(p)};
    std::copy(text, text + sizeof text, units(GuidString));
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT NTSTATUS RtlGUIDFromString(PCUNICODE_STRING GuidString, GUID* Guid) {
    OPENWSK_EDGE(PASSIVE_LEVEL);
    char text[39] = {};
    if (GuidString->Length != 38 * sizeof(WCHAR) || GuidString->Buffer[37] != '}') {
        return STATUS_INVALID_PARAMETER;
    }
    for (size_t i = 0; i < 38; ++i) {
        text[i] = GuidString->Buffer[i] < 0x80 ? static_cast<char>(GuidString->Buffer[i]) : '?';
    }
    unsigned d[11];
    int used = 0;
    if (std::sscanf(text, "{%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x}%n", &d[0], &d[1], &d[2], &d[3],
                    &d[4], &d[5], &d[6], &d[7], &d[8], &d[9], &d[10], &used) != 11 ||
        used != 38) {
        return STATUS_INVALID_PARAMETER;
    }
    Guid->Data1 = d[0];
    Guid->Data2 = static_cast<USHORT>(d[1]);
    Guid->Data3 = static_cast<USHORT>(d[2]);
    for (size_t i = 0; i < 8; ++i) {
        Guid->Data4[i] = static_cast<UCHAR>(d[3 + i]);
    }
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT SIZE_T RtlCompareMemory(const VOID* Source1, const VOID* Source2, SIZE_T Length) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const auto* a = static_cast<const UCHAR*>(Source1);
    const auto* b = static_cast<const UCHAR*>(Source2);
    return static_cast<SIZE_T>(std::mismatch(a, a + Length, b).first - a);
}

OPENWSK_EXPORT SIZE_T RtlCompareMemoryUlong(PVOID Source, SIZE_T Length, ULONG Pattern) {
    OPENWSK_EDGE(DISPATCH_LEVEL);
    const auto* words = static_cast<const ULONG*>(Source);
    const SIZE_T count = Length / sizeof(ULONG);
    SIZE_T n = 0;
    while (n < count && words[n] == Pattern) {
        ++n;
    }
    return n * sizeof(ULONG);
}

}  // extern "C"
