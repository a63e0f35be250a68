// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// IRPs inside the runtime: the life cycle, and the interface for a provider (WSK) that is given
// IRPs by drivers as if it were the driver below them.
//
// Documents: "Handling IRPs", "Using IRPs with Winsock Kernel Functions", IoCompleteRequest,
// IoCancelIrp, IoReuseIrp.
//
//     free      -> idle      [allocate, initialize, reuse]
//     idle      -> owned     [begin, begin_reserved: a provider function was called with it]
//     idle      -> sent      [call_driver: IoCallDriver to a driver's dispatch routine]
//     owned     -> walking   [complete]
//     sent      -> walking   [complete_request: IoCompleteRequest at the level of a driver]
//     walking   -> idle      [a completion routine returned STATUS_MORE_PROCESSING_REQUIRED]
//     walking   -> sent      [the same, at the level of a driver that had passed the IRP on]
//     walking   -> free      [top reached, thread-associated IRP: its waiter is told]
//     idle      -> free      [free]
//
//     free     the memory is no IRP; for a cached IRP, Type is 0
//     idle     the driver may touch, reuse and free it; CurrentLocation is the driver's own level
//     owned    an io::operation stands for it; the driver may only call IoCancelIrp. The IRP
//              carries (index, generation) of the operation in Tail.Overlay.DriverContext
//     sent     a dispatch routine at a lower stack location has it; io::manager keeps a flight
//     walking  completion routines are being called, from the lowest location up. Once one returned
//              STATUS_MORE_PROCESSING_REQUIRED the IRP is not touched again: it may be gone
//
// An IRP holds nothing the runtime trusts. Memory on stacks and reused memory are normal, so
// nothing is remembered about an address that is idle, except that IoAllocateIrp allocated it.
//
// Pending: Irp->PendingReturned is what the routine's own stack location says (IRP-010). begin
// leaves it clear; mark_pending sets it before the operation can complete.
//
// Cancellation: Irp->Cancel is set and the cancel routine taken under the cancel spin lock. An
// operation's cancel routine is a function of the runtime; IoCancelIrp recognises it, drops the
// lock and calls the operation's hook, which only asks the owner to finish early (IRP-022).
//
// IRQL: everything up to DISPATCH_LEVEL. Completion routines run at the IRQL of the caller of
// complete. Locks: none is held across a call into a driver; inside: operation pool and flights
// (rank irp).

#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "base/status.hpp"
#include "ke/edge.hpp"
#include "mm/slab.hpp"
#include "wdk/abi/io.h"

namespace io {

class operation;
class operation_pool;
class manager;
void mark_pending(operation& op) noexcept;
void give_back(operation& reserved) noexcept;
[[nodiscard]] bool arm_cancel(operation& op, void (*hook)(operation& op) noexcept) noexcept;

/// Asks the owner of an operation to finish it with STATUS_CANCELLED soon, perhaps not at all.
/// The operation may be completed already, by another thread or by the owner just now; its
/// state stays valid during the call, so the owner decides by its own flags under its own lock. Any
/// IRQL <= DISPATCH_LEVEL, no internal lock held; must not call complete on this stack.
using cancel_hook = void (*)(operation& op) noexcept;

/// What an operation can carry for its owner.
inline constexpr size_t operation_state_bytes = 320;

class operation_storage {
protected:
    alignas(16) std::byte state_[operation_state_bytes];
};

/// One IRP that the runtime owns, from begin to complete. Type-stable memory.
class operation : public operation_storage, public mm::slab_entry {
public:
    operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;

    [[nodiscard]] IRP* irp() const noexcept { return irp_; }
    /// Return address in the driver of the call that gave the IRP, and the name of the function.
    [[nodiscard]] const void* caller() const noexcept { return caller_; }
    [[nodiscard]] const char* function() const noexcept { return function_; }
    /// Number of the operation in its machine, for reports.
    [[nodiscard]] uint64_t ordinal() const noexcept { return ordinal_; }
    /// True from mark_pending on.
    [[nodiscard]] bool pending() const noexcept { return pending_; }

    /// The owner's state of the operation, in place: made once after begin, gone with complete.
    template <class T, class... A>
    T& emplace(A&&... arguments) noexcept {
        static_assert(sizeof(T) <= operation_state_bytes && alignof(T) <= 16);
        static_assert(std::is_trivially_destructible_v<T>);
        return *new (state_) T{std::forward<A>(arguments)...};
    }
    template <class T>
    [[nodiscard]] T& state() noexcept {
        return *std::launder(reinterpret_cast<T*>(state_));
    }
    /// The operation whose emplaced state this is.
    template <class T>
    [[nodiscard]] static operation& of(T& state) noexcept {
        return *static_cast<operation*>(reinterpret_cast<operation_storage*>(&state));
    }

private:
    friend class manager;
    friend class operation_pool;
    friend void mark_pending(operation& op) noexcept;
    friend void give_back(operation& reserved) noexcept;
    friend bool arm_cancel(operation& op, cancel_hook hook) noexcept;

    // Set by begin, constant until complete.
    IRP* irp_ = nullptr;
    operation_pool* home_ = nullptr;
    const void* caller_ = nullptr;
    const char* function_ = nullptr;
    uint64_t ordinal_ = 0;
    // Owned by the owner of the operation, until it is armed.
    cancel_hook hook_ = nullptr;
    bool pending_ = false;
    // Guarded by the lock of home_.
    uint32_t pins_ = 0;  // cancellers inside the hook
    bool over_ = true;   // complete has begun
};

// ---- for a provider ----

/// Claims the IRP that a driver passed to a provider function: checks it (rules irp-bad-type,
/// irp-used-while-owned, irp-no-stack-location), moves to the next stack location (IRP-004) and
/// makes an operation. irp is not null. Null when memory is out: the IRP has then been
/// completed with STATUS_INSUFFICIENT_RESOURCES, which the function returns (IRP-044).
[[nodiscard]] operation* begin(IRP* irp, const ke::edge& e) noexcept;

/// For a function that must not fail for lack of memory (WskCloseSocket): an operation is made
/// beforehand, null when memory is out, and either begun, which cannot fail, or given back.
[[nodiscard]] operation* reserve(base::machine& m) noexcept;
[[nodiscard]] operation& begin_reserved(operation& reserved, IRP* irp, const ke::edge& e) noexcept;
void give_back(operation& reserved) noexcept;

/// For a failure that comes before begin would be worth it (IRP-002): claims, completes, returns s.
base::status fail(IRP* irp, const ke::edge& e, base::status s) noexcept;

/// The function will return STATUS_PENDING (IRP-011). Before anybody can complete the operation.
void mark_pending(operation& op) noexcept;

/// Makes the operation cancellable. False when the IRP is cancelled already and the hook will not
/// be called (IRP-024): the owner completes it with STATUS_CANCELLED. True: the hook may be
/// running before this returns. After mark_pending, without internal locks of rank irp or above.
[[nodiscard]] bool arm_cancel(operation& op, cancel_hook hook) noexcept;

/// True when IoCancelIrp was called for it (Irp->Cancel).
[[nodiscard]] bool cancel_requested(const operation& op) noexcept;

/// Ends the operation: sets IoStatus, takes back the cancel routine, runs the completion routines.
/// op and the IRP are gone when it returns. Exactly once for each begin. No internal lock held. For
/// a call that does not return STATUS_PENDING: `return io::complete(*op, s);`
base::status complete(operation& op, base::status s, uint64_t information = 0) noexcept;

}  // namespace io
