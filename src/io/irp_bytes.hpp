// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The bytes of an IRP: what the runtime reads and writes in memory that drivers own.
//
// Two fields are shared with drivers that do not synchronise with us: Cancel is read by anybody at
// any time, CancelRoutine is exchanged by the inline IoSetCancelRoutine. Cancel is therefore
// written outside ThreadSanitizer's sight, and CancelRoutine only by atomic operations.

#pragma once

#include <cstdint>
#include <cstring>

#include "base/annotate.hpp"
#include "host/host.hpp"
#include "wdk/abi/io.h"

namespace io {

inline constexpr int stack_count_max = 64;

constexpr size_t irp_bytes(int stack_count) noexcept {
    return sizeof(IRP) + static_cast<size_t>(stack_count) * sizeof(IO_STACK_LOCATION);
}

/// Stack location number n, 1 the lowest; StackCount + 1 is one past the highest.
inline IO_STACK_LOCATION* location(IRP& irp, int n) noexcept {
    return reinterpret_cast<IO_STACK_LOCATION*>(&irp + 1) + (n - 1);
}

/// True while the IRP is at the level of a driver that was called with it.
inline bool has_current(const IRP& irp) noexcept {
    return irp.CurrentLocation >= 1 && irp.CurrentLocation <= irp.StackCount;
}

inline void step_down(IRP& irp) noexcept {
    --irp.CurrentLocation;
    --irp.Tail.Overlay.CurrentStackLocation;
}
inline void step_up(IRP& irp) noexcept {
    ++irp.CurrentLocation;
    ++irp.Tail.Overlay.CurrentStackLocation;
}

/// Type, size and the two descriptions of the current location agree.
inline bool well_formed(IRP& irp) noexcept {
    return irp.Type == IO_TYPE_IRP && irp.StackCount >= 0 && irp.CurrentLocation >= 0 &&
           irp.CurrentLocation <= irp.StackCount + 1 &&
           irp.Tail.Overlay.CurrentStackLocation == location(irp, irp.CurrentLocation);
}

/// What IoInitializeIrp writes: bytes zeroed, then the header.
inline void format(IRP& irp, size_t bytes, uint16_t size, int8_t stack_count) noexcept {
    std::memset(static_cast<void*>(&irp), 0, bytes);
    irp.Type = IO_TYPE_IRP;
    irp.Size = size;
    irp.StackCount = stack_count;
    irp.CurrentLocation = static_cast<CHAR>(stack_count + 1);
    irp.ThreadListEntry.Flink = irp.ThreadListEntry.Blink = &irp.ThreadListEntry;
    irp.Tail.Overlay.CurrentStackLocation = location(irp, stack_count + 1);
}

/// What completion leaves in a location it has passed: nothing that could run again.
inline void clear(IO_STACK_LOCATION& at) noexcept {
    at.MinorFunction = 0;
    at.Flags = 0;
    at.Control = 0;
    at.Parameters.Others.Argument1 = nullptr;
    at.Parameters.Others.Argument2 = nullptr;
    at.Parameters.Others.Argument3 = nullptr;
    at.Parameters.Others.Argument4 = nullptr;
    at.FileObject = nullptr;
}

OPENWSK_NO_TSAN inline void write_cancel(IRP& irp, bool value) noexcept {
    host::schedule_point(host::point::interlocked, &irp.Cancel);
    *const_cast<volatile BOOLEAN*>(&irp.Cancel) = value;
}
OPENWSK_NO_TSAN inline bool read_cancel(const IRP& irp) noexcept {
    host::schedule_point(host::point::interlocked, &irp.Cancel);
    return *const_cast<const volatile BOOLEAN*>(&irp.Cancel) != 0;
}

// DriverContext of an IRP that the runtime owns is read by IoCancelIrp while it is being completed.
inline uint64_t read_context(const IRP& irp, int i) noexcept {
    return reinterpret_cast<uint64_t>(
        __atomic_load_n(&irp.Tail.Overlay.DriverContext[i], __ATOMIC_RELAXED));
}
inline void write_context(IRP& irp, int i, uint64_t value) noexcept {
    __atomic_store_n(&irp.Tail.Overlay.DriverContext[i], reinterpret_cast<void*>(value),
                     __ATOMIC_RELAXED);
}

inline PDRIVER_CANCEL exchange_cancel_routine(IRP& irp, PDRIVER_CANCEL routine) noexcept {
    host::schedule_point(host::point::interlocked, &irp.CancelRoutine);
    return __atomic_exchange_n(&irp.CancelRoutine, routine, __ATOMIC_SEQ_CST);
}
inline PDRIVER_CANCEL read_cancel_routine(const IRP& irp) noexcept {
    return __atomic_load_n(&irp.CancelRoutine, __ATOMIC_SEQ_CST);
}

}  // namespace io
