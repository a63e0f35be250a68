// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What a fault of the processor means on Windows: a bug check that names the driver's function and
// line. Hardware faults are not exceptions of the driver's __try.
//
//     access near address 0, at or above DISPATCH_LEVEL   0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL
//     access near address 0, below it                     0x7E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED
//     other access, below DISPATCH_LEVEL                  0x50 PAGE_FAULT_IN_NONPAGED_AREA
//     code of a driver that is unloaded                   0xCE
//     division by zero, invalid instruction               0x7E, with the status of the exception
//     stack overflow                                      0x7F UNEXPECTED_KERNEL_MODE_TRAP
//
// A fault of the runtime's code without any driver on the stack is an error of the runtime: exit
// code 70. So is one inside a driver's call, when no argument can have caused it: a division by
// zero, an invalid instruction, a write to the runtime's own code or constants. A bad address that
// the runtime follows inside a driver's call may be the driver's argument or the runtime's error;
// nothing tells which, so it is reported as the driver's, and the report names both. Faults that do
// not concern the runtime keep their usual effect.

#pragma once

namespace ke {

/// Catches faults for the rest of the process; later calls change nothing.
void catch_traps() noexcept;

}  // namespace ke
