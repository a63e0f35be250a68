// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Winsock's own control codes that WskControlSocket takes. Their macros are spread over ws2def.h,
// mstcpip.h and fwpsk.h of the WDK; the runtime needs the numbers only.

#pragma once

#include "wdk/abi/wsk.h"

namespace wsk {

inline constexpr ULONG sio_address_list_query = 0x48000016;
inline constexpr ULONG sio_address_list_change = 0x28000017;
inline constexpr ULONG sio_address_list_sort = 0xC8000019;
inline constexpr ULONG sio_loopback_fast_path = 0x98000010;
inline constexpr ULONG sio_query_rss_scalability = 0x580000D2;
inline constexpr ULONG sio_query_wfp_records = 0x980000DC;
inline constexpr ULONG sio_query_wfp_context = 0x980000DD;
inline constexpr ULONG sio_set_wfp_records = 0x980000DE;

}  // namespace wsk
