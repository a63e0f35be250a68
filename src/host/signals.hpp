// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// Faults of the processor: SIGSEGV, SIGBUS, SIGFPE, SIGILL. The host catches them on an alternate
// stack of each thread (a stack overflow leaves no room on the other one) and hands them to a
// function that reports them and ends the process. Nothing is caught where a sanitizer reports
// faults itself.

#pragma once

#include <cstddef>
#include <cstdint>

namespace host {

enum class fault_kind : uint8_t { access, bus, arithmetic, instruction };

struct fault {
    fault_kind kind;
    bool write;
    bool execute;         ///< the instruction itself could not be fetched
    bool address_known;   ///< false for addresses that no processor has (not canonical)
    bool stack_overflow;  ///< the access went below the stack of the thread
    const void* address;  ///< of the access
    const void* instruction;
    size_t depth;
    const void* frames[16];  ///< return addresses, innermost first
};

/// Called on the alternate stack, with every lock in an unknown state; ends the process. Returns
/// only to say that the fault is none of the runtime's: the signal then has its default effect.
/// If it takes longer than ten seconds (a lock that will never be free), the process ends as well.
using fault_handler = void (*)(const fault& f) noexcept;

/// Catches faults from now on, in every thread that the host starts or adopts. The first handler
/// stays. exit_code is what the process ends with when the handler hangs.
void catch_faults(fault_handler handler, int exit_code) noexcept;

/// Gives the calling thread its alternate stack, if faults are caught; once is enough.
void prepare_thread_for_faults() noexcept;

}  // namespace host
