// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskControlSocket: what may be asked how, and the ioctls. The options are in option.cpp, event
// enabling in events.cpp.
//
// Documents: WskControlSocket, "Performing Control Operations on a Socket", the pages of the SIO_
// codes.
//
// Everything but disabling an event is done inside the call. With an IRP a success is still
// answered with STATUS_PENDING and completed like any other request; a refusal is immediate.

#include <algorithm>
#include <cstring>

#include "verify/violation.hpp"
#include "wsk/control_codes.hpp"
#include "wsk/listener.hpp"
#include "wsk/submit.hpp"

namespace wsk {
namespace {

constexpr ULONG vendor_mask = 0x1FFF0000;

bool needs_irp(const socket::control_call& c) noexcept {
    return c.type == WskIoctl &&
           (c.code == SIO_WSK_QUERY_IDEAL_SEND_BACKLOG || c.code == SIO_WSK_QUERY_RECEIVE_BACKLOG ||
            c.code == SIO_WSK_SET_TCP_SILENT_MODE || c.code == SIO_WSK_SET_REMOTE_ADDRESS ||
            c.code == SIO_WSK_SET_SENDTO_ADDRESS);
}

bool needs_passive(const socket::control_call& c) noexcept {
    return c.type == WskIoctl &&
           (c.code == sio_address_list_query || c.code == sio_address_list_change ||
            c.code == sio_address_list_sort || c.code == sio_loopback_fast_path ||
            c.code == sio_query_wfp_records || c.code == sio_query_wfp_context ||
            c.code == sio_set_wfp_records);
}

}  // namespace

base::status socket::control(const control_call& c, IRP* irp, const ke::edge& e) noexcept {
    if (needs_passive(c) && e.thread().irql != 0) {
        verify::violation(verify::rule::irql_too_high, e.caller(), &exported,
                          "%s: control code 0x%08x needs PASSIVE_LEVEL, not IRQL %u", e.name(),
                          static_cast<unsigned>(c.code), e.thread().irql);
    }
    if (c.type == WskSetOption && c.level == SOL_SOCKET && c.code == SO_WSK_EVENT_CALLBACK) {
        return set_events(c, irp, e);
    }
    request* r = nullptr;
    if (irp != nullptr) {
        r = begin(request_kind::query, irp, e);
        if (r == nullptr) {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    control_result result;
    {
        section in(*this);
        if (begun_close_) {
            result.status = STATUS_INVALID_HANDLE;
        } else if (dead_) {
            result.status = STATUS_FILE_FORCED_CLOSED;
        } else if (r == nullptr && needs_irp(c)) {
            result.status = STATUS_INVALID_PARAMETER;
        } else {
            result = control_now(c);
        }
        // Only here, never later: the variable may be on the caller's stack (CTL-003).
        if (c.returned != nullptr) {
            *c.returned = result.bytes;
        }
        if (r != nullptr && result.status.ok()) {
            pend(*r);
            finish(*r, result.status, result.bytes);
            in.schedule();
            return STATUS_PENDING;
        }
        if (events_waiting()) {
            in.post();  // the call has found out that the transport is gone
        } else if (work_waiting()) {
            in.schedule();
        }
    }
    return r != nullptr ? io::complete(r->operation(), result.status, result.bytes) : result.status;
}

socket::control_result socket::control_now(const control_call& c) noexcept {
    switch (c.type) {
        case WskSetOption:
        case WskGetOption:
            return option(c);
        case WskIoctl:
            return socket_ioctl(c);
        default:
            return {STATUS_INVALID_PARAMETER};
    }
}

socket::control_result socket::socket_ioctl(const control_call& c) noexcept {
    switch (c.code) {
        case SIO_WSK_QUERY_IDEAL_SEND_BACKLOG:
        case SIO_WSK_QUERY_RECEIVE_BACKLOG:
            return backlog_ioctl(c);
        case SIO_WSK_SET_TCP_SILENT_MODE:
            return silent_ioctl();
        case SIO_WSK_SET_REMOTE_ADDRESS:
        case SIO_WSK_SET_SENDTO_ADDRESS:
            return {STATUS_INVALID_DEVICE_REQUEST};  // of datagram sockets
        case SIO_WSK_REGISTER_EXTENSION:
            if (c.in == nullptr || c.in_bytes < sizeof(WSK_EXTENSION_CONTROL_IN) ||
                c.out == nullptr || c.out_bytes < sizeof(WSK_EXTENSION_CONTROL_OUT)) {
                return {STATUS_INVALID_PARAMETER};
            }
            return {STATUS_NOT_SUPPORTED};  // no extension exists
        case SIO_WSK_QUERY_INSPECT_ID:
            if (!inspected_) {
                return {STATUS_INVALID_DEVICE_REQUEST};
            }
            if (c.out == nullptr || c.out_bytes < sizeof inspect_id_) {
                return {STATUS_BUFFER_TOO_SMALL};
            }
            std::memcpy(c.out, &inspect_id_, sizeof inspect_id_);
            return {STATUS_SUCCESS, sizeof inspect_id_};
        case sio_query_rss_scalability:
            if (c.out == nullptr || c.out_bytes < 1) {
                return {STATUS_BUFFER_TOO_SMALL};
            }
            *static_cast<UCHAR*>(c.out) = 0;
            return {STATUS_SUCCESS, 1};
        case sio_loopback_fast_path:
            if (category_ == category::basic || category_ == category::datagram) {
                return {STATUS_NOT_SUPPORTED};
            }
            return {c.in != nullptr && c.in_bytes >= 1 ? base::status(STATUS_SUCCESS)
                                                       : base::status(STATUS_INVALID_BUFFER_SIZE)};
        case sio_query_wfp_records:
        case sio_query_wfp_context:
            return {STATUS_NOT_FOUND};  // nothing redirects connections here
        case sio_set_wfp_records:
        case sio_address_list_query:
        case sio_address_list_change:
        case sio_address_list_sort:
            return {STATUS_NOT_SUPPORTED};
        default:
            // Codes of WSK itself that only private headers define.
            return {(c.code & vendor_mask) == IOC_WSK
                        ? base::status(STATUS_NOT_SUPPORTED)
                        : base::status(STATUS_INVALID_DEVICE_REQUEST)};
    }
}

socket::control_result socket::backlog_ioctl(const control_call& c) noexcept {
    if (category_ != category::connection && category_ != category::stream) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (state_ != socket_state::connected) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    if (c.out == nullptr || c.out_bytes < sizeof(SIZE_T)) {
        return {STATUS_BUFFER_TOO_SMALL};
    }
    SIZE_T value = 0;
    if (c.code == SIO_WSK_QUERY_IDEAL_SEND_BACKLOG) {
        value = ideal_backlog();
        backlog_told_ = backlog_now_ = value;
    } else {
        net::stream_info info;
        (void)transport_->query(info);
        value = info.unread_bytes;
        for (lent* l = staged_.front(); l != nullptr; l = staged_.next(*l)) {
            value += l->length();
        }
    }
    std::memcpy(c.out, &value, sizeof value);
    return {STATUS_SUCCESS, sizeof value};
}

/// Silence needs a transport that can forget a connection without a packet; over loopback it is
/// not offered by Windows either.
socket::control_result socket::silent_ioctl() noexcept {
    if (category_ != category::connection && category_ != category::stream) {
        return {STATUS_INVALID_DEVICE_REQUEST};
    }
    if (state_ != socket_state::connected || !sends_.empty() || send_shut_) {
        return {STATUS_INVALID_DEVICE_STATE};
    }
    return {STATUS_NOT_SUPPORTED};
}

}  // namespace wsk
