// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// wsk.h: the registration functions as drivers call them.

#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "wdk/abi/wsk.h"
#include "wsk/registration.hpp"
#include "wsk/subsystem.hpp"

namespace {

template <class Edge>
wsk::registration_table& table_of(const Edge& e) noexcept {
    return e.machine().template get<wsk::subsystem>().registrations();
}

// Apart from the exported functions, which need no stack frame then: they are called for every
// request that a driver makes.
__attribute__((noinline)) NTSTATUS capture(WSK_REGISTRATION* block, ULONG timeout_ms,
                                           WSK_PROVIDER_NPI* npi, const void* caller) noexcept {
    static constexpr ke::api polling{"WskCaptureProviderNPI", ke::dispatch_level};
    static constexpr ke::api waiting{"WskCaptureProviderNPI with a wait", ke::passive_level};
    const ke::edge e(timeout_ms == WSK_NO_WAIT ? polling : waiting, caller);
    return table_of(e).capture(e.thread(), block, timeout_ms, npi, caller).code();
}

__attribute__((noinline)) void release(WSK_REGISTRATION* block, const void* caller) noexcept {
    static constexpr ke::api info{"WskReleaseProviderNPI", ke::dispatch_level};
    const ke::edge e(info, caller);
    table_of(e).release(e.thread(), block, caller);
}

}  // namespace

extern "C" {

constinit const NPIID NPI_WSK_INTERFACE_ID = {
    0x2227e803, 0x8d8b, 0x11d4, {0xab, 0xad, 0x00, 0x90, 0x27, 0x71, 0x9e, 0x09}};

OPENWSK_EXPORT NTSTATUS WskRegister(PWSK_CLIENT_NPI WskClientNpi,
                                    PWSK_REGISTRATION WskRegistration) {
    OPENWSK_EDGE(ke::passive_level);
    return table_of(e).add(WskClientNpi, WskRegistration, e.caller()).code();
}

OPENWSK_EXPORT NTSTATUS WskCaptureProviderNPI(PWSK_REGISTRATION WskRegistration, ULONG WaitTimeout,
                                              PWSK_PROVIDER_NPI WskProviderNpi) {
    const ke::plain_edge p;
    if (OPENWSK_LIKELY(p.holds() && WaitTimeout == WSK_NO_WAIT) &&
        OPENWSK_LIKELY(table_of(p).try_capture(p.seat(), WskRegistration, WskProviderNpi))) {
        return STATUS_SUCCESS;
    }
    return capture(WskRegistration, WaitTimeout, WskProviderNpi, __builtin_return_address(0));
}

OPENWSK_EXPORT VOID WskReleaseProviderNPI(PWSK_REGISTRATION WskRegistration) {
    const ke::plain_edge p;
    if (OPENWSK_UNLIKELY(!p.holds()) ||
        OPENWSK_UNLIKELY(!table_of(p).try_release(p.seat(), WskRegistration))) {
        release(WskRegistration, __builtin_return_address(0));
    }
}

OPENWSK_EXPORT NTSTATUS WskQueryProviderCharacteristics(
    PWSK_REGISTRATION WskRegistration, PWSK_PROVIDER_CHARACTERISTICS WskProviderCharacteristics) {
    OPENWSK_EDGE(ke::dispatch_level);
    return table_of(e).query(WskRegistration, WskProviderCharacteristics, e.caller()).code();
}

OPENWSK_EXPORT VOID WskDeregister(PWSK_REGISTRATION WskRegistration) {
    OPENWSK_EDGE(ke::passive_level);
    table_of(e).remove(WskRegistration, e.caller());
}

}  // extern "C"
