// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// What dispatch routines of test drivers do with an IRP.

#pragma once

#include "check.h"

/// Completes the IRP; yields the status, for the dispatch routine to return.
static inline NTSTATUS finish(PIRP irp, NTSTATUS status, ULONG_PTR information) {
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = information;
    IoCompleteRequest(irp, IO_NO_INCREMENT);
    return status;
}
