// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// From an address to "driver.so!EchoWorker+0x1f (echo.c:123)", with elfutils (libdw).
//
// A driver runs from a private copy of its file; its symbols and line numbers come from the
// original, which the loader names with add_image. Other addresses (the runtime, libc) are
// looked up in the mappings of the process. Costs milliseconds the first time; for reports only.

#pragma once

#include <cstddef>
#include <cstdint>

namespace host {

struct location {
    char image[64];      ///< name of the image, empty when the address is in none
    char function[192];  ///< demangled, empty when unknown
    char inlined[96];    ///< the function of a driver that was inlined into it there, or empty
    char file[256];      ///< as the compiler was told it, empty when unknown
    uint32_t line;       ///< 0 when unknown
    uint64_t offset;     ///< into the function, or into the image when function is empty
    bool driver;         ///< the image was named by add_image
};

/// Names an image. path is the original file, base the address its copy is loaded at. The strings
/// are copied; an image is never forgotten, since reports outlive it. False when memory is out.
bool add_image(const char* name, const char* path, const void* base, size_t bytes) noexcept;

/// True when the address lies in an image that add_image named. No lock; safe in a signal handler.
bool in_driver(const void* address) noexcept;

/// Fills out with what is known. A return address points behind its call: pass address - 1.
void locate(const void* address, location& out) noexcept;

/// Writes the address as text, always terminated; returns the length.
size_t describe_address(const void* address, char* text, size_t capacity) noexcept;

/// The same for a return address: function and line are those of the call.
size_t describe_return(const void* address, char* text, size_t capacity) noexcept;

/// The name of the function at an address, without namespaces in front and parameters behind
/// ("KeSetEvent"); where that is unknown, the address as describe_address has it.
size_t describe_function(const void* address, char* text, size_t capacity) noexcept;

}  // namespace host
