// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The I/O manager of a machine: IRPs, operations, the cancel spin lock. Devices and drivers are in
// io/device.hpp, the life cycle of an IRP in io/irp.hpp.
//
// Functions named like an NT function are what that function does after its edge; caller is the
// driver's return address.
//
// Locks: operation pools, flights (rank irp), one at a time, never across a call into a driver. The
// cancel spin lock is the driver's, held at DISPATCH_LEVEL; it is no lock of the runtime.

#pragma once

#include <atomic>
#include <cstdint>

#include "base/machine.hpp"
#include "base/status.hpp"
#include "host/mutex.hpp"
#include "io/device.hpp"
#include "io/driver_extension.hpp"
#include "io/flight.hpp"
#include "io/irp.hpp"
#include "io/operation_pool.hpp"
#include "ke/thread.hpp"
#include "verify/ledger.hpp"
#include "wdk/abi/io.h"

namespace io {

/// When a completion routine is called.
struct completion_choice {
    bool on_success;
    bool on_error;
    bool on_cancel;
};

class manager : public base::machine_part {
public:
    static constexpr base::part slot = base::part::io;

    explicit manager(base::machine& m) noexcept;

    // ---- memory and format of IRPs ----

    /// Null when memory is out or the stack size is impossible.
    IRP* allocate_irp(int8_t stack_size, const void* caller) noexcept;
    /// Ends an IRP of allocate_irp. Rules irp-bad-free, irp-freed-in-use.
    void free_irp(IRP* irp, const void* caller) noexcept;
    /// Makes an IRP of size bytes of the driver's memory. Rules irp-wrong-size,
    /// irp-initialize-allocated, irp-used-while-owned.
    void initialize_irp(IRP* irp, uint16_t size, int8_t stack_size, const void* caller) noexcept;
    /// Makes an IRP that is idle fresh, with this status. Rules irp-bad-type, irp-used-while-owned.
    void reuse_irp(IRP* irp, int32_t status, const void* caller) noexcept;

    /// The IRP, which the driver initialised, is used no more.
    void cleanup_irp(IRP* irp, const void* caller) noexcept;
    /// Sets the routine of the next stack location. STATUS_INVALID_PARAMETER if device is none;
    /// else it is not used, as every unload waits for routines that run.
    base::status set_completion(DEVICE_OBJECT* device, IRP* irp, PIO_COMPLETION_ROUTINE routine,
                                void* context, completion_choice when, const void* caller) noexcept;

    // ---- operations (io/irp.hpp) ----

    operation* begin(IRP& irp, const void* caller, const char* function) noexcept;
    operation* reserve() noexcept;
    operation& begin_reserved(operation& reserved, IRP& irp, const void* caller,
                              const char* function) noexcept;
    base::status fail(IRP& irp, base::status s, const void* caller, const char* function) noexcept;
    base::status complete(operation& op, base::status s, uint64_t information) noexcept;
    /// Calls visit(operation&) for every operation, under the lock of its pool: copy only.
    template <class Visit>
    void for_each_operation(Visit&& visit) noexcept {
        for (operation_pool& p : pools_) {
            p.for_each(visit);
        }
    }
    /// Operations that have begun and are not complete.
    [[nodiscard]] uint64_t operations_live() noexcept;

    // ---- between drivers ----

    /// IoCallDriver: moves to the next stack location and calls the routine of device's driver for
    /// its major function; answers what that returned. The IRP may be gone then.
    int32_t call_driver(DEVICE_OBJECT* device, IRP* irp, const void* caller) noexcept;
    /// IoCompleteRequest at the level of the driver that has the IRP. It may be gone when this
    /// returns.
    void complete_request(IRP* irp, const void* caller) noexcept;

    // ---- cancellation ----

    /// IoCancelIrp: true when a cancel routine was called.
    bool cancel_irp(IRP* irp, const void* caller) noexcept;
    /// Returns the IRQL to restore. Rule cancel-lock-misuse for the holder, and for who does not
    /// hold it.
    uint8_t acquire_cancel_lock(const void* caller) noexcept;
    void release_cancel_lock(uint8_t irql, const void* caller) noexcept;

    [[nodiscard]] device_directory& devices() noexcept { return devices_; }
    [[nodiscard]] driver_extensions& extensions() noexcept { return extensions_; }

private:
    friend bool arm_cancel(operation& op, cancel_hook hook) noexcept;
    static void provider_cancel(DEVICE_OBJECT* device, IRP* irp) noexcept;

    void check(IRP* irp, const void* caller, const char* function) noexcept;
    void claim(IRP& irp, const void* caller, const char* function) noexcept;
    void check_not_owned(IRP& irp, const void* caller, const char* function) noexcept;
    void check_at_home(IRP& irp, const void* caller, const char* function) noexcept;
    [[nodiscard]] operation_pool& pool_here() noexcept;
    [[nodiscard]] operation* pin_operation(IRP& irp) noexcept;
    void walk(IRP& irp) noexcept;
    void reached_top(IRP& irp) noexcept;
    bool invoke(IRP& irp, IO_STACK_LOCATION& at, bool pending) noexcept;
    void judge(const dispatch_frame& frame, int32_t returned, const void* routine) noexcept;

    static constexpr size_t pool_count = 8;

    // Constant after construction.
    base::machine* machine_;
    verify::ledger* ledger_;

    // Own synchronisation.
    operation_pool pools_[pool_count];
    flight_table flights_;
    device_directory devices_;
    driver_extensions extensions_;
    // The cancel spin lock: its holder, acquire by who takes it, release by who gives it back.
    std::atomic<ke::thread*> cancel_owner_{nullptr};
};

}  // namespace io
