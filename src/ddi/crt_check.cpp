// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What the compiler's own checks in a driver end in: the guard of a stack buffer (as /GS on
// Windows) and the entry of a pure virtual function. libstdc++ and libc would end the process
// without a word about the driver; their names are taken over here.
//
// Windows documents: "Bug Check 0xF7: DRIVER_OVERRAN_STACK_BUFFER", "/GS (Buffer Security Check)",
// "_purecall".
//
// Threads and IRQL: any.

#include "base/assert.hpp"
#include "ke/module.hpp"
#include "verify/violation.hpp"
#include "wdk/abi/bugcodes.h"
#include "wdk/abi/crt.h"
#include "wdk/abi/ntstatus.h"

namespace {

// The rest of the process reaches these names as well.
void require_driver(const void* caller, const char* what) noexcept {
    if (ke::module_of(caller) == nullptr) {
        base::panic(what, __FILE__, __LINE__);
    }
}

}  // namespace

extern "C" {

OPENWSK_EXPORT void __stack_chk_fail() {
    const void* caller = __builtin_return_address(0);
    require_driver(caller, "a buffer on the stack was overrun");
    verify::bug_check(DRIVER_OVERRAN_STACK_BUFFER, 0, 0, 0, 0, caller,
                      "the function wrote past the end of an array on its stack");
}

OPENWSK_EXPORT void __cxa_pure_virtual() {
    const void* caller = __builtin_return_address(0);
    require_driver(caller, "a pure virtual function was called");
    verify::bug_check(KMODE_EXCEPTION_NOT_HANDLED, static_cast<uint32_t>(STATUS_NOT_IMPLEMENTED),
                      reinterpret_cast<uint64_t>(caller), 0, 0, caller,
                      "a pure virtual function was called: the object is under construction or "
                      "already destroyed");
}

}  // extern "C"
