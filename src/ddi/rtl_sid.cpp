// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Security identifiers, which are plain data.
//
// Windows documents: the pages of ntifs.h with these names.

#include <cstddef>
#include <cstring>

#include "ke/edge.hpp"
#include "wdk/abi/ntstatus.h"
#include "wdk/abi/sid.h"

namespace {

constexpr ULONG length_for(ULONG count) noexcept {
    return static_cast<ULONG>(offsetof(SID, SubAuthority) + count * sizeof(ULONG));
}

ULONG length_of(PSID sid) noexcept {
    return length_for(static_cast<const SID*>(sid)->SubAuthorityCount);
}

}  // namespace

extern "C" {

OPENWSK_EXPORT BOOLEAN RtlValidSid(PSID Sid) {
    OPENWSK_EDGE(APC_LEVEL);
    const auto* sid = static_cast<const SID*>(Sid);
    return sid != nullptr && (sid->Revision & 0x0f) == SID_REVISION &&
           sid->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

OPENWSK_EXPORT ULONG RtlLengthSid(PSID Sid) {
    OPENWSK_EDGE(APC_LEVEL);
    return length_of(Sid);
}

OPENWSK_EXPORT ULONG RtlLengthRequiredSid(ULONG SubAuthorityCount) {
    OPENWSK_EDGE(APC_LEVEL);
    return length_for(SubAuthorityCount);
}

OPENWSK_EXPORT NTSTATUS RtlCopySid(ULONG DestinationSidLength, PSID DestinationSid,
                                   PSID SourceSid) {
    OPENWSK_EDGE(APC_LEVEL);
    const ULONG bytes = length_of(SourceSid);
    if (DestinationSidLength < bytes) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    std::memmove(DestinationSid, SourceSid, bytes);
    return STATUS_SUCCESS;
}

OPENWSK_EXPORT BOOLEAN RtlEqualSid(PSID Sid1, PSID Sid2) {
    OPENWSK_EDGE(APC_LEVEL);
    const ULONG bytes = length_of(Sid1);
    return bytes == length_of(Sid2) && std::memcmp(Sid1, Sid2, bytes) == 0;
}

}  // extern "C"
