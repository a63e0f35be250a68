// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Statuses that a driver raises itself.
//
// Windows documents: "ExRaiseStatus function", "ExRaiseAccessViolation function",
// "ExRaiseDatatypeMisalignment function".
//
// IRQL: up to APC_LEVEL. The innermost __try of the current callback gets the status; without one
// it is bug check 0x1E (ke/seh.hpp).

#include "ke/edge.hpp"
#include "ke/seh.hpp"
#include "wdk/abi/ex.h"

extern "C" {

OPENWSK_EXPORT VOID ExRaiseStatus(NTSTATUS Status) {
    OPENWSK_EDGE(APC_LEVEL);
    ke::raise_status(e.thread(), Status, e.caller());
}

OPENWSK_EXPORT VOID ExRaiseAccessViolation() {
    OPENWSK_EDGE(APC_LEVEL);
    ke::raise_status(e.thread(), STATUS_ACCESS_VIOLATION, e.caller());
}

OPENWSK_EXPORT VOID ExRaiseDatatypeMisalignment() {
    OPENWSK_EDGE(APC_LEVEL);
    ke::raise_status(e.thread(), STATUS_DATATYPE_MISALIGNMENT, e.caller());
}

}  // extern "C"
