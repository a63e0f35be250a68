// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// The frame of every call with an IRP, used by the functions of wsk::socket.

#pragma once

#include "trace/event.hpp"
#include "wdk/abi/ntstatus.h"
#include "wsk/socket.hpp"

namespace wsk {

template <class Body>
base::status socket::submit(request_kind kind, IRP* irp, const ke::edge& e, Body&& body) noexcept {
    if (irp == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    request* r = begin(kind, irp, e);
    return r != nullptr ? submit(*r, body) : base::status(STATUS_INSUFFICIENT_RESOURCES);
}

template <class Body>
base::status socket::submit(request& r, Body&& body) noexcept {
    base::status refused;
    {
        section in(*this);
        refused = dead_ && r.kind != request_kind::close ? base::status(STATUS_FILE_FORCED_CLOSED)
                                                         : body(r);
        trace::emit(trace::event::wsk_call, ordinal_, static_cast<uint64_t>(r.kind),
                    trace::value(r.operation().irp()), static_cast<uint64_t>(refused.code()));
        if (work_waiting()) {
            in.schedule();
        }
    }
    if (!refused.ok()) {
        return io::complete(r.operation(), refused);
    }
    return STATUS_PENDING;
}

}  // namespace wsk
