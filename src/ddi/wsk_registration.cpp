// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The OpenWSK authors

// wsk.h: the registration functions as drivers call them.

#include "ke/edge.hpp"
#include "ke/irql.hpp"
#include "wdk/abi/wsk.h"
#include "wsk/registration.hpp"
#include "wsk/subsystem.hpp"

namespace {

wsk::registration_table& table_of(const ke::edge& e) noexcept {
    return e.machine().get<wsk::subsystem>().registrations();
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
    static constexpr ke::api polling{"WskCaptureProviderNPI", ke::dispatch_level};
    static constexpr ke::api waiting{"WskCaptureProviderNPI with a wait", ke::passive_level};
    const ke::edge e(WaitTimeout == WSK_NO_WAIT ? polling : waiting, __builtin_return_address(0));
    return table_of(e).capture(WskRegistration, WaitTimeout, WskProviderNpi, e.caller()).code();
}

OPENWSK_EXPORT VOID WskReleaseProviderNPI(PWSK_REGISTRATION WskRegistration) {
    OPENWSK_EDGE(ke::dispatch_level);
    table_of(e).release(WskRegistration, e.caller());
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
