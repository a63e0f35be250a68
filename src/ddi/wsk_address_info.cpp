// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// WskGetAddressInfo, WskFreeAddressInfo, WskGetNameInfo.

#include "ke/edge.hpp"
#include "wsk/address_info.hpp"
#include "wsk/client.hpp"
#include "wsk/dispatch.hpp"
#include "wsk/subsystem.hpp"

namespace wsk {

NTSTATUS NTAPI provider_get_address_info(PWSK_CLIENT Client, PUNICODE_STRING NodeName,
                                         PUNICODE_STRING ServiceName, ULONG NameSpace,
                                         GUID* Provider, PADDRINFOEXW Hints, PADDRINFOEXW* Result,
                                         PEPROCESS OwningProcess, PETHREAD OwningThread, PIRP Irp) {
    OPENWSK_EDGE_AS("WskGetAddressInfo", PASSIVE_LEVEL);
    if (Irp == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    client_call call(e.machine(), Client);
    if (!call) {
        return io::fail(Irp, e, call.status()).code();
    }
    const address_info_call q = {NodeName, ServiceName, NameSpace,     Provider,
                                 Hints,    Result,      OwningProcess, OwningThread};
    return e.machine().get<subsystem>().names().get_address_info(*call, q, Irp, e).code();
}

VOID NTAPI provider_free_address_info(PWSK_CLIENT, PADDRINFOEXW AddrInfo) {
    OPENWSK_EDGE_AS("WskFreeAddressInfo", PASSIVE_LEVEL);
    free_address_info(AddrInfo, e);
}

NTSTATUS NTAPI provider_get_name_info(PWSK_CLIENT Client, PSOCKADDR SockAddr, ULONG SockAddrLength,
                                      PUNICODE_STRING NodeName, PUNICODE_STRING ServiceName,
                                      ULONG Flags, PEPROCESS OwningProcess, PETHREAD OwningThread,
                                      PIRP Irp) {
    OPENWSK_EDGE_AS("WskGetNameInfo", PASSIVE_LEVEL);
    if (Irp == nullptr) {
        return STATUS_INVALID_PARAMETER;
    }
    client_call call(e.machine(), Client);
    if (!call) {
        return io::fail(Irp, e, call.status()).code();
    }
    const name_info_call q = {SockAddr, SockAddrLength, NodeName,    ServiceName,
                              Flags,    OwningProcess,  OwningThread};
    return e.machine().get<subsystem>().names().get_name_info(*call, q, Irp, e).code();
}

}  // namespace wsk
