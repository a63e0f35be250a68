// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Where C++ exceptions of a driver end: at the gate (ke/callout.hpp).
//
// A driver that throws out of a callback has broken the C contract of the call. The runtime is
// compiled without exceptions, so an unwinder would pass through its frames, skip what they still
// have to do and go on in whoever called the runtime. Therefore each function that calls a driver
// carries a personality routine, which the unwinder asks before it unwinds anything. The answer is
// a bug check: 0x1E with 0xE06D7363, as on Windows, naming the callback and the line that threw.
//
// The routine is named in the unwind table only: a call costs nothing more.

#pragma once

namespace ke {

/// Ends every exception that reaches the function this is inlined into. To be placed directly
/// before the call into the driver.
__attribute__((always_inline)) inline void stop_exceptions() noexcept {
#ifndef __EXCEPTIONS  // else noexcept does it, with a personality routine of the compiler's
    // Encoding: relative to the place, four bytes, signed.
    asm volatile(".cfi_personality 0x1b, openwsk_gate_personality");
#endif
}

}  // namespace ke
