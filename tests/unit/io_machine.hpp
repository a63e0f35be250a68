// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// A whole machine with the calling thread attached, and the IRP accessors that the driver headers
// inline, for unit tests of the I/O manager.

#pragma once

#include <memory>

#include "base/machine.hpp"
#include "host/host.hpp"
#include "io/irp_bytes.hpp"
#include "io/manager.hpp"
#include "ke/kernel.hpp"
#include "loader/machine.hpp"

class io_machine {
public:
    explicit io_machine(base::verify_level level = base::verify_level::standard) {
        base::machine_options options;
        options.verification = level;
        machine_ = loader::make_machine(host::linux_host(), options);
        ke::attach(*machine_);
    }
    io_machine(const io_machine&) = delete;
    io_machine& operator=(const io_machine&) = delete;
    ~io_machine() { ke::detach(); }

    base::machine& machine() { return *machine_; }
    io::manager& io() { return machine_->get<io::manager>(); }
    verify::ledger& ledger() { return machine_->get<verify::ledger>(); }

private:
    std::unique_ptr<base::machine> machine_;
};

inline IO_STACK_LOCATION* next_location(IRP* irp) {
    return irp->Tail.Overlay.CurrentStackLocation - 1;
}

inline void set_completion(IRP* irp, PIO_COMPLETION_ROUTINE routine, void* context,
                           UCHAR when = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR |
                                        SL_INVOKE_ON_CANCEL) {
    IO_STACK_LOCATION* at = next_location(irp);
    at->CompletionRoutine = routine;
    at->Context = context;
    at->Control = when;
}

inline void set_next_location(IRP* irp) {
    --irp->CurrentLocation;
    --irp->Tail.Overlay.CurrentStackLocation;
}

inline void mark_irp_pending(IRP* irp) {
    irp->Tail.Overlay.CurrentStackLocation->Control |= SL_PENDING_RETURNED;
}
