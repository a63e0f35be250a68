// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// printf as NT and the Microsoft C runtime understand it, for DbgPrint, the ntstrsafe functions and
// the formatted-print functions of the driver C runtime.
//
// Document: "Format specification syntax: printf and wprintf functions". Integers: h hh l (32 bits)
// ll I64 j z t I (64 bits) I32. Strings: %s and %c are of the function's own width, %S and %C of
// the other one; h is narrow, l and w wide; %Z an ANSI_STRING, %wZ and %lZ a UNICODE_STRING. %p is
// 16 upper-case digits. Besides, the WPP forms %!STATUS! %!NTSTATUS! %!HRESULT! %!WINERROR!
// %!BOOLEAN!
// %!bool! %!GUID! %!IPADDR! %!IPV6ADDR! %!PORT!; others of that form print their name. Narrow text
// is UTF-8. %n writes nothing. Any IRQL; no allocation.

#pragma once

#include <cstdarg>
#include <cstddef>

namespace rtl {

/// Formats. Stores the first capacity characters and no terminator; returns how many characters the
/// whole text has. text ends with a zero; it and the pointers among the arguments, which are
/// consumed, are the driver's and are read only.
size_t format(char* out, size_t capacity, const char* text, va_list arguments) noexcept;
size_t format(char16_t* out, size_t capacity, const char16_t* text, va_list arguments) noexcept;

}  // namespace rtl
