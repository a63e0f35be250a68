// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Between what WskGetAddressInfo and WskGetNameInfo are given and give back and the resolver's
// questions and answers: checks, flags (their numbers are Windows' own), UTF-16 and IDNA, lists of
// ADDRINFOEXW. Plain functions; any thread, no lock.

#pragma once

#include <cstddef>

#include "base/status.hpp"
#include "net/resolve.hpp"
#include "wdk/abi/ntdef.h"
#include "wdk/abi/ws2def.h"

namespace wsk {

/// The arguments of WskGetAddressInfo but the client and the IRP.
struct address_info_call {
    const UNICODE_STRING* node = nullptr;
    const UNICODE_STRING* service = nullptr;
    ULONG name_space = 0;
    const GUID* provider = nullptr;
    const ADDRINFOEXW* hints = nullptr;
    ADDRINFOEXW** result = nullptr;
    const void* process = nullptr;
    const void* thread = nullptr;
};

/// The arguments of WskGetNameInfo but the client and the IRP.
struct name_info_call {
    const SOCKADDR* address = nullptr;
    ULONG address_bytes = 0;
    UNICODE_STRING* node = nullptr;
    UNICODE_STRING* service = nullptr;
    ULONG flags = 0;
    const void* process = nullptr;
    const void* thread = nullptr;
};

/// Copies everything that has to outlive the call. out is zeroed before.
base::status to_question(const address_info_call& q, net::address_question& out) noexcept;
base::status to_question(const name_info_call& q, net::name_question& out) noexcept;

base::status status_of(net::name_error e) noexcept;

/// Bytes of the list that shows an answer, and the list itself, whose head is at the block's start.
/// The block is zeroed and aligned to 8; the answer has at least one address.
size_t list_bytes(const net::address_answer& a) noexcept;
ADDRINFOEXW* make_list(const net::address_answer& a, void* block) noexcept;

/// STATUS_BUFFER_TOO_SMALL when text and terminator do not fit; the string is unchanged then.
/// Null is a string that nobody wants.
base::status check_room(const UNICODE_STRING* to, const char* text) noexcept;
void write_text(UNICODE_STRING* to, const char* text) noexcept;

}  // namespace wsk
